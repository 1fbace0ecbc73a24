"""What AG2 writes into Redis and its event logs, as the records of Retold's codec.

AG2's own reader imports and calls whatever class the stored data names. Here nothing is imported
and nothing constructed but texts, numbers, bytes and UUIDs: a value with a class becomes a record
with the class's name, and AG2's own get the stable names they have when Retold records them.
"""

from __future__ import annotations

import binascii
import builtins
import re
from base64 import b64decode
from typing import Any
from uuid import UUID

from retold.importers.reading.json_path import item, member
from retold.importers.reading.record import Record
from retold.store.codec import Codec, TypeRegistry, UnknownValue
from retold.store.codec.values import StoredRecord, made_plain

# What AG2's package was called, the newest last.
_homes = re.compile(r"(?:autogen\.beta|autogen|ag2)\.events(?:\.\w+)*\.(\w+)")
_class_path = re.compile(r"[^\W\d]\w*(?:\.(?:[^\W\d]\w*|<locals>))+")
_kinds = {"__dataclass__": "dataclass", "__pydantic__": "model", "__enum__": "enum"}

# No type is registered: what AG2 stored is data.
_codec = Codec(TypeRegistry())


def event_record(stored: Record) -> dict[str, Any]:
    """Return the record of an event as AG2 stores it in Redis, ``{"__event__": path, ...}``.

    Raises:
        MalformedRecord: when it names no class, or a value in it breaks AG2's form.
    """
    encoded: dict[str, Any] = _codec.encode(_read(stored, stored.value))
    return encoded


def logged_event_record(stored: Record) -> dict[str, Any]:
    """Return the record of an event as AG2's log holds it, ``{"type": path, "data": {...}}``.

    Raises:
        MalformedRecord: as :func:`event_record`.
    """
    fields = stored.optional_object("data")
    if fields is None:
        raise stored.expected("data", "an object")
    encoded: dict[str, Any] = _codec.encode(
        _named(_path(stored, "type"), "event", _fields(fields, fields.value))
    )
    return encoded


def stable_name(path: str) -> str | None:
    """Return the stable name of a class of AG2's events, by the module AG2 says it is in.

    Args:
        path: module and qualified name, of today's AG2 or of one before it was renamed.

    Returns:
        Such as ``ag2.ModelRequest``; None for a class from elsewhere.
    """
    known = _homes.fullmatch(path)
    return None if known is None else f"ag2.{known[1]}"


def _read(place: Record, value: Any) -> Any:
    """Return a value of AG2's form as one the codec encodes."""
    match value:
        case {"__event__": _}:
            fields = {name: part for name, part in value.items() if name != "__event__"}
            return _named(_path(place, "__event__"), "event", _fields(place, fields))
        case {"__dataclass__": _} | {"__pydantic__": _}:
            mark = "__dataclass__" if "__dataclass__" in value else "__pydantic__"
            data = place.optional_object("data")
            fields = {} if data is None else _fields(data, data.value)
            return _named(_path(place, mark), _kinds[mark], fields)
        case {"__enum__": _}:
            fields = {"value": value.get("value")}
            return _named(_path(place, "__enum__"), "enum", _fields(place, fields))
        case {"__exception__": _}:
            return _exception(place.text("__exception__"), place.optional_text("message") or "")
        case {"__bytes__": _}:
            try:
                return b64decode(place.value["__bytes__"], validate=True)
            except (TypeError, ValueError, binascii.Error) as error:
                raise place.expected("__bytes__", "a text in base64") from error
        case {"__uuid__": _}:
            try:
                return UUID(place.text("__uuid__"))
            except ValueError as error:
                raise place.expected("__uuid__", "a UUID") from error
        case dict():
            return _fields(place, value)
        case list():
            return [
                _read_in(place, item(place.where, index), part) for index, part in enumerate(value)
            ]
        case _:
            return value


def _fields(place: Record, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _read_in(place, member(place.where, name), part) for name, part in fields.items()}


def _read_in(place: Record, where: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _read(Record.of(place.path, where, value), value)
    if isinstance(value, list):
        return _read(Record(place.path, where, {}), value)
    return value


def _exception(name: str, message: str) -> StoredRecord:
    # AG2 keeps the bare name of the class and the message; what it was made of is lost.
    known = isinstance(getattr(builtins, name, None), type)
    text = _codec.encode(message)
    path = f"builtins.{name}" if known else made_plain(name)
    return StoredRecord({"$": "exception", "type": path, "message": text, "args": [text]})


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
