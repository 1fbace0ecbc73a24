"""The code version of a fold: another one when its code does something else, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from retold.domain.code_version import code_version_of
from retold.domain.conversation_fold import conversation_fold
from retold.domain.fold import Fold

repository = Path(__file__).parents[2]

VersionOf = Callable[..., str]


@pytest.fixture
def version_of(monkeypatch: pytest.MonkeyPatch) -> VersionOf:
    """Return the code version of ``evolve`` in the source of a module."""

    def of(source: str, name: str = "evolve", module_name: str = "shop.folds") -> str:
        module = ModuleType(module_name)
        monkeypatch.setitem(sys.modules, module_name, module)
        code = compile(source, f"{len(source)}.py", "exec", dont_inherit=True)
        exec(code, vars(module))  # noqa: S102 - our own
        return code_version_of(getattr(module, name))

    return of


source = '''
import enum
import functools
import re
from dataclasses import dataclass, field
from functools import lru_cache

rate = 100
words = frozenset({"a", "b", "c"})
pattern = re.compile("x+")


class Mood(enum.Enum):
    GOOD = 1


@dataclass
class Line:
    text: str = "none"


@dataclass
class Base:
    def total(self):
        return 7


@dataclass
class State(Base):
    line: Line | None = None
    items: list = field(default_factory=list)

    def apply(self, event):
        """Take in an event."""
        self.items.append((event, rate, words, pattern, Mood.GOOD))
        return helper(self)

    @property
    def size(self):
        return len(self.items)


def helper(state, by=3):
    """Help."""
    return sum(deeper(x) for x in state.items) * by


@lru_cache
def deeper(x):
    return inner(x) if x else helper(x)


def make(step):
    def inner(x):
        return x + step
    return inner


inner = make(5)


def evolve(state, event, *, start=0):
    """Evolve."""
    # A comment.
    return (state or State()).apply(event) + start
'''

changes = {
    "its own code": ("+ start\n", "- start\n"),
    "a default of its own": ("start=0", "start=1"),
    "a constant": ("rate = 100", "rate = 101"),
    "a member of a set": ('"b", "c"', '"b", "d"'),
    "a pattern": ("x+", "x*"),
    "an enum's value": ("GOOD = 1", "GOOD = 2"),
    "a method": ("self.items.append", "self.items.extend"),
    "a property": ("len(self.items)", "len(self.items) + 1"),
    "an inherited method": ("return 7", "return 8"),
    "a field": ("line: Line | None", "line: Line"),
    "a default of a class its annotations name": ('text: str = "none"', 'text: str = "some"'),
    "a default factory": ("default_factory=list", "default_factory=tuple"),
    "a helper": ("* by", "** by"),
    "a default of a helper": ("by=3", "by=4"),
    "a helper behind a decorator": ("if x else", "if not x else"),
    "what a closure holds": ("make(5)", "make(6)"),
    "the code of a closure": ("x + step", "x - step"),
    "a nested expression": ("for x in state.items)", "for x in state.items if x)"),
}

no_changes = {
    "a comment": ("# A comment.", "# Quite another comment,\n    # of two lines."),
    "a docstring": ('"""Evolve."""', '"""Say what it does."""'),
    "a docstring that goes": ('    """Help."""\n', ""),
    "a docstring of a method": ('"""Take in an event."""', '"""Take in the next event."""'),
    "line numbers": ("def helper", "\n\n\n\n\ndef helper"),
}


@pytest.mark.parametrize("change", changes.values(), ids=changes)
def test_other_code_has_another_version(change: tuple[str, str], version_of: VersionOf) -> None:
    assert source.count(change[0]) == 1
    assert version_of(source.replace(*change)) != version_of(source)


@pytest.mark.parametrize("change", no_changes.values(), ids=no_changes)
def test_the_same_code_has_the_same_version(change: tuple[str, str], version_of: VersionOf) -> None:
    assert source.count(change[0]) == 1
    assert version_of(source.replace(*change)) == version_of(source)


def test_a_local_variable_may_be_renamed_and_a_parameter_may_not(version_of: VersionOf) -> None:
    """A parameter is part of what a function is: it can be given by name."""
    first = version_of("def evolve(state, event):\n total = 1\n return total")
    assert version_of("def evolve(state, event):\n count = 1\n return count") == first
    assert version_of("def evolve(state, entry):\n total = 1\n return total") != first


def test_a_function_of_a_module_of_the_same_package_is_seen(version_of: VersionOf) -> None:
    def version(body: str, module_name: str) -> str:
        version_of(f"def helper(): return {body}", "helper", module_name)
        return version_of(
            f"import sys\nmodule = sys.modules[{module_name!r}]\n"
            "def evolve(state, event): return module.helper()"
        )

    assert version("1", "shop.helpers") != version("2", "shop.helpers")
    # The documented limit: other packages enter by name.
    assert version("1", "other.helpers") == version("2", "other.helpers")


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_a_pydantic_model_is_seen_with_its_fields(version_of: VersionOf, future: str) -> None:
    model = future + (
        "from pydantic import BaseModel, Field\n"
        "class Part(BaseModel):\n n: int = Field(default=1, ge=0)\n"
        "class State(BaseModel):\n part: 'Part | None' = None\n"
        "def evolve(state, event): return State()"
    )
    versions = {
        version_of(model.replace(*change))
        for change in [
            ("", ""),
            ("ge=0", "ge=1"),
            ("default=1", "default=2"),
            ("n: int", "n: float"),
            ("'Part | None' = None", "'Part' = None"),
        ]
    }
    assert len(versions) == 5
    assert version_of(model) in versions


def test_cycles_and_containers_that_hold_themselves_end(version_of: VersionOf) -> None:
    looped = (
        "ring = [1]\nring.append(ring)\n"
        "def evolve(s, e): return other(s, ring)\n"
        "def other(s, e): return evolve(s, e) or {change}"
    )
    assert version_of(looped.format(change=1)) != version_of(looped.format(change=2))


def test_partials_methods_and_callable_objects_are_told_apart() -> None:
    class Adder:
        def __init__(self, by: int) -> None:
            self.by = by

        def add(self, to: int) -> int:
            return to + self.by

    def add(by: int, to: int) -> int:
        return to + by

    assert code_version_of(partial(add, 1)) != code_version_of(partial(add, 2))
    assert code_version_of(partial(add, 1)) == code_version_of(partial(add, 1))
    # The documented limit: an instance enters by its type.
    assert code_version_of(Adder(1).add) == code_version_of(Adder(2).add)
    assert code_version_of(dict) != code_version_of(list)


def test_it_is_the_same_in_every_process() -> None:
    program = (
        "from retold.domain.conversation_fold import conversation_fold as fold\n"
        "print(fold.code_version)"
    )
    found = {
        subprocess.run(
            [sys.executable, *options, "-c", program],
            cwd=repository,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, options in [("0", []), ("1", []), ("77", ["-X", "importtime"])]
    }
    assert found == {conversation_fold.code_version}


def test_running_the_code_leaves_it_as_it_is() -> None:
    """Python specialises the instructions of hot code in place."""

    def evolve(state: int, event: int) -> int:
        return state + event

    first = code_version_of(evolve)
    for number in range(10_000):
        evolve(number, number)
    assert code_version_of(evolve) == first


def a_fold(**fields: Any) -> Fold[int]:
    """Return a fold that counts."""
    functions: dict[str, Any] = {
        "name": "count",
        "initial": int,
        "evolve": lambda state, _: state + 1,
        "encode": lambda state: {"count": state},
        "decode": lambda data: data["count"],
    }
    return Fold(**(functions | fields))


def test_each_of_the_four_functions_enters() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"initial": lambda: 1},
        {"evolve": lambda state, _: state + 2},
        {"encode": lambda state: {"n": state}},
        {"decode": lambda data: data["n"]},
    ]
    assert len({a_fold(**change).code_version for change in changes}) == 5


def test_a_given_version_stands_for_the_code() -> None:
    assert a_fold(version="1").code_version == a_fold(version="1", initial=list).code_version
    assert a_fold(version="1").code_version != a_fold(version="2").code_version
    # No given version can be mistaken for a computed one.
    computed = a_fold().code_version
    assert a_fold(version=computed).code_version != computed


@pytest.mark.parametrize("change", [{"name": ""}, {"name": "a\0"}, {"version": ""}])
def test_a_name_that_cannot_be_stored_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="printable"):
        a_fold(**change)
