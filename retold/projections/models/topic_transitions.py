"""How messages moved conversations through their topics: a row a transition or refusal.

What left the flow is no error. It is listed, as material for whoever audits conversations: where
they went that their transition table has no way to, and which messages led nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

from retold.domain.dialogue.events import (
    MessageClassified,
    StateTransitioned,
    TransitionRefused,
)
from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import conversation_category, conversation_of
from retold.projections.event_facts import metadata_text, root_session_of, short_text
from retold.projections.models.topic_transition_table import (
    OpenMessage,
    TopicTransition,
    open_messages,
    topic_transition_rows,
)
from retold.projections.payload import mapping_of, printable
from retold.projections.projection import Need, Projection
from retold.projections.rows import Rows

_last_version = 2**63 - 1


def _needs(event: RecordedEvent) -> Iterator[Need]:
    if event.type != MessageClassified.type:
        yield open_messages, conversation_of(event.stream)


def _fold(rows: Rows, event: RecordedEvent) -> None:
    session, data = conversation_of(event.stream), event.data
    message = _version(data.get("message"))
    if event.type == MessageClassified.type:
        if message is not None:
            rows.put(open_messages, _classified(session, message, data))
        return
    classified = rows.get(open_messages, session)
    if classified is not None:
        rows.delete(open_messages, session)
        if classified.message != message:
            classified = None
    refused = event.type == TransitionRefused.type
    rows.put(
        topic_transition_rows,
        TopicTransition(
            session=session,
            version=event.version,
            root_session=root_session_of(event),
            agent=short_text(metadata_text(event, "agent")),
            message=message,
            from_topic=_text(data, "from_topic"),
            to_topic=None if refused else _text(data, "to_topic"),
            trigger=_text(data, "trigger"),
            classifier=None if classified is None else classified.classifier,
            score=None if classified is None else classified.score,
            sentiment=None if classified is None else classified.sentiment,
            off_flow=not refused and data.get("off_flow") is True,
            refused=refused,
            possible=_texts(data.get("possible")),
            said_at=None if classified is None else classified.said_at,
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
        ),
    )


def _classified(session: str, message: int, data: JsonObject) -> OpenMessage:
    label = mapping_of(data.get("message_class"))
    return OpenMessage(
        session=session,
        message=message,
        classifier=_text(label, "classifier"),
        score=_score(label.get("score")),
        sentiment=_text(mapping_of(data.get("sentiment")), "label"),
        said_at=_moment(data.get("said_at")),
    )


def _version(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= _last_version else None


def _score(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _text(data: JsonObject, name: str) -> str | None:
    return short_text(printable(data.get(name)))


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple):
        return None
    found = (short_text(printable(item)) for item in value)
    return tuple(text for text in found if text is not None)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        # Without a zone it is UTC digits, as everywhere.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


topic_transitions = Projection(
    name="topic_transitions",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(topic_transition_rows, open_messages),
    types={MessageClassified.type, StateTransitioned.type, TransitionRefused.type},
    category=conversation_category,
    per_stream=True,
    code=(_classified, _version, _score, _text, _texts, _moment),
    description="a row a message that led from topic to topic, off the flow too, or was refused",
)
