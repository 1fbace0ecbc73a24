"""Rich Python values into JSON-native ones. Nothing a value does makes the encoder raise."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, ClassVar

from pydantic import BaseModel, RootModel

from retold.store.codec.exceptions import attributes_of, builtin_exceptions, message_of, notes_of
from retold.store.codec.scalars import encode_text, scalar_bases, scalar_encoders
from retold.store.codec.type_registry import TypeRegistry
from retold.store.codec.values import (
    JSONObject,
    JSONValue,
    OpaqueValue,
    StoredRecord,
    UnknownError,
    UnknownValue,
    dumps,
    is_plain,
    made_plain,
    tag_key,
)

# orjson writes 254 levels, and the record itself is nested in an event's data.
deepest_level = 200
# 40 lists, each holding the next one twice, would be 2**40 when written out.
most_containers = 1_000_000
longest_repr = 1_000
_address = re.compile(r" at 0x[0-9a-fA-F]+")


class Encoder:
    """Encodes one value; made anew for each, since it knows where in the value it is."""

    __slots__ = ("_containers", "_inexact", "_inside", "_registry")

    def __init__(self, registry: TypeRegistry) -> None:
        self._registry = registry
        self._inside: set[int] = set()
        self._containers = 0
        self._inexact = 0

    def encode(self, value: object, depth: int = 0) -> JSONValue:
        """Return the JSON-native form of a value.

        Args:
            value: anything.
            depth: how many JSON levels the result will stand in.
        """
        try:
            cls = type(value)
            leaf = _leaf_encoders.get(cls)
            if leaf is not None:
                return leaf(value)
            if depth >= deepest_level:
                return self._opaque(value, f"<nested deeper than {deepest_level} levels>")
            identity = id(value)
            if identity in self._inside:
                return self._opaque(value, "<contains itself>")
            self._containers += 1
            if self._containers > most_containers:
                return self._opaque(value, f"<more than {most_containers:,} parts>")
            self._inside.add(identity)
            try:
                container = self._container_encoders.get(cls)
                if container is not None:
                    return container(self, value, depth)
                return self._object(value, cls, depth)
            finally:
                self._inside.discard(identity)
        except Exception:
            # Whatever a value does when looked at, the event it is part of must be recorded.
            return self._opaque(value)

    def _opaque(self, value: object, text: str | None = None) -> JSONObject:
        self._inexact += 1
        described = _repr_of(value) if text is None else text
        return {tag_key: "opaque", "type": type_path(type(value)), "repr": described}

    def _list(self, value: list[Any], depth: int) -> JSONValue:
        inner = depth + 1
        return [
            encode_text(item) if type(item) is str else self.encode(item, inner)
            for item in list.__iter__(value)
        ]

    def _dict(self, value: dict[Any, Any], depth: int) -> JSONValue:
        # A thread may add a key meanwhile; the copy is made in one step.
        items = list(dict.items(value))
        if _are_field_names([key for key, _ in items]):
            return self._fields(items, {}, depth + 1)
        return {tag_key: "dict", "items": self._pairs(items, depth + 3)}

    def _fields(
        self, items: Iterable[tuple[str, object]], into: JSONObject, depth: int
    ) -> JSONObject:
        for key, item in items:
            leaf = _sure_encoders.get(type(item))
            into[key] = self.encode(item, depth) if leaf is None else leaf(item)
        return into

    def _pairs(self, items: Iterable[tuple[object, object]], depth: int) -> JSONValue:
        return [[self.encode(key, depth), self.encode(item, depth)] for key, item in items]

    def _tuple(self, value: tuple[Any, ...], depth: int) -> JSONValue:
        return {tag_key: "tuple", "items": self._list(list(tuple.__iter__(value)), depth + 1)}

    def _set(self, value: set[Any], depth: int) -> JSONValue:
        return {tag_key: "set", "items": self._members(set.__iter__(value), depth + 2)}

    def _frozenset(self, value: frozenset[Any], depth: int) -> JSONValue:
        return {tag_key: "frozenset", "items": self._members(frozenset.__iter__(value), depth + 2)}

    def _members(self, members: Iterable[object], depth: int) -> JSONValue:
        # Sorted: a set's own order differs from process to process.
        return sorted((self.encode(member, depth) for member in members), key=dumps)

    def _unknown_value(self, value: UnknownValue, depth: int) -> JSONValue:
        if value.record is not None:
            return self._stored(value.record, depth)
        if value.kind == "record":
            return self._named(value.type_name, value.fields, depth)
        return self._unregistered(value.type_name, value.kind, value.fields, depth)

    def _unknown_error(self, value: UnknownError, depth: int) -> JSONValue:
        if value.record is not None:
            return self._stored(value.record, depth)
        return self._exception(value, made_plain(value.type_name), depth)

    def _stored_record(self, value: StoredRecord, depth: int) -> JSONValue:
        return self._stored(value.record, depth)

    def _stored(self, record: JSONObject, depth: int) -> JSONValue:
        if _is_deeper(record, deepest_level + 1 - depth):
            return self._opaque(record, f"<nested deeper than {deepest_level} levels>")
        # It was read from a log, or claims to be: what cannot be written must not get through.
        dumps(record)
        return record

    def _object(self, value: Any, cls: type, depth: int) -> JSONValue:
        mro = cls.__mro__
        entry = self._registry.entry_for(cls)
        if entry is not None and entry.encode is not None:
            fields = entry.encode(value)
            if isinstance(fields, StoredRecord):
                return self._stored(fields.record, depth)
            return self._named(entry.name, fields, depth)
        if BaseException in mro:
            return self._exception(value, entry.name if entry else type_path(cls), depth)
        if entry is not None:
            return self._named(entry.name, self._registered_fields(value, mro, depth), depth)
        return self._unregistered_object(value, cls, mro, depth)

    def _registered_fields(
        self, value: Any, mro: tuple[type, ...], depth: int
    ) -> Mapping[str, object]:
        if Enum in mro:
            return {"value": value.value}
        if BaseModel in mro:
            return self._model_fields(value, depth + 1, registered=True)
        return _dataclass_fields(value)

    def _unregistered_object(
        self, value: Any, cls: type, mro: tuple[type, ...], depth: int
    ) -> JSONValue:
        family = self._registry.family_of(cls)
        if family is not None:
            fields = family.encode(value)
            if isinstance(fields, StoredRecord):
                return self._stored(fields.record, depth)
            return self._unregistered(type_path(cls), family.kind, fields, depth)
        if Enum in mro:
            fields = {"name": value.name, "value": value.value}
            return self._unregistered(type_path(cls), "enum", fields, depth)
        for base, encode_scalar in scalar_bases:
            if base in mro:
                return encode_scalar(value)
        for base, encode_container in self._container_encoders.items():
            if base in mro:
                return encode_container(self, value, depth)
        if BaseModel in mro:
            fields = self._model_fields(value, depth + 2, registered=False)
            kind = "root_model" if RootModel in mro else "model"
            return self._unregistered(type_path(cls), kind, fields, depth)
        if dataclasses.is_dataclass(cls):
            return self._unregistered(type_path(cls), "dataclass", _dataclass_fields(value), depth)
        return self._numpy_scalar(value, mro)

    def _named(self, name: str, fields: Mapping[Any, object], depth: int) -> JSONValue:
        if _are_field_names(fields):
            return self._fields(fields.items(), {tag_key: name}, depth + 1)
        return {tag_key: "object", "type": name, "items": self._pairs(fields.items(), depth + 3)}

    def _unregistered(
        self, path: str, kind: str, fields: Mapping[Any, object], depth: int
    ) -> JSONValue:
        self._inexact += 1
        encoded = self._dict(dict(fields), depth + 1)
        return {tag_key: "unregistered", "type": path, "kind": kind, "fields": encoded}

    def _model_fields(
        self, value: BaseModel, depth: int, *, registered: bool
    ) -> Mapping[str, object]:
        try:
            fields = _dumped(value, "python", registered=registered)
        except Exception:
            # A serializer of the user's, or a cycle; the encoder copes with either.
            return dict(vars(value))
        in_json: dict[str, object] | None = None
        for name, field in fields.items():
            before = self._inexact
            encoded = self.encode(field, depth)
            if self._inexact != before:
                # An enum, a URL, a secret: the model's own JSON form of it, which it reads back.
                in_json = _json_dumped(value, registered=registered) if in_json is None else in_json
                if name in in_json:
                    self._inexact = before
                    encoded = self.encode(in_json[name], depth)
            fields[name] = _Encoded(encoded)
        return fields

    def _exception(self, error: BaseException, path: str, depth: int) -> JSONValue:
        record: JSONObject = {
            tag_key: "exception",
            "type": path,
            "message": encode_text(message_of(error)),
            "args": self._list(list(error.args), depth + 1),
        }
        notes = notes_of(error)
        if notes:
            record["notes"] = self._list(notes, depth + 1)
        if path in builtin_exceptions or self._registry.entry_for(type(error)) is not None:
            attributes = attributes_of(error)
            if attributes:
                record["attributes"] = self._dict(attributes, depth + 1)
        return record

    def _numpy_scalar(self, value: Any, mro: tuple[type, ...]) -> JSONValue:
        # Looked up, not imported: if the value is numpy's, numpy is loaded.
        generic = getattr(sys.modules.get("numpy"), "generic", None)
        if generic in mro:
            scalar = scalar_encoders.get(type(value.item()))
            if scalar is not None:
                return scalar(value.item())
        return self._opaque(value)

    _container_encoders: ClassVar[dict[type, Callable[[Any, Any, int], JSONValue]]] = {
        dict: _dict,
        list: _list,
        tuple: _tuple,
        set: _set,
        frozenset: _frozenset,
        UnknownValue: _unknown_value,
        UnknownError: _unknown_error,
        StoredRecord: _stored_record,
    }


class _Encoded:
    """A field that is JSON-native already."""

    __slots__ = ("json",)

    def __init__(self, json: JSONValue) -> None:
        self.json = json


_leaf_encoders: dict[type, Callable[[Any], JSONValue]] = {
    **scalar_encoders,
    _Encoded: lambda field: field.json,
}
# Those that cannot fail, whatever the value: most fields are one of these.
_sure: tuple[type, ...] = (str, type(None), bool, int, float)
_sure_encoders: dict[type, Callable[[Any], JSONValue]] = {
    cls: scalar_encoders[cls] for cls in _sure
}


def type_path(cls: type) -> str:
    """Return ``module.QualifiedName`` of a class, whatever the class says of itself."""
    try:
        return made_plain(f"{cls.__module__}.{cls.__qualname__}")
    except Exception:
        # A metaclass may do as it likes, and what it made must be recorded.
        return "unknown"


def _dumped(value: BaseModel, mode: str, *, registered: bool) -> dict[str, object]:
    if isinstance(value, RootModel):
        return {"root": value.model_dump(mode=mode, warnings=False)}
    # Of an unregistered model only the look remains: as pydantic writes it, computed fields too.
    fields: dict[str, object] = value.model_dump(mode=mode, by_alias=not registered, warnings=False)
    if registered:
        for name in type(value).model_computed_fields:
            fields.pop(name, None)
    return fields


def _json_dumped(value: BaseModel, *, registered: bool) -> dict[str, object]:
    try:
        return _dumped(value, "json", registered=registered)
    except Exception:
        # A serializer of the user's; what could be read in Python's own form is recorded.
        return {}


def _dataclass_fields(value: Any) -> dict[str, object]:
    fields: dict[str, object] = {}
    for field in dataclasses.fields(value):
        try:
            fields[field.name] = getattr(value, field.name)
        except AttributeError:
            # Never set.
            continue
        except Exception as error:
            fields[field.name] = OpaqueValue(type_path(type(error)), "<cannot be read>")
    return fields


# Names found to be right: events have the same few again and again.
_names: set[str] = set()
_most_names = 1_000
_longest_name = 50


def _are_field_names(keys: Iterable[object]) -> bool:
    for key in keys:
        if type(key) is not str:
            return False
        if key not in _names:
            if key == tag_key or not is_plain(key):
                return False
            if len(_names) < _most_names and len(key) <= _longest_name:
                _names.add(key)
    return True


def _repr_of(value: object) -> str:
    try:
        text = str.__str__(repr(value))
    except Exception:
        # The user's code, and that is what is recorded of it.
        return "<its repr fails>"
    return made_plain(_address.sub("", text[: 2 * longest_repr]))[:longest_repr]


def _is_deeper(value: JSONValue, levels: int) -> bool:
    waiting: list[tuple[JSONValue, int]] = [(value, 1)]
    while waiting:
        item, level = waiting.pop()
        if isinstance(item, dict | list):
            if level > levels:
                return True
            inside = item.values() if isinstance(item, dict) else item
            waiting.extend((part, level + 1) for part in inside)
    return False
