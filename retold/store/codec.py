"""The codec: any Python value as JSON, and back, without running what stored data names.

AG2's own codec imports and calls the classes a record names; reading a tool's output is enough
to run a program. Here stored data is data: it chooses among registered types.

A JSON object with the key ``$`` is a record: a value JSON has no form for. A dict of the user's
that has this key, or keys that are no plain text, is stored as a list of pairs, so that data can
look like a record and still come back as data.
"""

from __future__ import annotations

from typing import Any

from retold.store.decoder import Decoder
from retold.store.encoder import Encoder, type_path
from retold.store.type_registry import Family, RegisteredType, TypeRegistry
from retold.store.values import (
    JSONObject,
    JSONValue,
    OpaqueValue,
    StoredRecord,
    UnknownError,
    UnknownValue,
    dumps,
    loads,
)

__all__ = [
    "Codec",
    "Family",
    "JSONObject",
    "JSONValue",
    "OpaqueValue",
    "RegisteredType",
    "StoredRecord",
    "TypeRegistry",
    "UnknownError",
    "UnknownValue",
    "dumps",
    "loads",
    "type_path",
]


class Codec:
    """Encodes values for storage and decodes what was stored.

    Lossless: None, bool, int and float of any size and kind, complex, str, bytes, bytearray,
    list, tuple, set, frozenset, dict with any keys, UUID, datetime, date, time, timedelta,
    Decimal, paths, builtin exceptions, and whatever is registered.

    Kept in part: an instance of a subclass of these is stored as its base, a zone of a datetime
    as its offset, a memoryview as bytes, a pydantic model as its fields, without private
    attributes; a dataclass, model or enum that is not registered comes
    back as ``UnknownValue`` with its fields, an exception as ``UnknownError`` with its message,
    anything else as ``OpaqueValue`` with its representation.
    """

    def __init__(self, registry: TypeRegistry) -> None:
        self.registry = registry
        self._decoder = Decoder(registry)

    def encode(self, value: object) -> JSONValue:
        """Return the JSON-native form of a value; 201 levels at most.

        Never raises: what cannot be stored is replaced by a marker with its type and
        representation. An object that contains itself, stands deeper than 200 levels or beyond
        the first million containers is replaced likewise.

        Args:
            value: anything.
        """
        return Encoder(self.registry).encode(value)

    def decode(self, value: JSONValue) -> Any:
        """Return the value a JSON-native one stands for.

        Never raises, and imports, builds and calls nothing but registered types. A record that
        is not known or does not fit its type comes back as ``UnknownValue``, which is encoded to
        the same record again.

        Args:
            value: any JSON-native value, whoever wrote it.
        """
        return self._decoder.decode(value)
