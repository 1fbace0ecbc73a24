"""Trajectories of OpenAI messages, in the form τ-bench writes them.

The file is a list of ``{task_id, trial, reward, info, traj: [message, ...]}``. It has no times,
no token counts and no error flags; a result that begins with ``Error`` counts as an error, marked
as derived. Ids of calls repeat, so results are paired in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from retold.errors import ImportFailed
from retold.importers.formats.openai_message import read_message
from retold.importers.reading.document import check_keepable
from retold.importers.reading.json_path import item
from retold.importers.reading.record import Record
from retold.importers.source import SourceConversation, SourceMessage


class TauBench:
    """The importer for trajectories of OpenAI messages."""

    name = "tau-bench"
    form = "a list of objects with task_id, trial and traj (a list of OpenAI messages)"
    markers = (b'"traj"',)

    def recognises(self, document: object) -> bool:
        """Tell whether an entry of a list has a trajectory, or the fields that name one."""
        return isinstance(document, list) and any(
            isinstance(entry, dict) and ("traj" in entry or {"task_id", "trial"} <= entry.keys())
            for entry in document
        )

    def count(self, document: object) -> int:
        """Return the number of trajectories."""
        return len(document) if isinstance(document, list) else 0

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield each trajectory, or the error that makes it unusable."""
        for index, entry in enumerate(document if isinstance(document, list) else ()):
            try:
                yield _read_trajectory(path, item("$", index), entry)
            except ImportFailed as error:
                yield error


def _read_trajectory(path: Path, where: str, entry: object) -> SourceConversation:
    check_keepable(path, where, entry)
    record = Record.of(path, where, entry)
    task, trial = record.key("task_id"), record.key("trial")
    return SourceConversation(
        format=TauBench.name,
        session=f"{task}#{trial}",
        session_field="task_id",
        path=path,
        where=where,
        record=record.value,
        messages_at="traj",
        messages=[_read_message(message) for message in record.objects("traj")],
        tags={"task": task, "trial": trial},
    )


def _read_message(message: Record) -> SourceMessage:
    read = read_message(message)
    if read.result is None:
        return read
    content = message.value.get("content")
    failed = isinstance(content, str) and content.startswith("Error")
    return replace(read, result=read.result.model_copy(update={"derived_error": failed}))
