"""The tool calls a conversation made, to tell whether a plan's steps were done by them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from retold.domain.fold import Fold
from retold.domain.plan.events import PlanCreated
from retold.domain.plan.step import ToolCallCriterion
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.domain.recording import EventRecorded, MessageImported
from retold.domain.value import Value


class CallMade(Value):
    """A tool call.

    Attributes:
        name: of the tool.
        arguments: it was given; what is no object is under the empty name.
        version: of the event that holds it.
    """

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    version: int


class CallsMade(Value):
    """The tool calls of a conversation.

    Attributes:
        calls: in order.
        before: how many had been made when each plan was.
    """

    calls: tuple[CallMade, ...] = ()
    before: dict[str, int] = Field(default_factory=dict)

    def since(self, plan: str) -> tuple[CallMade, ...]:
        """Return the calls made since a plan was."""
        return self.calls[self.before.get(plan, 0) :]


def calls_made_in(event: RecordedEvent) -> tuple[CallMade, ...]:
    """Return the tool calls an event holds: AG2's, or those of an imported message."""
    if event.type == MessageImported.type:
        found: object = event.data.get("calls")
    elif event.type == EventRecorded.type and event.data.get("detached") is not True:
        payload = event.data.get("event")
        if not isinstance(payload, Mapping) or payload.get("$") != "ag2.ModelResponse":
            return ()
        batch = payload.get("tool_calls")
        found = batch.get("calls") if isinstance(batch, Mapping) else None
    else:
        return ()
    return tuple(_calls(found, event.version))


def _calls(found: object, version: int) -> Iterator[CallMade]:
    if not isinstance(found, list | tuple):
        return
    for call in found:
        name = call.get("name") if isinstance(call, Mapping) else None
        if isinstance(name, str):
            arguments = _arguments(call.get("arguments"))
            yield CallMade(name=name, arguments=arguments, version=version)


def _arguments(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else {}
        except (ValueError, RecursionError):
            return {"": value}
    if value is None:
        return {}
    return dict(value) if isinstance(value, Mapping) else {"": value}


def first_met(criterion: ToolCallCriterion, calls: tuple[CallMade, ...]) -> CallMade | None:
    """Return the first of the calls that meets a criterion; None when none does."""
    return next((call for call in calls if is_met_by(criterion, call)), None)


def is_met_by(criterion: ToolCallCriterion, call: CallMade) -> bool:
    """Return whether a call is the one that must have been made."""
    if call.name != criterion.name:
        return False
    expected, given = criterion.arguments, call.arguments
    names = expected.keys() | given.keys() if criterion.compare is None else criterion.compare
    return all(
        (name in expected) == (name in given)
        and (name not in expected or same_value(expected[name], given[name]))
        for name in names
    )


def same_value(one: object, other: object) -> bool:
    """Return whether two JSON values are the same: ``1`` is ``1.0``, and neither is ``true``."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_value(one[n], other[n]) for n in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same_value, one, other))
    return one == other


def _evolve(state: CallsMade, event: RecordedEvent) -> CallsMade:
    if event.type == PlanCreated.type:
        begun = {**state.before, str(event.data.get("plan")): len(state.calls)}
        return CallsMade(calls=state.calls, before=begun)
    made = calls_made_in(event)
    return CallsMade(calls=state.calls + made, before=state.before) if made else state


def _encode(state: CallsMade) -> JsonObject:
    return state.model_dump(mode="json")


def _decode(data: JsonObject) -> CallsMade:
    return CallsMade.model_validate(data)


calls_made_fold: Fold[CallsMade] = Fold("tool_calls_made", CallsMade, _evolve, _encode, _decode)
"""The tool calls of a conversation, nested ones not included."""
