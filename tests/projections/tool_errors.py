"""Failed tool results by tool, in two versions: the example of docs/projections.md."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlmodel import Field, SQLModel

from retold.domain.event import RecordedEvent
from retold.projections.projection import Projection
from retold.projections.registry import Registry


class ToolErrors(SQLModel, table=True):
    """A tool."""

    __tablename__: ClassVar[Any] = "tool_errors"

    tool: str = Field(primary_key=True)
    results: int = 0
    errors: int = 0


def tool_of(event: RecordedEvent) -> str | None:
    """Return whose result a message is."""
    result = event.data.get("result") or {}
    name = result.get("name")
    return name if isinstance(name, str) else None


def counted(row: ToolErrors | None, event: RecordedEvent, *, error: bool) -> ToolErrors:
    """Return a tool's row with one more result."""
    tool = tool_of(event) or ""
    if row is None:
        return ToolErrors(tool=tool, results=1, errors=int(error))
    return ToolErrors(tool=tool, results=row.results + 1, errors=row.errors + error)


def flagged(row: ToolErrors | None, event: RecordedEvent) -> ToolErrors:
    """Count what the source marks as an error."""
    return counted(row, event, error=event.data["result"].get("error") is True)


def flagged_or_derived(row: ToolErrors | None, event: RecordedEvent) -> ToolErrors:
    """Count also what reads as an error where the source has no mark."""
    result = event.data["result"]
    error = result.get("error") is True or result.get("derived_error") is True
    return counted(row, event, error=error)


def version(number: int, evolve: Any) -> Projection:
    """Return a version of the projection."""
    return Projection.of_rows(
        "tool_errors",
        version=number,
        row=ToolErrors,
        key=tool_of,
        evolve=evolve,
        types=["conversation.message_imported"],
    )


registry = Registry(version(1, flagged), version(2, flagged_or_derived))
