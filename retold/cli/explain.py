"""``retold explain`` and ``retold why``."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# Each parameter of a command is an option or argument of its own, so there may be many.
# ruff: noqa: PLC0415, PLR0917

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from retold.cli.options import (
    Clock,
    ClockName,
    Output,
    Tenant,
    Url,
    access_log,
    default_tenant,
    default_url,
    parse_moment,
    with_store,
)
from retold.cli.output import (
    Cell,
    Format,
    Record,
    print_object,
    print_records,
    print_text,
    say,
    time_text,
)

if TYPE_CHECKING:
    from retold.domain.event import RecordedEvent
    from retold.projections.explaining.edges import Edge
    from retold.projections.explaining.explain import Explanation
    from retold.projections.explaining.why import Step, Why
    from retold.store import EventStore

_columns = {
    name: name for name in ("is", "edge", "stream", "version", "type", "time", "agent", "reason")
}
_step_columns = {
    name: name
    for name in ("distance", "edge", "stream", "version", "type", "time", "agent", "text", "reason")
}

# In a table; -o json has the whole.
_longest_text = 80

SessionId = Annotated[str, typer.Argument(metavar="SESSION", help="Id of the session.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many events.")]


def explain_command(
    session: SessionId,
    path: Annotated[
        str,
        typer.Argument(metavar="PATH", help="Into a state, such as conversation.variables.topic."),
    ],
    at: Annotated[
        str | None,
        typer.Option(metavar="VERSION|TIME", help="As of this event, or of this moment."),
    ] = None,
    clock: Clock = ClockName.RECORDED,
    limit: Limit = 50,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show which event last wrote a piece of a session's state, its causes and its effects."""
    from retold.domain.access import AccessAction
    from retold.projections.explaining.session_states import explain_session
    from retold.projections.models.session_list import stream_of_session

    until = None if at is None else parse_moment(at)

    async def work(store: EventStore) -> Explanation:
        stream = await stream_of_session(store, session)
        found = await explain_session(store, stream, path, at=until, clock=clock.value, limit=limit)
        await access_log(store).record(
            AccessAction.EXPLAIN,
            session,
            parameters={"path": path, "at": at, "clock": at and clock.value},
        )
        return found

    explained = with_store(url, tenant, work)
    if output is Format.TABLE:
        print_text(f"{explained.path} {_value_text(explained)}")
    print_object(
        _explanation_record(explained), output, rows=list(_rows(explained)), columns=_columns
    )
    if output is Format.TABLE and explained.event is None:
        say("No event wrote it: it is as the state begins.", style="yellow")
    if explained.causes_cut or explained.effects_cut:
        say("There are more causes or effects; raise --limit.", style="yellow")


def why_command(
    session: SessionId,
    version: Annotated[int, typer.Argument(help="Of the event, as `sessions show` prints it.")],
    limit: Limit = 100,
    url: Url = default_url,
    tenant: Tenant = default_tenant,
    output: Output = Format.TABLE,
) -> None:
    """Show what led to an event, up to what the user said."""
    from retold.domain.access import AccessAction
    from retold.projections.explaining.why import why
    from retold.projections.models.session_list import stream_of_session

    async def work(store: EventStore) -> Why:
        stream = await stream_of_session(store, session)
        chain = await why(store, stream, version, limit=limit)
        await access_log(store).record(
            AccessAction.EXPLAIN, session, parameters={"version": version}, rows=len(chain.steps)
        )
        return chain

    found = with_store(url, tenant, work)
    records = [_step_record(step, short=output is Format.TABLE) for step in found.steps]
    print_records(records, output, columns=_step_columns)
    if found.cut:
        say("The chain goes on; raise --limit.", style="yellow")


def _rows(explained: Explanation) -> Iterator[Record]:
    if explained.event is not None:
        yield {"is": "written by", "edge": None, "reason": None, **_event_row(explained.event)}
    for name, edges in (("cause", explained.causes), ("effect", explained.effects)):
        for edge in edges:
            yield {"is": name, "edge": edge.kind, "reason": edge.reason, **_event_row(edge.event)}


def _value_text(explained: Explanation) -> str:
    from retold.projections.exports.rows import plain

    if not explained.present:
        return "is not there"
    return f"= {json.dumps(plain(explained.value), ensure_ascii=False)}"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _longest_text else f"{line[: _longest_text - 1]}\u2026"


def _explanation_record(explained: Explanation) -> Record:
    from retold.projections.exports.rows import plain

    return {
        "path": explained.path,
        "value": plain(explained.value),
        "present": explained.present,
        "version": explained.version,
        "event": None if explained.event is None else _event_record(explained.event),
        "causes": [_edge_record(edge) for edge in explained.causes],
        "effects": [_edge_record(edge) for edge in explained.effects],
        "causes_cut": explained.causes_cut,
        "effects_cut": explained.effects_cut,
    }


def _edge_record(edge: Edge) -> Record:
    return {"edge": edge.kind.value, "reason": edge.reason, "event": _event_record(edge.event)}


def _step_record(step: Step, *, short: bool) -> Record:
    from retold.projections.audit.causes import said_in

    given = step.model_input
    model: Cell = None
    if given is not None:
        model = {
            "provider": given.provider,
            "model": given.model,
            "prompt": given.prompt,
            "tools": given.tools,
            "schema": given.schema,
            "parameters": given.parameters,
            "missing": given.missing,
        }
    return {
        "distance": step.distance,
        "effect": step.effect,
        "edge": None if step.kind is None else step.kind.value,
        "reason": step.reason or None,
        **_event_row(step.event),
        "text": _shortened(said_in(step.event)) if short else said_in(step.event),
        "data": dict(step.event.data),
        "model_input": model,
    }


def _event_row(event: RecordedEvent) -> dict[str, Cell]:
    payload = event.data.get("event")
    inner = payload.get("$") if isinstance(payload, dict) else None
    agent = event.metadata.get("agent")
    return {
        "stream": event.stream,
        "version": event.version,
        "type": event.type if not isinstance(inner, str) else f"{event.type} {inner}",
        "time": time_text(event.occurred_at),
        "agent": agent if isinstance(agent, str) else None,
    }


def _event_record(event: RecordedEvent) -> Record:
    from retold.projections.exports.session import event_as_json

    return event_as_json(event)
