"""Dialogues of the STAR data set, between a user and a wizard who follows task graphs.

The file is ``{DialogueID, CompletionLevel, Scenario, Events: [{Agent, Action, ...}]}``. What the
user and the wizard say becomes messages of theirs; a ``query`` is a tool call and the
``return_item`` that follows its result. All else (a suggestion asked for, a task selected, an
instruction to the user) keeps the role ``<Agent>.<Action>``. Every event is kept as it came, with
its ``ActionLabel`` and ``Task``. A ``return_item`` has no time, and gets none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retold.domain.recording import ImportedCall, ImportedResult
from retold.errors import ImportFailed
from retold.importers.reading.document import check_keepable
from retold.importers.reading.record import Record
from retold.importers.reading.source_time import SourceTime
from retold.importers.source import SourceConversation, SourceMessage

_roles = {
    "User.utter": "user",
    "Wizard.utter": "assistant",
    "Wizard.pick_suggestion": "assistant",
    "Wizard.query": "assistant",
    "KnowledgeBase.return_item": "tool",
}


class Star:
    """The importer for STAR dialogues."""

    name = "star"
    form = "an object with DialogueID and Events (a list of objects with Agent and Action)"
    markers = (b'"DialogueID"',)

    def recognises(self, document: object) -> bool:
        """Tell whether an object is a dialogue."""
        return isinstance(document, dict) and "DialogueID" in document

    def count(self, document: object) -> int:
        """Return 1: a file holds one dialogue."""
        del document
        return 1

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield the dialogue, or the error that makes it unusable."""
        try:
            yield _read_dialogue(path, document)
        except ImportFailed as error:
            yield error


def _read_dialogue(path: Path, document: object) -> SourceConversation:
    check_keepable(path, "$", document)
    record = Record.of(path, "$", document)
    scenario = record.optional_object("Scenario")
    domains: list[Any] = []
    if scenario is not None and scenario.value.get("Domains") is not None:
        domains = [domain for _, domain in scenario.items("Domains")]
    tags = {"domains": ",".join(str(domain) for domain in domains)}
    return SourceConversation(
        format=Star.name,
        session=record.key("DialogueID"),
        session_field="DialogueID",
        path=path,
        where="$",
        record=record.value,
        messages_at="Events",
        messages=[_read_event(event) for event in record.objects("Events")],
        end_reason=record.optional_text("CompletionLevel"),
        tags={name: value for name, value in tags.items() if value},
    )


def _read_event(event: Record) -> SourceMessage:
    agent, action = event.text("Agent"), event.text("Action")
    kind = f"{agent}.{action}"
    calls: tuple[ImportedCall, ...] = ()
    result = None
    content: Any = event.optional_text("Text")
    if content is None:
        content = event.optional_text("Task")
    match kind:
        case "Wizard.query":
            name = event.text("APIName")
            calls = (ImportedCall(name=name, arguments=event.value.get("Constraints")),)
        case "KnowledgeBase.return_item":
            result = ImportedResult(name=event.optional_text("APIName"))
            content = event.value.get("Item")
    event.optional_text("ActionLabel")
    return SourceMessage(
        source=event.value,
        role=_roles.get(kind, kind),
        content=content,
        calls=calls,
        result=result,
        time=_time(event),
    )


def _time(event: Record) -> SourceTime | None:
    seconds = event.value.get("UnixTime")
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise event.expected("UnixTime", "a number of seconds or null")
    try:
        return SourceTime.of_unix(seconds)
    except ValueError as error:
        raise event.malformed("UnixTime", f"{seconds} is no time ({error})") from error
