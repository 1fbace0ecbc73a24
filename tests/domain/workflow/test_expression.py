"""Expressions and templates over the results of a run."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st

from retold.domain.workflow.expression_parser import (
    deepest_expression,
    longest_expression,
    parse_expression,
)
from retold.domain.workflow.template import parse_template
from retold.errors import ExpressionFailed, ExpressionInvalid

values: dict[str, Any] = {
    "review": {"score": 0.8, "labels": ["bug", "ui"], "ok": True, "note": None, "a.b": 1},
    "code-review": "Approved",
    "plan": ["one", "two", "three"],
    "one": 1,
    "t": True,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("review.score", 0.8),
        ("review.score >= 0.8", True),
        ("review.score > 0.8", False),
        ("review.score < 1 and one <= 1", True),
        ('"bug" in review.labels', True),
        ("'bug' not in review.labels", False),
        ('"score" in review', True),
        ('"pro" in lower(code-review)', True),
        ('lower(code-review) == "approved"', True),
        ('code-review == "approved"', False),
        ("not review.ok or one == 2", False),
        ("not (review.ok and one == 2)", True),
        ("one == 1 or one == 2 and t == false", True),
        ("plan[0]", "one"),
        ("plan[-1]", "three"),
        ("len(plan) == 3", True),
        ("len(review)", 5),
        ('review["a.b"]', 1),
        ("review.note", None),
        ("exists(review.note)", False),
        ("exists(review.nothing.at.all)", False),
        ("exists(nobody)", False),
        ("exists(review)", True),
        ("exists(review.ok) and review.ok", True),
        ("one == t", False),
        ("one == 1.0", True),
        ("[1, 'a', plan[1]] == [1, \"a\", 'two']", True),
        ("[]", []),
        ("null", None),
        ("-1.5e1", -15.0),
        (r"'it\'s\n'", "it's\n"),
        ("one in [1, 2]", True),
        ("t in [1, 2]", False),
    ],
)
def test_value(text: str, expected: object) -> None:
    found = parse_expression(text).evaluate(values)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nobody", "nothing named 'nobody'"),
        ("review.nothing", "has no 'nothing'"),
        ("plan[3]", "has no 3"),
        ("one.real", "has no 'real'"),
        ("plan.append", "has no 'append'"),
        ("plan < 3", "have no order"),
        ("t < 3", "have no order"),
        ("review.note > 1", "have no order"),
        ("1 in one", "nothing can be in 1"),
        ("1 in code-review", "nothing can be in"),
        ("len(one)", "does not take 1"),
        ("lower(plan)", "does not take"),
    ],
)
def test_what_has_no_value_fails_by_name(text: str, reason: str) -> None:
    with pytest.raises(ExpressionFailed, match=reason) as failed:
        parse_expression(text).evaluate(values)
    assert failed.value.expression == text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 0),
        ("a ==", 4),
        ("a = 1", 2),
        ("a b", 2),
        ("a.", 2),
        ("a[", 2),
        ("a[1.5]", 2),
        ("a[x]", 2),
        ("(a", 2),
        ("[1 2]", 3),
        ("a < b < c", 6),
        ("a == 'x", 5),
        ("not", 3),
        ("a not b", 6),
        ("and", 0),
        ("len", 3),
        ("len()", 4),
        ("open('x')", 4),
        ("a.__class__()", 11),
        ("a + b", 2),
        ("lambda: 1", 6),
        ("1e999", 0),
        ("a or", 4),
        ("{}", 0),
    ],
)
def test_what_is_no_expression_is_refused_at_its_place(text: str, place: int) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        parse_expression(text)
    assert refused.value.place == place


def test_long_and_deep_expressions_are_refused() -> None:
    parse_expression("(" * deepest_expression + "a" + ")" * deepest_expression)
    for text in (
        "(" * 900 + "a" + ")" * 900,
        "not " * 400 + "a",
        "[" * 900 + "]" * 900,
        "len(" * 300 + "a" + ")" * 300,
    ):
        with pytest.raises(ExpressionInvalid, match="nested deeper"):
            parse_expression(text)
    with pytest.raises(ExpressionInvalid, match="characters"):
        parse_expression("a" * (longest_expression + 1))
    assert parse_expression(" or ".join(["a"] * 400)).evaluate({"a": 1}) is True


def refused_at(text: str) -> int | None:
    try:
        parse_expression(text)
    except ExpressionInvalid as refused:
        return refused.place
    return None


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    place = refused_at(text)
    assert place is None or 0 <= place <= len(text)


pieces = st.sampled_from(
    [
        "a",
        "b.c",
        "plan[0]",
        "1",
        "'x'",
        "and",
        "or",
        "not",
        "in",
        "==",
        "<",
        "(",
        ")",
        "[",
        "]",
        ",",
    ]
)


@given(st.lists(pieces, max_size=12))
def test_evaluating_raises_nothing_but_a_named_error(words: list[str]) -> None:
    with suppress(ExpressionInvalid, ExpressionFailed):
        parse_expression(" ".join(words)).holds({"a": True, "b": {"c": 3}, "plan": []})


def test_template_puts_texts_as_they_are_and_all_else_as_json() -> None:
    template = parse_template("Say {{ code-review }}: {{plan}}, {{ review.ok }}, {{ 'ü' }}.")
    assert template.render(values) == 'Say Approved: ["one", "two", "three"], true, ü.'
    assert parse_template("no braces { } }}").render({}) == "no braces { } }}"
    assert parse_template('{{ "{{" }}{{ "}}" }}').render({}) == "{{}}"
    assert [str(found) for found in parse_template("{{ a.b[0] }} {{ c }}").references()] == [
        "a.b[0]",
        "c",
    ]


@pytest.mark.parametrize("text", ["{{ a", "x {{ {a} }}", "{{ 'a }}", "{{ }}", "{{ a }} {{ b"])
def test_template_whose_braces_hold_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionInvalid):
        parse_template(text)


def test_a_value_put_into_a_text_is_not_a_template_again() -> None:
    assert parse_template("{{ a }}").render({"a": "{{ b }}"}) == "{{ b }}"
