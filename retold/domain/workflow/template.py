"""Texts with expressions in them: ``Review {{ implementation }} against {{ spec.criteria }}``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from retold.domain.workflow.expression import Expression, Reference
from retold.domain.workflow.expression_parser import parse_expression
from retold.errors import ExpressionInvalid

# A brace within quotes belongs to the expression.
_braces = re.compile(r"""\{\{((?:[^"'{}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*)\}\}""")
_opening = re.compile(r"\{\{")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with expressions in it.

    Attributes:
        parts: plain texts and expressions, in order.
    """

    parts: tuple[str | Expression, ...]

    def references(self) -> Iterator[Reference]:
        """Yield what its expressions refer to, in order."""
        for part in self.parts:
            if isinstance(part, Expression):
                yield from part.references()

    def render(self, values: Mapping[str, Any]) -> str:
        """Return the text with the values in their places: a text as it is, all else as JSON.

        Raises:
            ExpressionFailed: when an expression has no value.
        """
        return "".join(
            part if isinstance(part, str) else as_text(part.evaluate(values)) for part in self.parts
        )


@lru_cache(maxsize=2048)
def parse_template(text: str) -> Template:
    """Return the template in a text; a text without ``{{`` is one, too.

    ``{{ "{{" }}`` gives two braces as such.

    Raises:
        ExpressionInvalid: when what stands between braces is no expression, or they do not close.
    """
    parts: list[str | Expression] = []
    place = 0
    while opened := _opening.search(text, place):
        found = _braces.match(text, opened.start())
        if found is None:
            raise ExpressionInvalid(text, opened.start(), "these braces are not closed as they are")
        parts += [text[place : found.start()], parse_expression(found[1].strip())]
        place = found.end()
    parts.append(text[place:])
    return Template(tuple(part for part in parts if part != ""))


def as_text(value: Any) -> str:
    """Return a JSON value as text for a model: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
