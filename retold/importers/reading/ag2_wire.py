"""What AG2 writes into Redis and its event logs, as the records of Retold's codec.

AG2's own reader imports and calls whatever class the stored data names. Here nothing is imported
and nothing constructed but texts, numbers, bytes and UUIDs: a value with a class becomes a record
with the class's name, and AG2's own get the stable names they have when Retold records them.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from retold.importers.reading.json_path import item, member
from retold.importers.reading.record import Record
from retold.store.codec import Codec, TypeRegistry, UnknownValue
from retold.store.codec.exceptions import builtin_exceptions
from retold.store.codec.values import StoredRecord, made_plain

# What AG2's package was called, the newest last.
_homes = re.compile(r"(?:autogen\.beta|autogen|ag2)\.events(?:\.\w+)*\.(\w+)")
_class_path = re.compile(r"[^\W\d]\w*(?:\.(?:[^\W\d]\w*|<locals>))+")

# No type is registered: what AG2 stored is data.
_codec = Codec(TypeRegistry())


def event_record(stored: Record) -> dict[str, Any]:
    """Return the record of an event as AG2 stores it in Redis, ``{"__event__": path, ...}``.

    Raises:
        MalformedRecord: when it names no class, or a value in it breaks AG2's form.
    """
    return _encoded(_event(stored))


def logged_event_record(stored: Record) -> dict[str, Any]:
    """Return the record of an event as AG2's log holds it, ``{"type": path, "data": {...}}``.

    Raises:
        MalformedRecord: as :func:`event_record`.
    """
    fields = stored.optional_object("data")
    if fields is None:
        raise stored.expected("data", "an object")
    return _encoded(_named(_path(stored, "type"), "event", _fields(fields, fields.value)))


def stable_name(path: str) -> str | None:
    """Return the stable name of a class of AG2's events, by the module AG2 says it is in.

    Args:
        path: module and qualified name, of today's AG2 or of one before it was renamed.

    Returns:
        Such as ``ag2.ModelRequest``; None for a class from elsewhere.
    """
    known = _homes.fullmatch(path)
    return None if known is None else f"ag2.{known[1]}"


def _encoded(event: UnknownValue) -> dict[str, Any]:
    return cast("dict[str, Any]", _codec.encode(event))


def _read(place: Record) -> Any:
    """Return an object of AG2's form as a value the codec encodes."""
    marks = [mark for mark in _readers if mark in place.value]
    return _readers[marks[0]](place) if marks else _fields(place, place.value)


def _event(place: Record) -> UnknownValue:
    fields = {name: part for name, part in place.value.items() if name != "__event__"}
    return _named(_path(place, "__event__"), "event", _fields(place, fields))


def _dataclass(place: Record) -> UnknownValue:
    return _named(_path(place, "__dataclass__"), "dataclass", _data(place))


def _model(place: Record) -> UnknownValue:
    return _named(_path(place, "__pydantic__"), "model", _data(place))


def _enum(place: Record) -> UnknownValue:
    fields = _fields(place, {"value": place.value.get("value")})
    return _named(_path(place, "__enum__"), "enum", fields)


def _exception(place: Record) -> StoredRecord:
    # AG2 keeps the bare name of the class and the message; what it was made of is lost.
    name = place.text("__exception__")
    builtin = f"builtins.{name}"
    path = builtin if builtin in builtin_exceptions else made_plain(name)
    text = _codec.encode(place.optional_text("message") or "")
    return StoredRecord({"$": "exception", "type": path, "message": text, "args": [text]})


def _bytes(place: Record) -> bytes:
    try:
        return b64decode(place.value["__bytes__"], validate=True)
    except (TypeError, ValueError) as error:
        raise place.expected("__bytes__", "a text in base64") from error


def _uuid(place: Record) -> UUID:
    try:
        return UUID(place.text("__uuid__"))
    except ValueError as error:
        raise place.expected("__uuid__", "a UUID") from error


# In the order in which AG2's own reader looks for them.
_readers: dict[str, Callable[[Record], Any]] = {
    "__event__": _event,
    "__bytes__": _bytes,
    "__uuid__": _uuid,
    "__enum__": _enum,
    "__exception__": _exception,
    "__dataclass__": _dataclass,
    "__pydantic__": _model,
}


def _data(place: Record) -> dict[str, Any]:
    data = place.optional_object("data")
    return {} if data is None else _fields(data, data.value)


def _fields(place: Record, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _part(place.path, member(place.where, name), part) for name, part in fields.items()
    }


def _part(path: Path, where: str, value: Any) -> Any:
    match value:
        case dict():
            return _read(Record.of(path, where, value))
        case list():
            return [_part(path, item(where, index), part) for index, part in enumerate(value)]
        case _:
            return value


def _named(path: str, kind: str, fields: dict[str, Any]) -> UnknownValue:
    name = stable_name(path)
    if name is not None:
        return UnknownValue(name, "record", fields)
    # The codec's form for a type nobody registered; one that is known by that path is read as it.
    return UnknownValue(path, kind, fields)


def _path(place: Record, field: str) -> str:
    path = place.text(field)
    if _class_path.fullmatch(path) is None:
        raise place.expected(field, "a class by module and name")
    return path
