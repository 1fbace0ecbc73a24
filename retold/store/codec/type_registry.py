"""The types a codec may build, by stable name. Stored data chooses among them, never beyond."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any, TypeAlias

from pydantic import BaseModel

from retold.errors import TypeRegistrationError
from retold.store.codec.values import StoredRecord

EncodeFields: TypeAlias = Callable[[Any], Mapping[str, object] | StoredRecord]
DecodeFields: TypeAlias = Callable[[type[Any], dict[str, Any]], Any]
BuildUnknown: TypeAlias = Callable[[str, dict[str, Any], dict[str, Any]], Any]

# The dot keeps stable names apart from the codec's own tags, which have none.
_name_pattern = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+")
_path_pattern = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_.]*")


@dataclass(frozen=True, slots=True)
class RegisteredType:
    """A class and how its instances become fields and come back.

    Attributes:
        name: stable name.
        cls: the class; instances of subclasses are not instances of this type.
        encode: returns an instance's fields; None for the way of its kind (enum, exception,
            pydantic model, dataclass).
        decode: builds an instance from the class and decoded fields; None likewise.
        unknown: builds a stand-in from name, decoded fields and record when ``decode`` fails;
            None for an ``UnknownValue``.
    """

    name: str
    cls: type
    encode: EncodeFields | None = None
    decode: DecodeFields | None = None
    unknown: BuildUnknown | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """How unregistered subclasses of a class are stored and read.

    Attributes:
        kind: what to call them in a record, such as ``event``.
        base: the class.
        encode: returns an instance's fields.
        unknown: builds a stand-in from type name, decoded fields and record.
    """

    kind: str
    base: type
    encode: EncodeFields
    unknown: BuildUnknown


@dataclass(frozen=True, slots=True)
class _LazyType:
    name: str
    path: str
    encode: EncodeFields | None
    decode: DecodeFields | None
    unknown: BuildUnknown | None

    @property
    def qualified_name(self) -> str:
        return self.path.partition(":")[2]

    def loaded(self) -> type | None:
        """Return the class if its module is loaded already."""
        module_name, _, qualified_name = self.path.partition(":")
        found: object = sys.modules.get(module_name)
        try:
            for attribute in qualified_name.split("."):
                found = getattr(found, attribute)
        except Exception:
            # Not there (yet); modules that import when asked for a name raise what they like.
            return None
        return found if isinstance(found, type) else None

    def resolve(self, cls: type) -> RegisteredType:
        return RegisteredType(self.name, cls, self.encode, self.decode, self.unknown)


class TypeRegistry:
    """Stable names for classes, and how their instances are taken apart and put together."""

    def __init__(self) -> None:
        self._by_name: dict[str, RegisteredType | _LazyType] = {}
        self._by_class: dict[type, RegisteredType] = {}
        self._by_path: dict[str, RegisteredType] = {}
        self._lazy_by_qualified_name: dict[str, list[_LazyType]] = {}
        self._families: list[Family] = []
        self._resolved: dict[str, RegisteredType | None] = {}

    def register(
        self,
        name: str,
        cls: type,
        *,
        encode: EncodeFields | None = None,
        decode: DecodeFields | None = None,
        aliases: Iterable[str] = (),
        unknown: BuildUnknown | None = None,
    ) -> None:
        """Give a class its stable name. Registering the same again is a no-op.

        Args:
            name: dotted name that stays when the class moves or is renamed.
            cls: an enum, exception, pydantic model or dataclass; any class with ``encode`` and
                ``decode``.
            encode: returns an instance's fields, a mapping with str keys.
            decode: builds an instance from the class and the decoded fields.
            aliases: names it had before, understood when reading.
            unknown: builds a stand-in when an instance cannot be built.

        Raises:
            TypeRegistrationError: when a name is not dotted or taken, the class has a name
                already, or its kind needs ``encode`` and ``decode``.
        """
        if not isinstance(cls, type):
            raise TypeRegistrationError(name, f"{cls!r} is not a class")
        if (encode is None or decode is None) and not _has_own_way(cls):
            raise TypeRegistrationError(
                name,
                f"{cls!r} is no enum, exception, pydantic model or dataclass: "
                "give encode and decode",
            )
        entry = RegisteredType(name, cls, encode, decode, unknown)
        known = self.entry_for(cls)
        if known is not None and known != entry:
            raise TypeRegistrationError(name, f"{cls!r} is registered as {known.name!r} already")
        self._claim(entry, aliases)
        self._remember(entry)

    def register_lazy(
        self,
        name: str,
        path: str,
        *,
        encode: EncodeFields | None = None,
        decode: DecodeFields | None = None,
        aliases: Iterable[str] = (),
        unknown: BuildUnknown | None = None,
    ) -> None:
        """Give a class its stable name without importing it.

        Its module is imported when a record of that name is read; a class that cannot be
        imported is an unknown type then. Writing needs no import: an instance's class is loaded.

        Args:
            name: as in :meth:`register`.
            path: ``module:QualifiedName``, a constant of the caller's code, never stored data.
            encode: as in :meth:`register`.
            decode: as in :meth:`register`.
            aliases: as in :meth:`register`.
            unknown: as in :meth:`register`.

        Raises:
            TypeRegistrationError: when a name is not dotted or taken, or the path is not one.
        """
        if not _path_pattern.fullmatch(path):
            raise TypeRegistrationError(name, f"{path!r} is not of the form 'module:ClassName'")
        entry = _LazyType(name, path, encode, decode, unknown)
        self._claim(entry, aliases)
        same_name = self._lazy_by_qualified_name.setdefault(entry.qualified_name, [])
        if entry not in same_name:
            same_name.append(entry)

    def register_family(
        self, kind: str, base: type, *, encode: EncodeFields, unknown: BuildUnknown
    ) -> None:
        """Say how unregistered subclasses of ``base`` are stored and read.

        Args:
            kind: what to call them in a record, such as ``event``.
            base: the class whose subclasses are meant.
            encode: returns an instance's fields.
            unknown: builds a stand-in from type name, decoded fields and record.
        """
        self._families.append(Family(kind, base, encode, unknown))

    def names(self) -> dict[str, str]:
        """Return every stable name with the path of its class, ``module:QualifiedName``."""
        return {
            name: entry.path
            if isinstance(entry, _LazyType)
            else f"{entry.cls.__module__}:{entry.cls.__qualname__}"
            for name, entry in self._by_name.items()
            if name == entry.name
        }

    def aliases(self) -> dict[str, str]:
        """Return every alias with the stable name it stands for."""
        return {name: entry.name for name, entry in self._by_name.items() if name != entry.name}

    def entry_for(self, cls: type) -> RegisteredType | None:
        """Return how instances of exactly this class are stored; None when unregistered."""
        entry = self._by_class.get(cls)
        if entry is not None:
            return entry
        for lazy in self._lazy_by_qualified_name.get(cls.__qualname__, ()):
            if lazy.loaded() is cls:
                return self._resolve(lazy, cls)
        return None

    def entry_named(self, name: str) -> RegisteredType | None:
        """Return the type of this stable name or alias; None when unknown or not installed."""
        entry = self._by_name.get(name)
        if not isinstance(entry, _LazyType):
            return entry
        if entry.path in self._resolved:
            return self._resolved[entry.path]
        return self._resolve(entry, entry.loaded() or _import_class(entry.path))

    def entry_at(self, path: str) -> RegisteredType | None:
        """Return the type whose class is, or was, ``module.QualifiedName``.

        Once it is registered: by its class, or with an alias of that text.
        """
        entry = self._by_path.get(path)
        if entry is None and (alias := self._by_name.get(path)) is not None and alias.name != path:
            entry = self.entry_named(path)
        return entry

    def family_of(self, cls: type) -> Family | None:
        """Return the family an unregistered class belongs to; None when to none."""
        return next((family for family in self._families if family.base in cls.__mro__), None)

    def family_named(self, kind: str) -> Family | None:
        """Return the family of this kind; None when there is none."""
        return next((family for family in self._families if family.kind == kind), None)

    def _claim(self, entry: RegisteredType | _LazyType, aliases: Iterable[str]) -> None:
        names = (entry.name, *aliases)
        for name in names:
            if not isinstance(name, str) or not _name_pattern.fullmatch(name):
                raise TypeRegistrationError(
                    str(name), "a stable name has two or more parts joined by dots, as 'shop.Order'"
                )
            if self._by_name.get(name, entry) != entry:
                raise TypeRegistrationError(
                    name, f"the name belongs to {self._by_name[name]!r} already"
                )
        self._by_name.update(dict.fromkeys(names, entry))

    def _resolve(self, lazy: _LazyType, cls: type | None) -> RegisteredType | None:
        # What cannot be imported is not tried again for every record.
        resolved = None if cls is None else self._remember(lazy.resolve(cls))
        self._resolved[lazy.path] = resolved
        return resolved

    def _remember(self, entry: RegisteredType) -> RegisteredType:
        self._by_class[entry.cls] = entry
        self._by_path[f"{entry.cls.__module__}.{entry.cls.__qualname__}"] = entry
        return entry


def _has_own_way(cls: type) -> bool:
    return issubclass(cls, Enum | BaseException | BaseModel) or dataclasses.is_dataclass(cls)


def _import_class(path: str) -> type | None:
    module_name, _, qualified_name = path.partition(":")
    try:
        found: object = import_module(module_name)
        for attribute in qualified_name.split("."):
            found = getattr(found, attribute)
    except Exception:
        # An optional package that is absent, or present in a version its user cannot import.
        return None
    return found if isinstance(found, type) else None
