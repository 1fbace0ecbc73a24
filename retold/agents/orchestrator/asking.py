"""An agent is asked for a step: in a conversation of its own, whose answer counts once given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ag2 import Agent
from ag2.events import ModelResponse

from retold.agents.codec import decode_event
from retold.agents.orchestrator.entries import StepEntry
from retold.agents.orchestrator.open_log import OpenLog
from retold.domain.json_copy import copied_object, deepest
from retold.domain.model_call import ModelCallCompleted
from retold.domain.policy import Point, PolicyFailureRecorded, RefusalRecorded
from retold.domain.recorded import RecordedEvent
from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    Parent,
    TurnCancelled,
    TurnFailed,
    conversation_stream,
)
from retold.domain.result import ResultUsage
from retold.domain.workflow.events import run_stream
from retold.domain.workflow.preparing import PreparedStep
from retold.errors import PolicyError, PolicyFailed, PolicyRefused, StoreUnavailable
from retold.store import EventStore
from retold.store.codec.values import made_plain

_of_the_answer = {Point.OUTPUT, Point.TOOL_CALL, Point.TOOL_RESULT}
_ends = {TurnFailed.type, TurnCancelled.type}


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """What an agent answered.

    Attributes:
        result: JSON-native.
        event: id of the event that it follows from.
    """

    result: Any
    event: UUID | None


async def ask_for_step(
    log: OpenLog,
    entry: StepEntry,
    agent: Agent[Any],
    prepared: PreparedStep,
    *,
    caused_by: UUID | None,
    correlation_id: str | None,
) -> StepAnswer:
    """Ask an agent for a step.

    Args:
        log: where it is recorded.
        entry: the step.
        agent: who is asked.
        prepared: what it is given.
        caused_by: id of the event that began the attempt.
        correlation_id: of the run.

    Raises:
        Exception: what the agent, its model or its tools raise, or the log.
    """
    parent = Parent(stream=run_stream(entry.run), objective=made_plain(prepared.task))
    beginning = ConversationStarted(source="ag2", agent=made_plain(agent.name), parent=parent)
    session = await log.nested_session(
        entry.conversation, root=entry.run, beginning=beginning, caused_by=caused_by
    )
    reply = await session.ask(agent, prepared.message, correlation_id=correlation_id)
    return StepAnswer(result_of(reply.response), session.last_event_id)


def may_pass_again(error: BaseException | None) -> bool:
    """Return whether what failed may do better when it is tried again.

    Policies refuse again what is asked, by whom and how often; a model may answer otherwise.
    """
    if not isinstance(error, PolicyError) or isinstance(error, PolicyFailed):
        return True
    return isinstance(error, PolicyRefused) and error.point in _of_the_answer


def is_of_the_log(error: BaseException | None) -> bool:
    """Return whether it was the log that did not do its work, and not the agent."""
    while error is not None:
        if isinstance(error, StoreUnavailable):
            return True
        error = error.__cause__
    return False


async def recorded_answer(
    store: EventStore, entry: StepEntry, *, is_checked: bool = False
) -> StepAnswer | None:
    """Return the answer that the log holds of an attempt whose worker died; None without one.

    Args:
        store: the log.
        entry: the step.
        is_checked: policies are asked about answers, so that what a model answered does not count
            before AG2 has it.
    """
    stream = conversation_stream(entry.conversation)
    found: StepAnswer | None = None
    async for event in store.read_stream(stream, missing_ok=True):
        if event.type in _ends or _is_refused(event):
            found = None
            continue
        if is_checked and event.type == ModelCallCompleted.type:
            continue
        said = _said_in(event)
        if isinstance(said, ModelResponse):
            calls_tools = bool(said.tool_calls) and not said.response_force
            found = None if calls_tools else StepAnswer(result_of(said), event.event_id)
        elif said is not None:
            found = None
    return found


def _is_refused(event: RecordedEvent) -> bool:
    """Return whether a policy ended the turn: it did not where it withheld a tool, or told."""
    if event.type == PolicyFailureRecorded.type:
        return True
    is_refusal = event.type == RefusalRecorded.type and event.data.get("told") is not True
    return is_refusal and event.data.get("point") != Point.TOOL_OFFER


def _said_in(event: RecordedEvent) -> object:
    if event.type == ModelCallCompleted.type:
        # It may be that AG2 never came to see it.
        return decode_event(ModelCallCompleted.from_recorded(event).response)
    payload = event.data.get("event")
    if event.type != EventRecorded.type or not isinstance(payload, Mapping):
        return None
    is_said = payload.get("$") in {"ag2.ModelRequest", "ag2.ModelResponse", "ag2.ToolResultsEvent"}
    return decode_event(dict(payload)) if is_said and not event.data.get("detached") else None


def result_of(response: ModelResponse) -> Any:
    """Return what a model answered as the result of a step.

    An answer that is a JSON object or list, as a whole, is that; any other is its text, and so is
    one with numbers that cannot be stored.
    """
    text = made_plain(response.content or "")
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return copied_object({"answer": _plain(json.loads(text))}, levels=deepest)["answer"]
        except (ValueError, RecursionError):
            return text
    return text


def _plain(value: Any) -> Any:
    match value:
        case str():
            return made_plain(value)
        case dict():
            return {made_plain(name): _plain(item) for name, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case int() if not -(2**63) <= value < 2**64:
            raise ValueError(f"{value} has more than 64 bits")
        case _:
            return value


async def usage_within(store: EventStore, *, root: str, stream: str | None = None) -> ResultUsage:
    """Return what conversations took, those nested in them included.

    Args:
        store: the log.
        root: id of the run.
        stream: of one conversation, with the tokens of tasks that were delegated from it; None
            for all of the run.
    """
    usage = ResultUsage()
    types = {EventRecorded.type}
    if stream is not None:
        async for event in store.read_stream(stream, missing_ok=True):
            usage += _usage_in(event, with_tasks=True)
        return usage
    async for event in store.read_all(session=root, types=types):
        usage += _usage_in(event)
    return usage


def _usage_in(event: RecordedEvent, *, with_tasks: bool = False) -> ResultUsage:
    payload = event.data.get("event")
    if event.type != EventRecorded.type or not isinstance(payload, Mapping):
        return ResultUsage()
    if payload.get("$") == "ag2.ModelResponse" and not event.data.get("detached"):
        return ResultUsage(model_calls=1)
    usage = payload.get("usage")
    if payload.get("$") != "ag2.UsageEvent":
        return ResultUsage()
    if payload.get("kind") == "subtask" and not with_tasks:
        # What a task took is in its own conversation as well.
        return ResultUsage()
    if not isinstance(usage, Mapping):
        return ResultUsage()
    return ResultUsage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
    )


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None
