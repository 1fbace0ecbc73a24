"""The codec: any Python value as JSON, and back, without running what stored data names.

AG2's own codec imports and calls the classes a record names; reading a tool's output is enough
to run a program. Here stored data is data: it chooses among registered types.

A JSON object with the key ``$`` is a record: a value JSON has no form for. A dict of the user's
that has this key, or keys that are no plain text, is stored as a list of pairs, so that data can
look like a record and still come back as data.
"""

from __future__ import annotations

from retold.store.codec.codec import Codec
from retold.store.codec.encoder import type_path
from retold.store.codec.type_registry import Family, RegisteredType, TypeRegistry
from retold.store.codec.values import (
    JSONObject,
    JSONValue,
    OpaqueValue,
    StoredRecord,
    UnknownError,
    UnknownValue,
    dumps,
    loads,
    made_plain,
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
    "made_plain",
    "type_path",
]
