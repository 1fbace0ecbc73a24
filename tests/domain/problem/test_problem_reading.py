"""What models answer about a problem, as it comes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from retold.domain.problem.events import Reading
from retold.domain.problem.reading import read_complexity, read_subproblems
from retold.domain.problem.values import Complexity, problem_key

ten = "\n".join(f"{n}. Part {n}" for n in range(1, 12))


@pytest.mark.parametrize(
    ("text", "found", "reading"),
    [
        ('{"subproblems": ["Log in", "Pay"]}', ("Log in", "Pay"), Reading.SCHEMA),
        ('{"subproblems": []}', (), Reading.SCHEMA),
        ('```json\n{"subproblems": ["Log in", "Pay"]}\n```', ("Log in", "Pay"), Reading.JSON),
        ('["Log in", "Pay"]', ("Log in", "Pay"), Reading.JSON),
        ('Sure! ["Log in", "Pay"] Good luck.', ("Log in", "Pay"), Reading.JSON),
        (
            '{"subproblems": [{"title": "A", "description": "Log in"}, {"problem": "Pay"}]}',
            ("Log in", "Pay"),
            Reading.JSON,
        ),
        ('{"steps": ["Log in", "Pay"], "n": 2}', ("Log in", "Pay"), Reading.JSON),
        ('{"subproblems": {"1": "Log in", "2": "Pay"}}', ("Log in", "Pay"), Reading.JSON),
        ("1. Log in\n2. Pay", ("Log in", "Pay"), Reading.LIST),
        ("**Step 1:** Log in\n**Step 2:** Pay", ("Log in", "Pay"), Reading.LIST),
        (
            "1) Log in\n   - by mail\n   - by key\n2) Pay",
            ("Log in: by mail; by key", "Pay"),
            "list",
        ),
        ("- Subproblems:\n  - Log in\n  - Pay", ("Log in", "Pay"), Reading.LIST),
        (ten, tuple(f"Part {n}" for n in range(1, 12)), Reading.LIST),
        ("I cannot help with that.", (), Reading.FALLBACK),
        ("", (), Reading.FALLBACK),
        ('{"subproblems": 5}', (), Reading.FALLBACK),
        ('{"subproblems": ["Log in", "Pa', (), Reading.FALLBACK),
        ('{"subproblems": [1, null, true, {}, "..."]}', (), Reading.FALLBACK),
        ("[" * 5_000, (), Reading.FALLBACK),
        ('{"subproblems": ["only"]}', ("only",), Reading.SCHEMA),
    ],
)
def test_subproblems_are_read(text: str, found: tuple[str, ...], reading: str) -> None:
    assert read_subproblems(text) == (found, reading)


def test_forty_subproblems_are_all_read() -> None:
    text = json.dumps({"subproblems": [f"Part {n}" for n in range(40)]})
    assert len(read_subproblems(text)[0]) == 40


@pytest.mark.parametrize(
    ("text", "level", "reading"),
    [
        ('{"complexity": "simple"}', "simple", Reading.SCHEMA),
        ('```\n{"complexity": "Complex", "why": "large"}\n```', "complex", Reading.JSON),
        ("Simple.", "simple", Reading.LIST),
        ("This is **complex**.", "complex", Reading.LIST),
        ("It is not simple: it is complex.", "complex", Reading.LIST),
        ("This is not a simple problem.", "medium", Reading.FALLBACK),
        ("An oversimplified question", "medium", Reading.FALLBACK),
        ("Between simple and complex", "medium", Reading.FALLBACK),
        ('{"complexity": 7}', "medium", Reading.FALLBACK),
        ("I cannot help with that.", "medium", Reading.FALLBACK),
        ("", "medium", Reading.FALLBACK),
    ],
)
def test_complexity_is_read(text: str, level: str, reading: Reading) -> None:
    assert read_complexity(text) == (Complexity(level), reading)


@given(st.text(alphabet=st.sampled_from('[]{}":,12.-* \nabé\ud800\0'), max_size=80))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found, _ = read_subproblems(text)
    assert all(any(map(str.isalnum, item)) for item in found)
    assert read_complexity(text)[0] in Complexity


def test_equal_problems_have_one_key() -> None:
    same = ["Design the  pages", " design THE pages.", "**Design** the pages", "Design\nthe pages:"]
    assert len({problem_key(text) for text in same}) == 1
    assert problem_key("Design the page") != problem_key(same[0])
    assert problem_key("?") != problem_key("!")
