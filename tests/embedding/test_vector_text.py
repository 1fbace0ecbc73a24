"""Vectors come back from events as they went in, or not at all."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from hypothesis.extra import numpy as arrays

from retold.embedding import Vectors, vector_from_text, vector_to_text
from retold.errors import EmbeddingError, UselessVector, WrongDimension

numbers = st.floats(-1, 1, width=32, allow_subnormal=False)


@given(arrays.arrays(np.float32, st.integers(1, 40), elements=numbers))
def test_a_vector_comes_back_to_the_bit(vector: Vectors) -> None:
    length = np.linalg.norm(vector.astype(np.float64))
    assume(length > 1e-6)
    unit = (vector / length).astype(np.float32)
    assert np.array_equal(vector_from_text(vector_to_text(unit), len(unit), embedder="e"), unit)


def test_a_vector_of_another_length_is_made_one_of_length_one() -> None:
    text = vector_to_text(np.array([3, 4], dtype=np.float32))
    assert np.allclose(vector_from_text(text, 2, embedder="e"), [0.6, 0.8])


@given(st.text(max_size=30), st.integers(1, 8))
def test_other_text_is_refused_by_name(text: str, dimension: int) -> None:
    try:
        found = vector_from_text(text, dimension, embedder="e")
    except EmbeddingError:
        return
    assert abs(float(found @ found) - 1) < 1e-3


@pytest.mark.parametrize(
    ("numbers", "error"),
    [
        ([0.0, 0.0], UselessVector),
        ([np.nan, 1.0], UselessVector),
        ([np.inf, 1.0], UselessVector),
        ([1.0, 0.0, 0.0], WrongDimension),
    ],
)
def test_what_cannot_be_compared_is_refused(numbers: list[float], error: type[Exception]) -> None:
    text = base64.b64encode(np.array(numbers, dtype="<f4").tobytes()).decode()
    with pytest.raises(error):
        vector_from_text(text, 2, embedder="e")
