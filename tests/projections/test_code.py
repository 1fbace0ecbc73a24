"""The hash of a projection's code: what changes it, and what does not."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from retold.errors import DuplicateProjection, UnknownProjection
from retold.projections.keeping.code import code_of
from retold.projections.registry import Registry
from tests.projections.words import notes, words

source = """
from typing import Any, ClassVar
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel
from retold.projections.projection import Projection

class Base(SQLModel, registry=registry()):
    pass

class Row(Base, table=True):
    __tablename__: ClassVar[Any] = "rows"
    key: str = Field(primary_key=True)
    times: {type}

def key(event):
    return event.data.get("key")

def evolve(row, event){annotation}:
    {docstring}
    {comment}
    return Row(key="a", times={times})

projection = Projection.of_rows("rows", version=1, row=Row, key=key, evolve=evolve)
"""
plain = {
    "type": "int",
    "annotation": "",
    "docstring": "",
    "comment": "",
    "times": "1",
}


def hash_of(folder: Path, **changes: str) -> str:
    path = folder / f"module_{len(list(folder.iterdir()))}.py"
    path.write_text(source.format(**(plain | changes)))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return code_of(module.projection)


def test_comments_docstrings_and_annotations_are_not_code(tmp_path: Path) -> None:
    assert (
        hash_of(tmp_path)
        == hash_of(tmp_path, comment="# counts")
        == hash_of(tmp_path, docstring='"""Counts."""')
        == hash_of(tmp_path, annotation=" -> object")
    )


@pytest.mark.parametrize("changes", [{"times": "2"}, {"times": "1 + 0"}, {"type": "float"}])
def test_other_code_and_other_columns_have_another_hash(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    assert hash_of(tmp_path) != hash_of(tmp_path, **changes)


def test_what_it_reads_and_what_is_filled_in_are_code_too() -> None:
    plain = code_of(words)
    for other in (
        replace(words, types=("note.other",)),
        replace(words, types=None),
        replace(words, category="note"),
        replace(words, code=(partial(int, base=2),)),
        replace(words, code=(partial(int, base=3),)),
    ):
        assert code_of(other) != plain
    assert code_of(replace(words, code=(partial(int, base=2),))) != code_of(
        replace(words, code=(partial(int, base=3),))
    )


def test_every_process_has_the_same_hash() -> None:
    code = (
        "from retold.projections.shipped import shipped\n"
        "from retold.projections.keeping.code import code_of\n"
        "print({p.name: code_of(p) for p in shipped})"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            cwd=Path(__file__).parents[2],
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_a_registry_gives_the_newest_version() -> None:
    newer = replace(words, version=2)
    registry = Registry(words, notes) | Registry(newer)
    assert registry.get("words") is newer
    assert registry.get("words", 1) is words
    assert registry.names() == ("notes", "words")
    assert list(registry) == [notes, newer]
    assert registry.select(["words", "words"]) == (newer,)
    with pytest.raises(DuplicateProjection):
        registry.add(replace(words))
    with pytest.raises(UnknownProjection, match="notes, words"):
        registry.get("sentences")
    with pytest.raises(UnknownProjection, match="1, 2"):
        registry.get("words", 3)
