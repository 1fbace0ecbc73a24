"""What the codec reads and writes: JSON-native values, and stand-ins for what they cannot say."""

from __future__ import annotations

import dataclasses
from math import isfinite
from typing import Any, TypeAlias

import orjson
from pydantic import SkipValidation, model_serializer
from pydantic.dataclasses import dataclass

JSONValue: TypeAlias = "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None"
JSONObject: TypeAlias = dict[str, JSONValue]

# Stands where a JSON object is not data of the user's but a value JSON has no form for.
tag_key = "$"

# orjson converts these silently, each in a form it cannot read back.
_strict = (
    orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def dumps(value: JSONValue) -> bytes:
    """Return a JSON-native value as UTF-8 JSON text, keys in their order.

    Args:
        value: what :meth:`~retold.store.codec.Codec.encode` returned, or any value of str, int,
            float, bool, None, lists and string-keyed dicts.

    Raises:
        TypeError: when the value is not JSON-native: another type, a lone surrogate, an int
            beyond 64 bits, more than 254 levels.
        ValueError: when it holds a NaN or an infinity.
    """
    text = orjson.dumps(value, option=_strict)
    # orjson writes NaN and infinities as null.
    if b"null" in text:
        _refuse_non_finite(value)
    return text


def loads(text: bytes | str) -> JSONValue:
    """Return the JSON-native value in a JSON text.

    Args:
        text: UTF-8 bytes or str.

    Raises:
        ValueError: when the text is not JSON.
    """
    value: JSONValue = orjson.loads(text)
    return value


def is_plain(text: str) -> bool:
    """Return whether every database stores this text: no NUL, no lone surrogate."""
    if text.isascii():
        return "\0" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def made_plain(text: str) -> str:
    """Return the text with NUL and lone surrogates spelled out, for names and descriptions."""
    if is_plain(text):
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _refuse_non_finite(value: JSONValue) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, float) and not isfinite(item):
            raise ValueError(f"JSON has no {item!r}: encode the value with a Codec first")


@dataclass(frozen=True)
class UnknownValue:
    """A stored value whose type this code does not know, or cannot build from what is stored.

    It is encoded to the very record it came from, so nothing is lost on the way through code
    that does not know the type. Serialised by pydantic (as AG2 does with tool results) it reads
    as the original would have: its fields.

    Attributes:
        type_name: stable name, or module and qualified name of a type nobody registered.
        kind: ``dataclass``, ``model``, ``root_model``, ``enum`` or ``event`` for an unregistered
            type; ``record`` for a stable name that is not known, or whose content does not fit
            it; ``malformed`` for an object that merely looks like a record.
        fields: its fields, decoded; as stored when malformed.
        record: what was stored; None for one that was not read from a log.
    """

    type_name: SkipValidation[str]
    kind: SkipValidation[str]
    fields: SkipValidation[dict[Any, Any]]
    record: Any = dataclasses.field(default=None, compare=False, repr=False)

    def __hash__(self) -> int:
        # Fields are a dict; members of sets and keys need a hash all the same.
        return hash((self.type_name, self.kind))

    @model_serializer
    def _as_the_original(self) -> Any:
        only = {"enum": "value", "root_model": "root"}.get(self.kind)
        return self.fields if only is None else self.fields.get(only)


@dataclass(frozen=True)
class OpaqueValue:
    """What is left of a value that cannot be stored: its type and its representation.

    Attributes:
        type_name: module and qualified name of its type.
        text: its ``repr``, 1,000 characters at most, without memory addresses; or, in angle
            brackets, why it was not stored.
    """

    type_name: SkipValidation[str]
    text: SkipValidation[str]

    def __str__(self) -> str:
        return self.text

    @model_serializer
    def _as_text(self) -> str:
        return self.text


class UnknownError(Exception):
    """A recorded exception whose class is not known here; its ``str()`` is the recorded message.

    Attributes:
        type_name: module and qualified name, or stable name, of its class.
        record: what was stored; None for one that was not read from a log.
    """

    def __init__(self, message: str = "", type_name: str = "", record: Any = None) -> None:
        super().__init__(message)
        self.type_name = type_name
        self.record = record


@dataclasses.dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record to be stored again as it is; an encoder may return one in place of fields.

    Attributes:
        record: the JSON object.
    """

    record: JSONObject
