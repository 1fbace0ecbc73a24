"""What must not get into a log: keys, tokens, headers, and whatever else a configuration holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from ag2.events import TaskFailed

from retold.agents.codec import decode_event, encode_event
from retold.domain.value import ErrorInfo
from retold.store import EventStore
from retold.store.codec import JSONObject, JSONValue

_secret_name = re.compile(
    r"(^|[_\-\s])(api_?key|key|keys|secret|secrets|password|passwd|passphrase|pwd|token|bearer"
    r"|credential|credentials|headers?|auth|authorization|cookies?|signature|sas|env)$"
)
_camel_case = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_url_user = re.compile(r"(?<=//)[^/?#@\s]*@")
_url_secret = re.compile(
    r"([?&;][^=&#\s]*(?:key|token|secret|password|sig|auth)[^=&#\s]*=)[^&#\s]+", re.IGNORECASE
)

# Shorter ones would take ordinary words out of error messages.
shortest_masked = 8
mask = "***"

_absent = object()
# What each open log must not hold.
_known: WeakKeyDictionary[EventStore, set[str]] = WeakKeyDictionary()


def without_secrets(value: object) -> Any:
    """Return the part of ``value`` that is plain data and no secret.

    Entries with a name such as ``api_key``, ``default_headers`` or ``authorization_token`` are
    left out, a user and secret parameters in URLs are masked, and what is neither text, number,
    mapping nor sequence is left out, as clients are.

    Args:
        value: of any kind; None is kept.
    """
    found = _data(value)
    return None if found is _absent else found


def remember_secrets(store: EventStore, value: object) -> None:
    """Mask the secrets in ``value`` from now on in errors recorded in a log.

    Args:
        store: the log.
        value: a mapping such as a configuration's fields.
    """
    known = _known.setdefault(store, set())
    known.update(text for text in _secrets(value) if len(text) >= shortest_masked)


def error_info(store: EventStore, error: BaseException) -> ErrorInfo:
    """Describe an error for a log, without the secrets it is known to have been given."""
    info = ErrorInfo.of(error)
    return info.model_copy(update={"message": text_without_secrets(store, info.message)})


def failure_without_secrets(store: EventStore, event: TaskFailed) -> TaskFailed:
    """Return how a task failed, as a log may hold it: its error without those secrets.

    Args:
        store: the log.
        event: AG2's; itself when there is nothing to be left out.
    """
    record = encode_event(event)
    told = {name: record[name] for name in ("error", "content") if name in record}
    masked: JSONObject = {
        **record,
        **{n: _deep_without_known(store, value) for n, value in told.items()},
    }
    if masked == record:
        return event
    failed = decode_event(masked)
    return failed if isinstance(failed, TaskFailed) else event


def _deep_without_known(store: EventStore, value: JSONValue) -> JSONValue:
    match value:
        case str():
            return text_without_secrets(store, value)
        case dict():
            return {name: _deep_without_known(store, item) for name, item in value.items()}
        case list():
            return [_deep_without_known(store, item) for item in value]
        case _:
            return value


def text_without_secrets(store: EventStore, text: str) -> str:
    """Return a text for a log, without the secrets it is known to have been given."""
    for secret in _known.get(store, ()):
        text = text.replace(secret, mask)
    return _masked(text)


def _data(value: object) -> Any:
    match value:
        case str():
            return _masked(value)
        case bool() | int() | float() | None:
            return value
        case Mapping():
            kept = {
                str(name): _data(item)
                for name, item in value.items()
                if not _is_secret_name(str(name))
            }
            return {name: item for name, item in kept.items() if item is not _absent}
        case list() | tuple():
            return [item for item in map(_data, value) if item is not _absent]
        case _:
            return _absent


def _secrets(value: object) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    for name, item in value.items():
        if _is_secret_name(str(name)):
            yield from _texts(item)
        else:
            yield from _secrets(item)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)
        case _:
            # Such as pydantic's SecretStr.
            reveal = getattr(value, "get_secret_value", None)
            if callable(reveal):
                yield from _texts(reveal())


def _is_secret_name(name: str) -> bool:
    return _secret_name.search(_camel_case.sub("_", name).lower()) is not None


def _masked(text: str) -> str:
    return _url_secret.sub(rf"\1{mask}", _url_user.sub("", text))
