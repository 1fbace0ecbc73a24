"""What a function does, as a digest: it changes when the code behind it does, and only then.

The digest is taken over what Python compiled: instructions with the constants and names they load,
defaults, closures, and whatever of the same top-level package the code refers to by global name:
functions, classes with all their methods, fields and defaults, and constants. Comments,
docstrings, line numbers, names of local variables and of files do not enter.

What is not seen: functions reached only dynamically (``getattr``, an import inside a function, a
registry that an instance holds, methods of objects that a parameter brings along), other packages,
whose things enter by name only, and instances other than dataclasses, which enter by their type.

Instructions differ from one minor version of Python to the next, so that enters too.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import dis
import enum
import functools
import hashlib
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import TypeVar, get_args
from uuid import UUID

_const_operations = frozenset(dis.hasconst)
_name_operations = frozenset(dis.hasname)
_free_operations = frozenset(dis.hasfree)
_shown = (
    type(None),
    type(...),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    range,
    slice,
    date,
    datetime,
    time,
    timedelta,
    timezone,
    Decimal,
    Fraction,
    UUID,
)
_address = re.compile(r" at 0x[0-9a-fA-F]+")


def code_version_of(*functions: Callable[..., object]) -> str:
    """Return a digest of what functions do; see the module for what enters and what does not.

    Args:
        functions: plain functions, methods, partials, classes; those of other packages than any of
            these enter by name.

    Returns:
        32 hex digits, the same in every process of one minor version of Python.
    """
    packages = {_package_of(_holder(function)) for function in functions}
    walk = _Walk(packages - sys.stdlib_module_names)
    walk.add(sys.implementation.cache_tag)
    for function in functions:
        walk.add(function)
    return walk.finish()


class _Walk:
    """Adds values to one digest; each function and class once, so that cycles end."""

    def __init__(self, packages: Collection[str]) -> None:
        self._packages = packages
        self._hash = hashlib.sha256()
        # By identity; the objects are kept, or another could be given a place in memory again.
        self._numbers: dict[int, int] = {}
        self._found: list[object] = []
        self._globals: Mapping[str, object] = {}
        # Containers whose contents are being added, since one may hold itself.
        self._within: set[int] = set()

    def finish(self) -> str:
        """Add what was referred to, and what that refers to; return the digest."""
        done = 0
        # A list, not recursion: the longest chain of calls may be as long as the package has
        # functions.
        while done < len(self._found):
            found = self._found[done]
            self._put("definition", str(done))
            if isinstance(found, FunctionType):
                self._add_function(found)
            elif isinstance(found, type):
                self._add_class(found)
            else:
                self._add_instance(found)
            done += 1
        return self._hash.hexdigest()[:32]

    def add(self, value: object) -> None:  # noqa: C901, PLR0912 - a case a kind
        """Add a value of any kind."""
        wrapped = inspect.getattr_static(value, "__wrapped__", None)
        match value:
            case enum.Enum():
                self._add_parts(value, (value.name, value.value))
            case _ if type(value) in _shown:
                self._put(type(value).__qualname__, repr(value))
            case tuple() | list():
                self._add_parts(value, value)
            case set() | frozenset():
                self._add_parts(value, sorted(value, key=_order))
            case dict() | MappingProxyType():
                self._add_parts(value, [part for item in value.items() for part in item])
            case CodeType():
                self._add_code(value)
            case FunctionType() | type():
                self._refer(value)
            case ModuleType():
                self._put("module", value.__name__)
            case MethodType():
                self._add_parts(value, (value.__func__, value.__self__))
            case functools.partial():
                self._add_parts(value, (value.func, value.args, value.keywords))
            case staticmethod() | classmethod():
                self._add_parts(value, (value.__func__,))
            case property():
                self._add_parts(value, (value.fget, value.fset, value.fdel))
            case functools.cached_property():
                self._add_parts(value, (value.func,))
            case re.Pattern():
                self._add_parts(value, (value.pattern, value.flags))
            case _ if callable(wrapped):
                self._add_parts(value, (wrapped,))
            case _ if dataclasses.is_dataclass(value):
                self._number(value)
            case _:
                # Its repr may hold an address, its attributes a whole program.
                self._put("object", _name_of(value))
                self.add(type(value))

    def _put(self, kind: str, text: str) -> None:
        content = text.encode("utf-8", "surrogatepass")
        self._hash.update(f"{kind} {len(content)}:".encode() + content)

    def _add_parts(self, whole: object, parts: Iterable[object]) -> None:
        if id(whole) in self._within:
            self._put("cycle", "")
            return
        self._within.add(id(whole))
        self._refer(type(whole))
        held = list(parts)
        self._put("parts", str(len(held)))
        for part in held:
            self.add(part)
        self._within.remove(id(whole))

    def _refer(self, found: FunctionType | type) -> None:
        if _package_of(found) in self._packages:
            self._number(found)
        else:
            self._put("other", _name_of(found))

    def _number(self, found: object) -> None:
        number = self._numbers.get(id(found))
        if number is None:
            number = self._numbers[id(found)] = len(self._found)
            self._found.append(found)
        self._put("reference", str(number))

    def _add_function(self, function: FunctionType) -> None:
        self._globals = function.__globals__
        self._add_code(function.__code__)
        self.add(function.__defaults__)
        self.add(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:
                self._put("empty", "")

    def _add_code(self, code: CodeType) -> None:
        arguments = code.co_argcount + code.co_kwonlyargcount
        self._put("flags", f"{code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)}")
        self._put("kinds", f"{code.co_argcount} {code.co_posonlyargcount} {arguments}")
        self.add(code.co_varnames[:arguments])
        self.add(code.co_exceptiontable)
        # Constants are added where they are loaded, and a docstring is loaded by nobody.
        for step in dis.get_instructions(code):
            self._put("do", step.opname)
            if step.opcode in _const_operations or step.opcode in _free_operations:
                self.add(step.argval)
            elif step.opcode in _name_operations:
                self.add(step.argval)
                if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
                    self._add_global(str(step.argval), code.co_names)
            else:
                self.add(step.arg)

    def _add_global(self, name: str, attributes: tuple[str, ...]) -> None:
        if name in self._globals:
            value = self._globals[name]
            self.add(value)
            if isinstance(value, ModuleType) and _package_of(value) in self._packages:
                for attribute in attributes:
                    if attribute in vars(value):
                        self.add(vars(value)[attribute])
        else:
            self._put("builtin" if hasattr(builtins, name) else "missing", name)

    def _add_class(self, cls: type) -> None:
        self._globals = vars(sys.modules.get(cls.__module__, builtins))
        self.add(cls.__mro__[1:])
        for name, annotation in inspect.get_annotations(cls).items():
            self._put("field", name)
            self._add_annotation(annotation)
        for name, value in sorted(vars(cls).items()):
            # Other names of this form hold documentation, and what libraries note for themselves.
            if not name.startswith("__") or isinstance(value, _defined):
                self._put("attribute", name)
                self.add(value)
        fields = vars(cls).get("__pydantic_fields__", {})
        for name, field in fields.items():
            self._put("default", name)
            for part in ("default", "default_factory", "metadata"):
                self.add(getattr(field, part, None))

    def _add_annotation(self, annotation: object) -> None:
        if isinstance(annotation, str):
            self._put("annotation", annotation)
            for name in _names_in(annotation):
                self._add_global(name, ())
        elif isinstance(annotation, type) and not get_args(annotation):
            self._refer(annotation)
        else:
            self._put("annotation", _address.sub("", repr(annotation)))
            for part in get_args(annotation):
                self._add_annotation(part)

    def _add_instance(self, value: object) -> None:
        self.add(type(value))
        if dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                if field.init:
                    self._put("field", field.name)
                    self.add(getattr(value, field.name, None))


_defined = (FunctionType, staticmethod, classmethod, property, functools.cached_property)


def _holder(function: object) -> object:
    """Return what has the module of something that can be called."""
    while isinstance(function, functools.partial):
        function = function.func
    return function.__func__ if isinstance(function, MethodType) else function


def _names_in(annotation: str) -> Iterable[str]:
    """Yield the names in an annotation, and in those it quotes."""
    try:
        nodes = [*ast.walk(ast.parse(annotation, mode="eval"))]
    except (SyntaxError, ValueError):
        return
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _names_in(node.value)


def _package_of(found: object) -> str:
    name = found.__name__ if isinstance(found, ModuleType) else getattr(found, "__module__", None)
    return str(name).partition(".")[0]


def _name_of(found: object) -> str:
    if isinstance(found, TypeVar):
        return f"type variable {found.__name__}"
    return f"{getattr(found, '__module__', '')}:{getattr(found, '__qualname__', '')}"


def _order(value: object) -> tuple[str, str]:
    """Return what members of a set are sorted by, whatever their hashes are in this process."""
    if isinstance(value, set | frozenset):
        return "set", repr(sorted(map(_order, value)))
    if isinstance(value, tuple):
        return "tuple", repr([_order(part) for part in value])
    if isinstance(value, enum.Enum):
        return "member", f"{_name_of(type(value))}.{value.name}"
    if isinstance(value, _shown):
        return type(value).__qualname__, repr(value)
    return "object", f"{_name_of(value)} {_name_of(type(value))}"
