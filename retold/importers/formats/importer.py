"""The forms Retold can import, and how the form of a file is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from retold.errors import ImportFailed, UnrecognisedFile
from retold.importers.formats.ag2_events import AG2Log, AG2Redis
from retold.importers.formats.autogen_notebook.notebook import AutoGenNotebook
from retold.importers.formats.langfuse import Langfuse
from retold.importers.formats.llm_recording import LLMRecording
from retold.importers.formats.openai_chat import OpenAIChat
from retold.importers.formats.star import Star
from retold.importers.formats.tau2 import Tau2
from retold.importers.formats.tau_bench import TauBench
from retold.importers.reading.record import describe
from retold.importers.source import SourceConversation

_names_shown = 8


class Importer(Protocol):
    """Reads the conversations of one form.

    Attributes:
        name: the form's name; the ``source`` of the sessions imported.
        form: what a document of this form looks like, in words.
        markers: bytes a broken file of this form is likely to hold still.
    """

    @property
    def name(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def markers(self) -> tuple[bytes, ...]: ...

    def recognises(self, document: object) -> bool:
        """Tell whether a document is of this form, be it sound or malformed."""
        ...

    def count(self, document: object) -> int:
        """Return how many conversations ``read`` will yield; 0 when that cannot be told."""
        ...

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield each conversation, or in its place the error that makes it unusable.

        Args:
            document: a parsed file this importer recognises.
            path: the file, for names and errors.

        Raises:
            ImportFailed: when the file as a whole is at fault.
        """
        ...


all_importers: tuple[Importer, ...] = (
    TauBench(),
    Tau2(),
    Star(),
    AutoGenNotebook(),
    LLMRecording(),
    Langfuse(),
    OpenAIChat(),
    AG2Redis(),
    AG2Log(),
)


def recognise(
    document: object, path: Path, importers: Sequence[Importer] = all_importers
) -> Importer:
    """Return the importer for a document.

    Args:
        document: the parsed file.
        path: the file, for the error message.
        importers: those to ask.

    Raises:
        UnrecognisedFile: when none knows the form, or several do.
    """
    known = [importer for importer in importers if importer.recognises(document)]
    match known:
        case [importer]:
            return importer
        case []:
            looked_for = "; ".join(f"{i.name}: {i.form}" for i in importers)
            raise UnrecognisedFile(path, f"it holds {_outline(document)}", looked_for)
        case _:
            names = " and ".join(importer.name for importer in known)
            raise UnrecognisedFile(path, f"it is ambiguous, it reads as {names}")


def seems_damaged(content: bytes, importers: Sequence[Importer] = all_importers) -> bool:
    """Tell whether a file that is no valid JSON holds what is left of a known form."""
    return any(marker in content for importer in importers for marker in importer.markers)


def _outline(document: object) -> str:
    match document:
        case dict():
            names = [repr(name) for name in list(document)[:_names_shown]]
            more = ", ..." if len(document) > _names_shown else ""
            return f"an object with {', '.join(names)}{more}" if names else "an empty object"
        case [first, *_]:
            return f"a list whose first entry is {_outline(first)}"
        case []:
            return "an empty list"
        case _:
            return describe(document)
