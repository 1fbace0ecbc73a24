"""Paths into states: how they are written, what they reach, and what they never reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel

from retold.domain.state_path import StatePath, missing, same
from retold.errors import InvalidPath


class Point(NamedTuple):
    x: int
    y: int


class Model(BaseModel):
    name: str


@dataclass
class State:
    tags: dict[Any, Any]
    points: list[Point]
    model: Model
    nothing: None = None

    def method(self) -> None:
        """Not data."""

    @property
    def computed(self) -> int:
        """Not a field."""
        raise AssertionError("a path computes nothing")


state = State(
    {"a.b": 1, "c": {"d": [10, 20]}, 7: "seven"}, [Point(1, 2), Point(3, 4)], Model(name="m")
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ('tags["a.b"]', 1),
        ("tags.c.d[1]", 20),
        ("tags.c.d.1", 20),
        ("tags.c.d[-1]", 20),
        ("tags[7]", "seven"),
        ("tags.7", "seven"),
        ("points[0].y", 2),
        ("model.name", "m"),
        ("nothing", None),
        ("", state),
        ("tags.x", missing),
        ("tags.c.d[2]", missing),
        ("tags.c.d[-3]", missing),
        ("tags.c.d.x", missing),
        ("points[0].z", missing),
        ("points[0].index", missing),
        ("method", missing),
        ("computed", missing),
        ("__class__", missing),
        ("model.model_dump", missing),
        ("nothing.x", missing),
        ("model.name.upper", missing),
        ("model.name[0]", missing),
    ],
)
def test_a_path_reaches_fields_keys_and_places_and_nothing_else(path: str, value: object) -> None:
    assert StatePath.parse(path).find(state) == value


@pytest.mark.parametrize(
    "text", [".", "a.", ".a", "a..b", "a[", "a]", 'a["b]', "a[x]", "a[1.5]", 'a"b"']
)
def test_what_is_no_path_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidPath) as raised:
        StatePath.parse(text)
    assert raised.value.path == text


steps = st.lists(st.text(min_size=1) | st.integers(-(10**17), 10**17), max_size=6).map(tuple)


@given(steps)
def test_a_path_that_is_written_reads_back_as_it_was(path: tuple[str | int, ...]) -> None:
    assert StatePath.parse(str(StatePath(path))).steps == path


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, -0.0, 1.0, float("nan")])
    | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(json, json)
def test_values_are_the_same_when_they_are_written_the_same(one: object, other: object) -> None:
    assert same(one, one)
    assert same(one, other) == (_written(one) == _written(other))


def _written(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{sorted((key, _written(item)) for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    return repr(value)
