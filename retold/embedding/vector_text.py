"""Vectors as the text they are in events: 32-bit floats, least significant byte first, base64."""

from __future__ import annotations

import base64
import binascii

import numpy as np

from retold.embedding.checking import unit_rows
from retold.embedding.embedder import Vectors
from retold.errors import WrongDimension

_stored = np.dtype("<f4")
# Of the square of the length: what rounding to 32 bits leaves of a vector of length 1.
_rounding = 1e-4


def vector_to_text(vector: Vectors) -> str:
    """Return a vector as text.

    Args:
        vector: shape ``(dimension,)``, of length 1.
    """
    return base64.b64encode(vector.astype(_stored, copy=False).tobytes()).decode()


def vector_from_text(text: str, dimension: int, *, embedder: str) -> Vectors:
    """Return the vector in a text, of length 1.

    Args:
        text: as :func:`vector_to_text` gave it.
        dimension: it has to have.
        embedder: what made it, for the error.

    Raises:
        WrongDimension: when it is no vector of that dimension.
        UselessVector: when it is zero, or has a number that is not finite.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongDimension(embedder, (dimension,), (-1,)) from error
    if len(data) != dimension * _stored.itemsize:
        raise WrongDimension(embedder, (dimension,), (len(data) // _stored.itemsize,))
    vector: Vectors = np.frombuffer(data, dtype=_stored).astype(np.float32)
    if abs(float(vector @ vector) - 1.0) <= _rounding:
        # Rounding it again would change what two processes compare.
        return vector
    (row,) = unit_rows(embedder, (1, dimension), vector[np.newaxis])
    return np.asarray(row, dtype=np.float32)
