"""JSON-native values into rich ones. Stored data chooses among registered types, nothing more."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar

from pydantic import BaseModel, RootModel

from retold.store.codec.exceptions import builtin_exceptions, rebuild
from retold.store.codec.scalars import scalar_decoders
from retold.store.codec.type_registry import RegisteredType, TypeRegistry
from retold.store.codec.values import JSONObject, JSONValue, UnknownError, UnknownValue, tag_key


class Decoder:
    """Decodes values; holds no state but the registry."""

    __slots__ = ("_registry",)

    def __init__(self, registry: TypeRegistry) -> None:
        self._registry = registry

    def decode(self, value: JSONValue) -> Any:
        """Return the rich value a JSON-native one stands for.

        Args:
            value: any JSON-native value, whoever wrote it.
        """
        try:
            if type(value) is dict:
                if tag_key in value:
                    return self._record(value)
                return self._fields(value)
            if type(value) is list:
                items = []
                for item in value:
                    kind = type(item)
                    items.append(self.decode(item) if kind is dict or kind is list else item)
                return items
        except RecursionError:
            # No encoder of ours writes so many levels; what lies below stays as it is.
            return value
        return value

    def _record(self, record: JSONObject) -> Any:
        tag = record[tag_key]
        if type(tag) is not str:
            return UnknownValue("", "malformed", record, record)
        try:
            scalar = scalar_decoders.get(tag)
            if scalar is not None:
                keys, decode_scalar = scalar
                _check(record.keys() <= keys)
                return decode_scalar(record)
            container = self._containers.get(tag)
            if container is not None:
                return container(self, record)
        except Exception:
            # One value that is none must not keep the rest of a log from being read.
            return UnknownValue(tag, "malformed", record, record)
        return self._build(tag, self._fields(record), record)

    def _fields(self, value: JSONObject) -> dict[Any, Any]:
        decoded: dict[Any, Any] = {}
        for key, item in value.items():
            kind = type(item)
            decoded[key] = self.decode(item) if kind is dict or kind is list else item
        decoded.pop(tag_key, None)
        return decoded

    def _items(self, record: JSONObject) -> list[Any]:
        items = record["items"]
        _check(record.keys() == {tag_key, "items"} and type(items) is list)
        decoded: list[Any] = self.decode(items)
        return decoded

    def _tuple(self, record: JSONObject) -> tuple[Any, ...]:
        return tuple(self._items(record))

    def _set(self, record: JSONObject) -> set[Any]:
        items = self._items(record)
        members = set(items)
        # Members that could not be told apart any more, say by their repr, are not one member.
        _check(len(members) == len(items))
        return members

    def _frozenset(self, record: JSONObject) -> frozenset[Any]:
        return frozenset(self._set(record))

    def _dict(self, record: JSONObject) -> dict[Any, Any]:
        return _from_pairs(self._items(record))

    def _object(self, record: JSONObject) -> Any:
        name, items = record["type"], record["items"]
        _check(record.keys() == {tag_key, "type", "items"} and type(name) is str)
        pairs = self.decode(items)
        return self._build(str(name), _from_pairs(pairs), record)

    def _build(self, name: str, fields: dict[Any, Any], record: JSONObject) -> Any:
        entry = self._registry.entry_named(name)
        if entry is None:
            return UnknownValue(name, "record", fields, record)
        return self._built(entry, name, fields, record)

    def _built(
        self, entry: RegisteredType, name: str, fields: dict[Any, Any], record: JSONObject
    ) -> Any:
        try:
            decode_fields = entry.decode or _decode_by_kind
            return decode_fields(entry.cls, dict(fields))
        except Exception:
            # Stored by another version of the class, or by nobody's.
            if entry.unknown is not None:
                return entry.unknown(name, fields, record)
            return UnknownValue(name, "record", fields, record)

    def _unregistered(self, record: JSONObject) -> Any:
        path, kind = record["type"], record["kind"]
        _check(record.keys() == {tag_key, "type", "kind", "fields"})
        _check(type(path) is str and type(kind) is str)
        fields = self.decode(record["fields"])
        _check(type(fields) is dict)
        entry = self._registry.entry_at(str(path))
        if entry is not None:
            # Registered since it was written.
            return self._built(entry, str(path), fields, record)
        family = self._registry.family_named(str(kind))
        if family is not None:
            return family.unknown(str(path), fields, record)
        return UnknownValue(str(path), str(kind), fields, record)

    def _exception(self, record: JSONObject) -> BaseException:
        keys = {tag_key, "type", "message", "args"}
        _check(keys <= record.keys() <= keys | {"notes", "attributes"})
        path, message = record["type"], self.decode(record["message"])
        args: Any = self.decode(record["args"])
        notes: list[str] = self.decode(record["notes"]) if "notes" in record else []
        attributes = self.decode(record.get("attributes", {}))
        _check(type(path) is str and type(message) is str and type(args) is list)
        _check(type(notes) is list and type(attributes) is dict)
        cls = self._exception_class(str(path))
        error = None if cls is None else rebuild(cls, tuple(args), message, attributes, notes)
        if error is None:
            error = UnknownError(message, str(path), record)
            for note in notes:
                error.add_note(note)
        return error

    def _exception_class(self, path: str) -> type[BaseException] | None:
        if path in builtin_exceptions:
            return builtin_exceptions[path]
        entry = self._registry.entry_named(path) or self._registry.entry_at(path)
        return entry.cls if entry is not None and issubclass(entry.cls, BaseException) else None

    _containers: ClassVar[dict[str, Callable[[Any, JSONObject], Any]]] = {
        "tuple": _tuple,
        "set": _set,
        "frozenset": _frozenset,
        "dict": _dict,
        "object": _object,
        "unregistered": _unregistered,
        "exception": _exception,
    }


def _check(condition: bool) -> None:  # noqa: FBT001
    if not condition:
        raise ValueError("not a record the encoder writes")


def _from_pairs(pairs: object) -> dict[Any, Any]:
    decoded: dict[Any, Any] = {}
    if not isinstance(pairs, list):
        raise TypeError("not a list of pairs")
    for pair in pairs:
        _check(type(pair) is list)
        key, item = pair
        decoded[key] = item
    _check(len(decoded) == len(pairs))
    return decoded


def _decode_by_kind(cls: type[Any], fields: dict[str, Any]) -> Any:
    if issubclass(cls, Enum):
        return cls(fields["value"])
    if issubclass(cls, RootModel):
        return cls.model_validate(fields["root"])
    if issubclass(cls, BaseModel):
        # One stored while it was not registered looks as pydantic writes it: by alias, and with
        # what is computed.
        for name, computed in cls.model_computed_fields.items():
            fields.pop(computed.alias or name, None)
        return cls.model_validate(fields, by_alias=True, by_name=True)
    return _dataclass(cls, fields)


def _dataclass(cls: type, fields: dict[str, Any]) -> Any:
    takes = {field.name: field.init for field in dataclasses.fields(cls)}
    value = cls(**{name: item for name, item in fields.items() if takes[name]})
    for name, item in fields.items():
        if not takes[name]:
            # Frozen classes refuse the plain way.
            object.__setattr__(value, name, item)
    return value
