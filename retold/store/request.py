"""An append request on its way to the database: its events encoded, or refused one by one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import orjson

from retold.domain.event import NewEvent, type_pattern
from retold.domain.recorded import to_datetime, to_microseconds
from retold.errors import AppendTooLarge, EventTooLarge, InvalidEvent
from retold.store.append import Append, BeginFork, Outcome, Request, SetTombstone
from retold.store.plan import EncodedAppend, EncodedEvent, EncodedRequest
from retold.store.row import hashed_content, new_event_id_bytes

# Both are indexed, and PostgreSQL takes no index entry above 2,704 bytes.
longest_correlation_id = 255
longest_session_id = 255
longest_type = 255
largest_schema_version = 2**31 - 1
most_append_bytes = 256 * 1024 * 1024
# What encodes in less time than a thread takes to be asked.
light_events = 8
light_length = 20_000

# Dataclasses, datetimes and subclasses of str would be stored as something else than they are.
_strict = (
    orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_strict_sorted = _strict | orjson.OPT_SORT_KEYS


def encode_group(
    requests: Iterable[Request], max_event_bytes: int
) -> list[EncodedRequest | Exception]:
    """Encode requests; each that cannot be stored is its error, and spoils none of the others.

    Args:
        requests: what to encode.
        max_event_bytes: limit of one event's data and metadata together.
    """
    encoded: list[EncodedRequest | Exception] = []
    for request in requests:
        try:
            encoded.append(encode_request(request, max_event_bytes))
        except Exception as error:  # a caller's mapping may raise anything
            encoded.append(error)
    return encoded


def is_light(requests: Iterable[Request]) -> bool:
    """Return whether a group is encoded in no time."""
    events = [
        event for request in requests for part in request for event in getattr(part, "events", ())
    ]
    return len(events) <= light_events and not any(
        len(value) > light_length
        for event in events
        if isinstance(event.data, dict)
        for value in event.data.values()
        if isinstance(value, str | list | dict)
    )


def ready(encoded: Iterable[EncodedRequest | Exception]) -> list[EncodedRequest]:
    """Return the requests that could be encoded."""
    return [request for request in encoded if not isinstance(request, Exception)]


def in_place(
    encoded: Iterable[EncodedRequest | Exception], outcomes: Iterable[Outcome]
) -> list[Outcome]:
    """Return an outcome for every request: those of the ready ones, in order, and the errors."""
    following = iter(outcomes)
    return [request if isinstance(request, Exception) else next(following) for request in encoded]


def encode_request(request: Request, max_event_bytes: int) -> EncodedRequest:
    """Encode the events of a request.

    Raises:
        InvalidEvent, EventTooLarge: as of :func:`encode_event`; also when an id stands twice.
        AppendTooLarge: when it holds more than :data:`most_append_bytes`.
    """
    if len(request) == 1 and isinstance(request[0], Append) and len(request[0].events) == 1:
        return (_encode_append(request[0], max_event_bytes),)
    encoded: list[EncodedAppend | BeginFork | SetTombstone] = []
    seen: set[bytes] = set()
    size = 0
    for part in request:
        if not isinstance(part, Append):
            encoded.append(part)
            continue
        append = _encode_append(part, max_event_bytes)
        for new, event in zip(part.events, append.events, strict=True):
            if event.event_id in seen:
                what = f"its id {UUID(bytes=event.event_id)} stands twice in this append"
                raise InvalidEvent(new.type, what)
            seen.add(event.event_id)
            size += len(event.hashed)
        if size > most_append_bytes:
            raise AppendTooLarge(len(seen), size, most_append_bytes)
        encoded.append(append)
    return encoded


def _encode_append(append: Append, max_event_bytes: int) -> EncodedAppend:
    stream = append.stream
    return EncodedAppend(
        stream,
        tuple([encode_event(event, stream, max_event_bytes) for event in append.events]),
        append.expected_version,
    )


def encode_event(event: NewEvent, stream: str, max_bytes: int) -> EncodedEvent:
    """Turn an event into what is stored.

    Args:
        event: the event. UUIDs and enums in its data and metadata are stored as their text and
            value; what else is not JSON-native is refused.
        stream: where it goes, for the error message.
        max_bytes: limit of data and metadata together.

    Raises:
        InvalidEvent: when a field is not what the log can hold.
        EventTooLarge: when it exceeds ``max_bytes``.
    """
    if not isinstance(event, NewEvent):
        raise InvalidEvent(type(event).__name__, "it is no NewEvent")
    name = event.type
    if type(name) is not str or name not in _checked_types:
        _check_type(name)
    _check_schema_version(name, event.schema_version)
    data = _object_to_json(name, "its data", event.data)
    metadata = _object_to_json(name, "its metadata", event.metadata)
    if len(data) + len(metadata) > max_bytes:
        raise EventTooLarge(name, stream, len(data) + len(metadata), max_bytes)
    given = _checked_id(name, "id", event.event_id)
    event_id = new_event_id_bytes() if given is None else given
    content = (
        name,
        event.schema_version,
        data.decode(),
        metadata.decode(),
        _checked_text(event, "correlation id", event.correlation_id, longest_correlation_id),
        _checked_id(name, "causation id", event.causation_id),
        _checked_time(name, event.occurred_at),
    )
    return EncodedEvent(
        event_id, given is not None, content, hashed_content(event_id, content), _session_of(event)
    )


def to_json(value: object, event_type: str, what: str, *, sort_keys: bool = False) -> bytes:
    """Return a value as the bytes to be stored.

    Args:
        value: JSON-native.
        event_type: type of the event it is for, for the error message.
        what: what it is, for the error message.
        sort_keys: order the keys, so that equal values have equal bytes.

    Raises:
        InvalidEvent: when it is not JSON-native.
    """
    try:
        encoded = orjson.dumps(value, option=_strict_sorted if sort_keys else _strict)
    except orjson.JSONEncodeError as error:
        raise InvalidEvent(
            event_type, f"{what} is not JSON-native ({error}); encode it with a Codec first"
        ) from error
    # orjson writes NaN and the infinities as null, so a null may hide one.
    if b"null" in encoded and _holds_nan(value):
        raise InvalidEvent(event_type, f"{what} holds NaN or an infinity; encode it first")
    return encoded


def _object_to_json(event_type: str, what: str, value: object) -> bytes:
    if not isinstance(value, Mapping):
        raise InvalidEvent(event_type, f"{what} is no mapping")
    return to_json(value if type(value) is dict else dict(value), event_type, what)


def _holds_nan(value: object) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, Mapping):
        return any(map(_holds_nan, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_nan, value))


# What the type checker rules out comes all the same from those who do not use one. Here it fails
# for its caller alone; in the database's driver it would fail for the whole group.


# Types found to be right: a log has few of them, and many events.
_checked_types: set[str] = set()
_most_checked_types = 1_000


def _check_type(name: object) -> None:
    if not isinstance(name, str) or not type_pattern.fullmatch(name):
        raise InvalidEvent(name, "its type is no dotted lower case name, as 'turn.started'")
    if len(name) > longest_type:
        raise InvalidEvent(name, f"its type is longer than {longest_type} characters")
    if len(_checked_types) < _most_checked_types:
        _checked_types.add(name)


def _check_schema_version(event_type: str, version: object) -> None:
    if (
        not isinstance(version, int)
        or isinstance(version, bool)
        or not 1 <= version <= largest_schema_version
    ):
        raise InvalidEvent(
            event_type, f"its schema version {version!r} is no whole number from 1 to 2**31-1"
        )


def _checked_id(event_type: str, what: str, value: object) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, UUID):
        return value.bytes
    raise InvalidEvent(event_type, f"its {what} {value!r} is no UUID")


def _checked_text(event: NewEvent, what: str, value: object, longest: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= longest:
        raise InvalidEvent(
            event.type, f"its {what} {value!r} is no printable text of 1 to {longest} characters"
        )
    return value


def _checked_time(event_type: str, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise InvalidEvent(event_type, f"its time {value!r} is no datetime")
    microseconds = to_microseconds(value)
    try:
        to_datetime(microseconds)
    except OverflowError as error:
        raise InvalidEvent(
            event_type, f"its time {value} is outside the years 1 to 9999 UTC"
        ) from error
    return microseconds


def _session_of(event: NewEvent) -> str | None:
    session = event.metadata.get("session")
    if not isinstance(session, str):
        return None
    return _checked_text(event, "metadata's session", session, longest_session_id)
