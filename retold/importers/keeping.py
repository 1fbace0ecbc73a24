"""Parts of an import file as the log keeps them, and back: what comes out is what came in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from retold.errors import MalformedRecord
from retold.projections.exports.imported import given_back, json_codec


def kept(path: Path, where: str, value: Any) -> Any:
    """Return a part of a file in the form the log keeps.

    Nearly all JSON is kept as it is. The codec marks what no database takes: lone surrogates,
    NUL, integers beyond 64 bits, NaN; and objects that look like its own marks.

    Args:
        path: the file, for the error message.
        where: JSON path of ``value`` in it.
        value: any JSON.

    Raises:
        MalformedRecord: when it would not come back as it is.
    """
    encoded = json_codec.encode(value)
    if encoded != value and not same_json(given_back(encoded), value):
        raise MalformedRecord(
            path, where, "", "it is too deeply nested, or too large, to be kept as it came"
        )
    return encoded


def same_json(one: object, other: object) -> bool:
    """Tell whether two documents say the same: 1, 1.0 and true differ, the order of keys does
    not matter.
    """
    return _canonical(one) == _canonical(other)


def _canonical(document: object) -> str:
    # What the codec could only mark is no JSON, and equals nothing that is.
    return json.dumps(document, sort_keys=True, default=repr)
