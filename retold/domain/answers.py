"""How many answers of models a conversation has had, whatever its history still shows of them."""

from __future__ import annotations

from collections.abc import Mapping

from retold.domain.fold import Fold
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.domain.recording import EventRecorded
from retold.domain.value import Value


class Answers(Value):
    """The answers of models in a conversation.

    Attributes:
        count: how many there were.
        last_created_at: when AG2 made the newest; one that is entered again is no other.
    """

    count: int = 0
    last_created_at: float | None = None


def _evolve(state: Answers, event: RecordedEvent) -> Answers:
    payload = event.data.get("event")
    if event.type != EventRecorded.type or not isinstance(payload, Mapping):
        return state
    if payload.get("$") != "ag2.ModelResponse" or event.data.get("detached") is True:
        return state
    created_at = payload.get("created_at")
    if not isinstance(created_at, int | float):
        created_at = None
    elif created_at == state.last_created_at:
        return state
    return Answers(count=state.count + 1, last_created_at=created_at)


def _encode(state: Answers) -> JsonObject:
    return state.model_dump(mode="json")


def _decode(data: JsonObject) -> Answers:
    return Answers.model_validate(data)


answers_fold: Fold[Answers] = Fold("answers", Answers, _evolve, _encode, _decode)
"""The answers of models in a conversation; a compacted history loses none of them."""
