"""Expressions over the results of a run: references, literals, comparisons, ``and or not``.

They are trees of these classes, made by :mod:`retold.domain.workflow.expression_parser`. Nothing
is evaluated by Python: a reference reaches into JSON data only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from retold.errors import ExpressionFailed


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A name, and a path below its value: ``review.scores[0]``."""

    name: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return self.name + "".join(
            f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path
        )


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of expressions."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """``not`` of an expression."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Combination:
    """Expressions joined by ``and``, or by ``or``."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two expressions compared by ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """One of :data:`functions` of an expression."""

    function: str
    argument: Node


Node: TypeAlias = Literal | Reference | ListOf | Negation | Combination | Comparison | Call

functions = ("exists", "len", "lower")
"""``exists(x)``: x is there and not null. ``len(x)``: of a text, list or mapping. ``lower(x)``."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression with its text.

    Attributes:
        text: as it was written.
        root: the tree.
    """

    text: str
    root: Node

    def references(self) -> Iterator[Reference]:
        """Yield what it refers to, in order."""
        return _references(self.root)

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return its value, JSON-native.

        Args:
            values: by the names that may be referred to.

        Raises:
            ExpressionFailed: when what it refers to is not there, or cannot be compared so.
        """
        return self._value(self.root, values)

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Return whether its value is true: not false, null, 0, nor an empty text or collection.

        Raises:
            ExpressionFailed: as :meth:`evaluate`.
        """
        return bool(self._value(self.root, values))

    def _value(self, node: Node, values: Mapping[str, Any]) -> Any:
        match node:
            case Literal(value):
                return value
            case Reference():
                return self._find(node, values)
            case ListOf(items):
                return [self._value(item, values) for item in items]
            case Negation(operand):
                return not self._value(operand, values)
            case Combination("and", operands):
                return all(self._value(operand, values) for operand in operands)
            case Combination(_, operands):
                return any(self._value(operand, values) for operand in operands)
            case Comparison(operator, left, right):
                return self._compare(
                    operator, self._value(left, values), self._value(right, values)
                )
            case Call():
                return self._call(node, values)

    def _find(self, reference: Reference, values: Mapping[str, Any]) -> Any:
        if reference.name not in values:
            raise self._failure(f"there is nothing named {reference.name!r}")
        found = values[reference.name]
        reached = reference.name
        for step in reference.path:
            below = _child(found, step)
            if below is None:
                raise self._failure(f"{reached} is {_shown(found)}, which has no {step!r}")
            found = below[0]
            reached += f"[{step}]" if isinstance(step, int) else f".{step}"
        return found

    def _call(self, node: Call, values: Mapping[str, Any]) -> Any:
        if node.function == "exists":
            try:
                return self._value(node.argument, values) is not None
            except ExpressionFailed:
                return False
        value = self._value(node.argument, values)
        if node.function == "len" and isinstance(value, str | list | tuple | dict):
            return len(value)
        if node.function == "lower" and isinstance(value, str):
            return value.lower()
        raise self._failure(f"{node.function}() does not take {_shown(value)}")

    def _compare(self, operator: str, left: Any, right: Any) -> bool:
        match operator:
            case "==":
                return _equal(left, right)
            case "!=":
                return not _equal(left, right)
            case "in":
                return self._contains(right, left)
        both = (left, right)
        if not (all(map(_is_number, both)) or all(isinstance(value, str) for value in both)):
            raise self._failure(f"{_shown(left)} and {_shown(right)} have no order")
        match operator:
            case "<":
                return bool(left < right)
            case "<=":
                return bool(left <= right)
            case ">":
                return bool(left > right)
            case _:
                return bool(left >= right)

    def _contains(self, whole: Any, part: Any) -> bool:
        if isinstance(whole, str) and isinstance(part, str):
            return part in whole
        if isinstance(whole, list | tuple):
            return any(_equal(item, part) for item in whole)
        if isinstance(whole, Mapping):
            return isinstance(part, str) and part in whole
        raise self._failure(f"nothing can be in {_shown(whole)}")

    def _failure(self, reason: str) -> ExpressionFailed:
        return ExpressionFailed(self.text, reason)


def _references(node: Node) -> Iterator[Reference]:
    match node:
        case Reference():
            yield node
        case ListOf(items):
            for item in items:
                yield from _references(item)
        case Negation(operand):
            yield from _references(operand)
        case Combination(_, operands):
            for operand in operands:
                yield from _references(operand)
        case Comparison(_, left, right):
            yield from _references(left)
            yield from _references(right)
        case Call(_, argument):
            yield from _references(argument)
        case Literal():
            return


def _child(value: Any, step: str | int) -> tuple[Any] | None:
    if isinstance(value, Mapping):
        return (value[step],) if step in value else None
    if isinstance(value, list | tuple) and isinstance(step, int):
        return (value[step],) if -len(value) <= step < len(value) else None
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same; true is not 1, as it is in Python."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:60]}..."
