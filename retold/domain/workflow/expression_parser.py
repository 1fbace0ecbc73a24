"""How a text is read as an expression.

::

    review.score >= 0.8 and not ("blocker" in review.labels)
    lower(verdict) == "approved" or exists(waiver)
    ["a", "b", input.third]

From the loosest: ``or``, ``and``, ``not``, then one comparison. A name begins with a letter and
may have hyphens in it. There is no arithmetic, no attribute and no call but of the three functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from math import inf
from typing import NamedTuple

from retold.domain.workflow.expression import (
    Call,
    Combination,
    Comparison,
    Expression,
    ListOf,
    Literal,
    Negation,
    Node,
    Reference,
    functions,
)
from retold.errors import ExpressionInvalid

longest_expression = 2_000
deepest_expression = 20

words = frozenset({"and", "or", "not", "in", "true", "false", "null", *functions})
"""What no step or input may be called."""

_constants: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_order = ("==", "!=", "<=", ">=", "<", ">", "in")
_token = re.compile(
    r"""\s*(?:
      (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign>==|!=|<=|>=|[<>()\[\],.])
    )""",
    re.VERBOSE,
)
_escape = re.compile(r"\\(.)", re.DOTALL)
_escapes = {"n": "\n", "t": "\t"}


class _Token(NamedTuple):
    kind: str
    text: str
    place: int


@lru_cache(maxsize=2048)
def parse_expression(text: str) -> Expression:
    """Return the expression in a text.

    Raises:
        ExpressionInvalid: when there is none, when it is too long, or nested too deep.
    """
    if len(text) > longest_expression:
        raise ExpressionInvalid(text, 0, f"it has more than {longest_expression:,} characters")
    return Expression(text, _Parser(text).parse())


def _tokens(text: str) -> list[_Token]:
    tokens, place, end = [], 0, len(text.rstrip())
    while place < end:
        found = _token.match(text, place)
        if found is None or found.lastgroup is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            raise ExpressionInvalid(text, start, f"{text[start]!r} does not belong there")
        tokens.append(_Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
        place = found.end()
    return [*tokens, _Token("end", "", end)]


class _Parser:
    """Reads one expression by recursive descent."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def parse(self) -> Node:
        node = self._either()
        if self._token.kind != "end":
            raise self._unexpected("an operator")
        return node

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *texts: str) -> str | None:
        token = self._token
        if token.kind in {"name", "sign"} and token.text in texts:
            self._next += 1
            return token.text
        return None

    def _need(self, text: str) -> None:
        if self._take(text) is None:
            raise self._unexpected(repr(text))

    def _either(self) -> Node:
        return self._combined("or", self._all)

    def _all(self) -> Node:
        return self._combined("and", self._negated)

    def _combined(self, word: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Combination(word, tuple(parts))

    def _negated(self) -> Node:
        if self._take("not"):
            self._deeper()
            node: Node = Negation(self._negated())
            self._depth -= 1
            return node
        return self._compared()

    def _compared(self) -> Node:
        left = self._operand()
        is_negated = self._take("not") is not None
        operator = self._take("in") if is_negated else self._take(*_order)
        if is_negated and operator is None:
            raise self._unexpected("'in'")
        if operator is None:
            return left
        comparison = Comparison(operator, left, self._operand())
        if self._token.text in _order and self._token.kind != "text":
            raise self._unexpected("'and' or 'or' between comparisons")
        return Negation(comparison) if is_negated else comparison

    def _operand(self) -> Node:
        token = self._token
        if self._take("("):
            self._deeper()
            node = self._either()
            self._depth -= 1
            self._need(")")
            return node
        if self._take("["):
            return self._list()
        self._next += 1
        match token.kind:
            case "number" if abs(number := _number(token.text)) < inf:
                return Literal(number)
            case "text":
                return Literal(_unquoted(token.text))
            case "name" if token.text in _constants:
                return Literal(_constants[token.text])
            case "name" if token.text in functions:
                return self._call(token.text)
            case "name" if token.text not in words:
                return Reference(token.text, self._path())
        self._next -= 1
        raise self._unexpected("a name or a value")

    def _list(self) -> Node:
        self._deeper()
        items: list[Node] = []
        while not self._take("]"):
            if items:
                self._need(",")
            items.append(self._either())
        self._depth -= 1
        return ListOf(tuple(items))

    def _call(self, function: str) -> Node:
        self._deeper()
        self._need("(")
        argument = self._either()
        self._need(")")
        self._depth -= 1
        return Call(function, argument)

    def _path(self) -> tuple[str | int, ...]:
        path: list[str | int] = []
        while True:
            if self._take("."):
                token = self._token
                if token.kind != "name":
                    raise self._unexpected("the name of a field")
                path.append(token.text)
                self._next += 1
            elif self._take("["):
                token = self._token
                if token.kind == "text":
                    path.append(_unquoted(token.text))
                elif token.kind == "number" and isinstance(place := _number(token.text), int):
                    path.append(place)
                else:
                    raise self._unexpected("a whole number or a quoted key")
                self._next += 1
                self._need("]")
            else:
                return tuple(path)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > deepest_expression:
            raise ExpressionInvalid(
                self._text, self._token.place, f"it is nested deeper than {deepest_expression}"
            )

    def _unexpected(self, expected: str) -> ExpressionInvalid:
        token = self._token
        found = "it ends" if token.kind == "end" else f"{token.text!r} stands"
        return ExpressionInvalid(self._text, token.place, f"{found} where {expected} is expected")


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _unquoted(text: str) -> str:
    return _escape.sub(lambda found: _escapes.get(found[1], found[1]), text[1:-1])
