"""YAML as plain data, with the line and column of every value.

Only what JSON can say is read: no tag makes an object, and a key that stands twice is a problem
instead of being overwritten silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import yaml

from retold.errors import WorkflowProblem

most_values = 200_000
"""A document with more values is refused, aliases counted as often as they stand for something."""
deepest_value = 50

_Path = tuple[str | int, ...]
_plain = {
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:null",
}


@dataclass(slots=True)
class YamlDocument:
    """One document of a YAML text.

    Attributes:
        data: JSON-native; None when it could not be read at all.
        problems: what could not be read, and where.
        places: line and column, both from 1, of each value by its path; of a value in a mapping
            those of its key.
    """

    data: Any = None
    problems: list[WorkflowProblem] = field(default_factory=list)
    places: dict[_Path, tuple[int, int]] = field(default_factory=dict)

    def place_of(self, path: _Path) -> tuple[int, int] | None:
        """Return line and column of a value, or of the nearest that holds it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path)


def read_documents(text: str) -> list[YamlDocument]:
    """Return the documents of a YAML text; what is wrong with one is among its problems."""
    documents: list[YamlDocument] = []
    loader = None
    try:
        # Constructing it looks at the first characters already.
        loader = yaml.SafeLoader(text)
        while loader.check_node():
            documents.append(_Reader(loader).read(loader.get_node()))
    except (yaml.YAMLError, RecursionError) as error:
        line = 1 if loader is None else loader.line + 1
        documents.append(YamlDocument(problems=[_syntax_problem(error, text, line)]))
    finally:
        if loader is not None:
            loader.dispose()
    return documents


class _Reader:
    """Makes plain data of the nodes of one document."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self._loader = loader
        self._document = YamlDocument()
        self._left = most_values
        self._open: set[int] = set()

    def read(self, root: yaml.Node | None) -> YamlDocument:
        if root is not None:
            self._document.data = self._value(root, ())
            if self._left < 0:
                too_many = f"it has more than {most_values:,} values"
                self._report(root, "too_large", too_many, ())
        return self._document

    def _value(self, node: yaml.Node, path: _Path) -> Any:
        self._document.places.setdefault(path, _place(node))
        self._left -= 1
        if self._left < 0:
            return None
        if id(node) in self._open:
            self._report(node, "invalid_yaml", "an alias stands within what it stands for", path)
            return None
        if len(path) > deepest_value:
            self._report(node, "invalid_yaml", f"it is nested deeper than {deepest_value}", path)
            return None
        self._open.add(id(node))
        try:
            match node:
                case yaml.MappingNode():
                    return self._mapping(node, path)
                case yaml.SequenceNode():
                    if self._has_tag(node, "tag:yaml.org,2002:seq", path):
                        return [
                            self._value(item, (*path, place))
                            for place, item in enumerate(node.value)
                        ]
                    return None
                case _:
                    return self._scalar(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: _Path) -> dict[str, Any] | None:
        if not self._has_tag(node, "tag:yaml.org,2002:map", path):
            return None
        found: dict[str, Any] = {}
        own: dict[str, int] = {}
        for key, below, is_merged in self._entries(node, path):
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if not isinstance(name, str):
                self._report(key, "invalid_yaml", "a key is a text", path)
                continue
            if name in own and not is_merged:
                message = f"{name!r} stands twice; it is in line {own[name]} already"
                self._report(key, "duplicate_key", message, (*path, name))
                continue
            if name in found and is_merged:
                continue
            self._document.places[(*path, name)] = _place(key)
            found[name] = self._value(below, (*path, name))
            if not is_merged:
                own[name] = _place(key)[0]
        return found

    def _entries(
        self, node: yaml.MappingNode, path: _Path
    ) -> Iterator[tuple[yaml.Node, yaml.Node, bool]]:
        """Yield keys and values, those merged in by ``<<`` last: what stands there goes before."""
        merged: list[tuple[yaml.Node, yaml.Node]] = []
        for key, below in node.value:
            if key.tag != "tag:yaml.org,2002:merge":
                yield key, below, False
                continue
            sources = below.value if isinstance(below, yaml.SequenceNode) else [below]
            for source in sources:
                if isinstance(source, yaml.MappingNode):
                    merged += source.value
                else:
                    self._report(key, "invalid_yaml", "'<<' takes mappings", path)
        for key, below in merged:
            yield key, below, True

    def _has_tag(self, node: yaml.Node, tag: str, path: _Path) -> bool:
        if node.tag == tag:
            return True
        self._report(node, "invalid_yaml", f"the tag {node.tag!r} has no meaning here", path)
        return False

    def _scalar(self, node: yaml.Node, path: _Path) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            self._report(node, "invalid_yaml", f"{node.value!r} is a date; quote it", path)
            return None
        if node.tag not in _plain:
            self._has_tag(node, "", path)
            return None
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            reason = f"{str(node.value)[:80]!r} cannot be read ({type(error).__name__})"
            self._report(node, "invalid_yaml", reason, path)
            return None
        if isinstance(value, float) and not isfinite(value):
            self._report(node, "invalid_yaml", f"{node.value!r} is no number JSON has", path)
            return None
        return value

    def _report(self, node: yaml.Node, code: str, message: str, path: _Path) -> None:
        line, column = _place(node)
        self._document.problems.append(
            WorkflowProblem(code, message, path, line=line, column=column)
        )


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _syntax_problem(
    error: yaml.YAMLError | RecursionError, text: str, line: int
) -> WorkflowProblem:
    """Describe what PyYAML raised, at ``line`` unless it says better."""
    if isinstance(error, RecursionError):
        return WorkflowProblem(
            "invalid_yaml", f"it is nested deeper than {deepest_value}", line=line, column=1
        )
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"the character {text[error.position]!a} may not be there"
        return WorkflowProblem("invalid_yaml", message, line=line, column=column)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    column = 1
    if mark is not None:
        line, column = mark.line + 1, mark.column + 1
    parts = (getattr(error, "context", None), getattr(error, "problem", None))
    message = ", ".join(part for part in parts if part) or "it cannot be read"
    return WorkflowProblem("invalid_yaml", message, line=line, column=column)
