"""Reading a user's statement just far enough to refuse what is not one query.

This is no parser: databases parse. It finds where texts, names and comments begin and end, which
both databases agree on but for the forms that are refused here, so that nothing in the statement
ends the sub-query it becomes, and no function is called that is not known to be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from retold.errors import SqlRefused
from retold.projections.audit.sql_functions import before_parenthesis, functions

_token = re.compile(
    r"""
    (?P<blank>\s+|--[^\r\n]*)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<cast>::)
  | (?P<parameter>:[A-Za-z_]\w*)
  | (?P<number>\d[\w.]*|\.\d\w*)
  | (?P<word>[^\W\d]\w*)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_beginnings = {"select", "with", "values"}
# Forms that the two databases end at different places, or that only one of them knows.
_refused_signs = {
    "`": "names in backticks",
    "[": "square brackets",
    "$": "dollar signs; a parameter is written :name",
    "'": "a text without an end",
    '"': "a name without an end",
    "\\": "backslashes outside of texts",
}


class Token(NamedTuple):
    """A piece of a statement: its kind, its text, and the same as names are compared."""

    kind: str
    text: str
    name: str


_nothing = Token("", "", "")


@dataclass(frozen=True, slots=True)
class Statement:
    """One query, as far as that can be told without parsing it.

    Attributes:
        tokens: without comments; blanks are one space.
    """

    tokens: tuple[Token, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its parameters, each once, in order."""
        return tuple(dict.fromkeys(t.name for t in self.tokens if t.kind == "parameter"))

    def named(self) -> str:
        """Return it with parameters as ``:name``."""
        return "".join(token.text for token in self.tokens)

    def numbered(self, types: Mapping[str, str]) -> str:
        """Return it with parameters as ``$1`` and so on, in the order of :attr:`parameters`.

        Args:
            types: SQL types of parameters by name; those left out are for the database to infer.
        """
        places = {}
        for number, name in enumerate(self.parameters, 1):
            kind = types.get(name)
            places[name] = f"${number}" if kind is None else f"CAST(${number} AS {kind})"
        return "".join(
            places[token.name] if token.kind == "parameter" else token.text for token in self.tokens
        )


def statement_in(text: str) -> Statement:
    """Return the statement in a text.

    Raises:
        SqlRefused: when it is none, several, no query, or calls a function that is not known.
    """
    _check_characters(text)
    tokens = _without_end(_tokens(text))
    solid = [token for token in tokens if token.kind != "blank"]
    if not solid:
        raise SqlRefused("there is no statement")
    if solid[0].kind != "word" or solid[0].name not in _beginnings:
        raise SqlRefused(f"a statement that begins with {solid[0].text[:40]!r}")
    _check_parentheses(solid)
    _check_functions(solid)
    return Statement(tuple(tokens))


def _check_characters(text: str) -> None:
    if "\0" in text:
        raise SqlRefused("a NUL character")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise SqlRefused("half of a surrogate pair, which is no character")


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    for found in _token.finditer(text):
        kind, piece = found.lastgroup or "", found.group()
        if kind == "blank":
            tokens.append(Token(kind, " " if tokens else "", ""))
            continue
        before = tokens[-1] if tokens else Token("blank", "", "")
        if kind == "sign":
            _check_sign(piece, before)
        if kind in {"text", "quoted"} and (before.kind == "word" or before.text == "&"):
            # E'\'', U&'...': their backslashes mean something.
            raise SqlRefused(f"the form {before.text[-8:]}{piece[:1]}...")
        tokens.append(Token(kind, piece, _name(kind, piece)))
    return tokens


def _name(kind: str, piece: str) -> str:
    match kind:
        case "quoted":
            return piece[1:-1].replace('""', '"')
        case "parameter":
            return piece[1:]
        case _:
            return piece.lower()


def _check_sign(sign: str, before: Token) -> None:
    if sign in _refused_signs:
        raise SqlRefused(_refused_signs[sign])
    if sign == "*" and before.text == "/":
        raise SqlRefused("a comment in /* */; write it behind --")


def _without_end(tokens: list[Token]) -> list[Token]:
    while tokens and (tokens[-1].kind == "blank" or tokens[-1].text == ";"):
        tokens.pop()
    if any(token.text == ";" for token in tokens):
        raise SqlRefused("several statements")
    return tokens


def _check_parentheses(tokens: Sequence[Token]) -> None:
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0:
            raise SqlRefused("a parenthesis that closes nothing")
    if depth:
        raise SqlRefused("a parenthesis that is not closed")


def _check_functions(tokens: Sequence[Token]) -> None:
    clauses = frozenset(_with_clauses(tokens))
    for place, (token, following) in enumerate(pairwise(tokens)):
        if following.text != "(" or token.kind not in {"word", "quoted"}:
            continue
        if token.kind == "word" and token.name in before_parenthesis:
            continue
        before = tokens[place - 1] if place else None
        # CAST(x AS numeric(9, 2)), x::varchar(9), FROM (...) AS t (a, b)
        if before is not None and before.text.lower() in {"::", "as"}:
            continue
        if token.name not in functions and place not in clauses:
            raise SqlRefused(f"the function {token.name[:60]!r}, which is not among those allowed")


def _with_clauses(tokens: Sequence[Token]) -> Iterator[int]:
    """Yield the places of names in ``WITH name (a, b) AS (SELECT``.

    A list of them is where a query begins, and nowhere else: what a function in FROM returns may
    be named by ``AS ("select" text)``, too.
    """
    for place, token in enumerate(tokens):
        if _is(token, "with") and (place == 0 or tokens[place - 1].text == "("):
            start = place + 1
            yield from _clauses_of_list(tokens, start + _is(_at(tokens, start), "recursive"))


def _clauses_of_list(tokens: Sequence[Token], name: int) -> Iterator[int]:
    while _at(tokens, name).kind in {"word", "quoted"}:
        place = name + 1
        has_columns = _at(tokens, place).text == "("
        if has_columns:
            place = _behind(tokens, place)
        if not _is(_at(tokens, place), "as"):
            return
        place += 1
        place += _is(_at(tokens, place), "not")
        place += _is(_at(tokens, place), "materialized")
        if _at(tokens, place).text != "(":
            return
        first = _at(tokens, place + 1)
        if has_columns and any(_is(first, word) for word in _beginnings):
            yield name
        place = _behind(tokens, place)
        if _at(tokens, place).text != ",":
            return
        name = place + 1


def _behind(tokens: Sequence[Token], opening: int) -> int:
    """Return the place behind the parenthesis that is opened at one."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += (tokens[place].text == "(") - (tokens[place].text == ")")
        if depth == 0:
            return place + 1
    return len(tokens)


def _at(tokens: Sequence[Token], place: int) -> Token:
    return tokens[place] if place < len(tokens) else _nothing


def _is(token: Token, word: str) -> bool:
    return token.kind == "word" and token.name == word
