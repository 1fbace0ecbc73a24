"""What a conversation did that its transition table has no way for: material for an audit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from retold.domain.dialogue.events import StateTransitioned, TransitionRefused
from retold.domain.recorded import RecordedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OffFlow:
    """A message that the transition table had no way for.

    Attributes:
        stream: of the conversation.
        version: of the event that says so.
        message: version of the message's event in the same stream.
        from_topic: where the conversation was.
        trigger: class of the message.
        to_topic: where it went all the same; None when it stayed.
        possible: triggers that there was a way for.
    """

    stream: str
    version: int
    message: int
    from_topic: str
    trigger: str
    to_topic: str | None
    possible: tuple[str, ...]


def off_flow(events: Iterable[RecordedEvent]) -> Iterator[OffFlow]:
    """Yield what was off the flow, in order: transitions without a way, and those refused.

    Args:
        events: of any streams and types.
    """
    for event in events:
        if event.type == StateTransitioned.type:
            moved = StateTransitioned.from_recorded(event)
            if moved.off_flow:
                yield _of(event, moved, to_topic=moved.to_topic, possible=moved.possible or ())
        elif event.type == TransitionRefused.type:
            refused = TransitionRefused.from_recorded(event)
            yield _of(event, refused, to_topic=None, possible=refused.possible)


def _of(
    event: RecordedEvent,
    said: StateTransitioned | TransitionRefused,
    *,
    to_topic: str | None,
    possible: tuple[str, ...],
) -> OffFlow:
    return OffFlow(
        stream=event.stream,
        version=event.version,
        message=said.message,
        from_topic=said.from_topic,
        trigger=said.trigger,
        to_topic=to_topic,
        possible=possible,
    )
