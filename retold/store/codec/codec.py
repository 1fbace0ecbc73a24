"""The codec itself: an encoder and a decoder over one registry of types."""

from __future__ import annotations

from typing import Any

from retold.store.codec.decoder import Decoder
from retold.store.codec.encoder import Encoder
from retold.store.codec.type_registry import TypeRegistry
from retold.store.codec.values import JSONValue


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
