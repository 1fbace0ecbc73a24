"""Why something was said: the chain of causes of an output, up to what a user said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from retold.domain.event import RecordedEvent
from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import FoldQuery
from retold.projections.explaining.why import Step, why
from retold.projections.models.session_list import stream_of_session
from retold.projections.models.transcript import transcript
from retold.projections.payload import mapping_of, printable, result_text, results_of, type_of
from retold.store.codec import made_plain
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """An event in the chain; the first is the one asked about.

    Attributes:
        place: from 0, the nearest first.
        distance: steps from the event asked about.
        effect: place of the event that it led to; None for the first.
        edge: ``recorded`` when the effect names it as its cause, ``inferred`` otherwise.
        reason: the same in words.
        stream, version: of the event.
        type: of the event, with that of AG2's event in it.
        agent: name of the agent; None when unknown.
        text: what was said in it: by a message, or by a tool's result.
        occurred_at: when it happened, by the source's clock.
        provider, model: that were called, when it is the start of a call.
        prompt: the system prompt that the model was really given then.
        tools: names of the tools it was offered.
    """

    place: int
    distance: int
    effect: int | None
    edge: str | None
    reason: str | None
    stream: str
    version: int
    type: str
    agent: str | None
    text: str
    occurred_at: datetime | None
    provider: str | None
    model: str | None
    prompt: str | None
    tools: tuple[str, ...] | None


async def _answer(
    store: EventStore, values: Values, after: Key | None, count: int
) -> Sequence[CauseRow]:
    first = 0 if after is None else int(str(after[0])) + 1
    stream = await stream_of_session(store, values["session"])
    chain = await why(store, stream, values["version"], limit=first + count)
    return [_row(place, step) for place, step in enumerate(chain.steps)][first:]


def _row(place: int, step: Step) -> CauseRow:
    event, given = step.event, step.model_input
    inner = type_of(mapping_of(event.data.get("event")))
    return CauseRow(
        place=place,
        distance=step.distance,
        effect=step.effect,
        edge=None if step.kind is None else step.kind.value,
        reason=step.reason or None,
        stream=event.stream,
        version=event.version,
        type=f"{event.type} {inner}" if inner else event.type,
        agent=printable(event.metadata.get("agent")),
        text=said_in(event),
        occurred_at=event.occurred_at,
        provider=None if given is None else given.provider,
        model=None if given is None else given.model,
        prompt=None if given is None else "\n".join(given.prompt),
        tools=None if given is None else tuple(map(_name_of, given.tools)),
    )


def said_in(event: RecordedEvent) -> str:
    """Return what was said in an event: by a message, or by tools' results; may be empty."""
    texts = [entry.text for entry in transcript([event])]
    texts += map(result_text, results_of(mapping_of(event.data.get("event"))))
    return made_plain("\n".join(filter(None, texts)))


def _name_of(tool: object) -> str:
    """Return the name in a tool's schema: in OpenAI's form, or at its top."""
    schema = mapping_of(tool)
    return printable(mapping_of(schema.get("function")).get("name") or schema.get("name")) or ""


chain_of_causes = FoldQuery(
    name="why",
    description="the chain of causes of an event: prompts, tool results, up to what a user said",
    row=CauseRow,
    order=("place",),
    answer=_answer,
    parameters=(
        Parameter(name="session", description="id of the conversation", required=True),
        Parameter(
            name="version",
            description="of the event, as `transcript` gives it",
            kind=Kind.INTEGER,
            required=True,
        ),
    ),
)
