"""Notebooks with runs of AutoGen 0.2.

Each code cell that shows a run is a session, ``<file>#<cell>``. Its messages are read from the
console text; a chat that began within it is a conversation nested in it, ``<session>/chat-<n>``.
Each ``ChatResult`` it shows is one too, ``<session>/result-<n>``, with its history and usage: the
console text of the same chat may stand in another cell. The cell is kept whole; the program in
the other cells is recorded once. The form has no times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from retold.domain.recording import ImportedCall, ImportedResult
from retold.errors import ImportFailed
from retold.importers.formats.autogen_notebook.chat_result import (
    ChatResult,
    read_chat_results,
    shows_chat_result,
)
from retold.importers.formats.autogen_notebook.chats import Chat, parent_of, sort_into_chats
from retold.importers.formats.autogen_notebook.console import (
    Printed,
    has_messages,
    read_console,
)
from retold.importers.formats.openai_message import read_message
from retold.importers.reading.document import check_keepable
from retold.importers.reading.json_path import item
from retold.importers.reading.record import Record
from retold.importers.source import (
    NestedConversation,
    SharedContent,
    SourceConversation,
    SourceMessage,
    Usage,
)


class AutoGenNotebook:
    """The importer for notebooks with runs of AutoGen 0.2."""

    name = "autogen-notebook"
    form = "a notebook (an object with cells) whose outputs show messages or results of AutoGen"
    markers = (b"Starting a new chat....", b"ChatResult(chat", b">>>>>>>> USING AUTO REPLY")

    def recognises(self, document: object) -> bool:
        """Tell whether an output of a notebook's cells shows a run."""
        return bool(_runs(document))

    def count(self, document: object) -> int:
        """Return the number of cells that show a run."""
        return len(_runs(document))

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield the run of each cell, or the error that makes it unusable.

        Raises:
            MalformedRecord: when the notebook around the cells could not be given back.
        """
        notebook = Record.of(path, "$", document)
        runs = _runs(document)
        program = SharedContent.of(
            Record(path, "$", _program(notebook.value, runs)), "file", "notebook.file"
        )
        cells = notebook.items("cells")
        for index in runs:
            where, cell = cells[index]
            try:
                yield _read_run(path, where, index, cell, program)
            except ImportFailed as error:
                yield error


def _runs(document: object) -> list[int]:
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        return []
    return [index for index, cell in enumerate(cells) if _shows_run(cell)]


def _shows_run(cell: object) -> bool:
    outputs = cell.get("outputs") if isinstance(cell, dict) else None
    if not isinstance(outputs, list):
        return False
    outputs = [output for output in outputs if isinstance(output, dict)]
    console = "".join(_lines(output.get("text")) for output in outputs if _is_console(output))
    return has_messages(console) or any(shows_chat_result(_shown(output)) for output in outputs)


def _program(notebook: dict[str, Any], runs: Sequence[int]) -> dict[str, Any]:
    """Return the notebook without outputs, and with a null for each cell that is a session."""
    cells = [
        None
        if index in runs
        else {name: value for name, value in cell.items() if name != "outputs"}
        if isinstance(cell, dict)
        else cell
        for index, cell in enumerate(notebook["cells"])
    ]
    return notebook | {"cells": cells}


def _read_run(
    path: Path, where: str, index: int, value: object, program: SharedContent
) -> SourceConversation:
    check_keepable(path, where, value)
    cell = Record.of(path, where, value)
    outputs = list(cell.objects("outputs"))
    console = _Console(outputs)
    own, *others = chats = sort_into_chats(read_console(console.text))
    names = {id(chat): f"chat-{number}" for number, chat in enumerate(others, start=1)}
    nested = [_nested_chat(chat, chats, names, console) for chat in others]
    results = list(_results(outputs))
    nested += [_nested_result(number, *result) for number, result in enumerate(results, start=1)]
    return SourceConversation(
        format=AutoGenNotebook.name,
        session=f"{path.stem}#{index}",
        session_field="",
        path=path,
        where=where,
        record=cell.value,
        derived=True,
        messages=[_message(message, own, console) for message in own.messages],
        nested=tuple(nested),
        agent=own.manager,
        tags={"notebook": path.stem, "cell": str(index)},
        usage=_total([result.usage for _, result in results]),
        shared=(program,),
    )


class _Console:
    """The console text of a cell, which may stand in several outputs."""

    def __init__(self, outputs: Sequence[Record]) -> None:
        self._starts: list[tuple[int, int]] = []
        texts: list[str] = []
        length = 0
        for index, output in enumerate(outputs):
            if _is_console(output.value):
                self._starts.append((length, index))
                texts.append(_checked_lines(output, "text"))
                length += len(texts[-1])
        self.text = "".join(texts)

    def place(self, at: int) -> dict[str, int]:
        """Return the output a place of the text stands in, and where in it."""
        start, output = max(entry for entry in self._starts if entry[0] <= at)
        return {"output": output, "at": at - start}


def _results(outputs: Sequence[Record]) -> Iterator[tuple[Record, ChatResult]]:
    for output in outputs:
        text = _shown(output.value)
        if not shows_chat_result(text):
            continue
        try:
            for result in read_chat_results(text):
                yield output, result
        except ValueError as error:
            raise output.malformed("data", f"the ChatResult cannot be read ({error})") from error


def _nested_chat(
    chat: Chat, chats: Sequence[Chat], names: dict[int, str], console: _Console
) -> NestedConversation:
    parent = parent_of(chat, chats)
    before = parent.said_before(chat.at)
    return NestedConversation(
        name=names[id(chat)],
        parent=names.get(id(parent)),
        after=before - 1 if before else None,
        messages=[_message(message, chat, console) for message in chat.messages],
        objective=chat.objective,
        agent=chat.manager,
    )


def _nested_result(number: int, output: Record, result: ChatResult) -> NestedConversation:
    messages = [
        read_message(Record.of(output.path, item(f"{output.where}.data", index), message))
        for index, message in enumerate(result.history)
    ]
    return NestedConversation(name=f"result-{number}", messages=messages, usage=result.usage)


def _message(printed: Printed, chat: Chat, console: _Console) -> SourceMessage:
    source = {
        "sender": printed.sender,
        "recipient": printed.recipient,
        "headers": printed.headers,
        **console.place(printed.at),
    }
    calls = tuple(
        ImportedCall(name=call.name, id=call.id, arguments=call.arguments) for call in printed.calls
    )
    # Who opens a chat asks in it; the console does not say who is a model.
    role = "user" if printed.sender == chat.messages[0].sender and not calls else "assistant"
    response = printed.response
    return SourceMessage(
        source=source,
        role="tool" if response else role,
        name=printed.sender,
        content=printed.content,
        calls=calls,
        result=ImportedResult(name=response.name) if response else None,
        answered_id=response.id if response else None,
    )


def _total(usages: Sequence[Usage]) -> Usage:
    def total(numbers: list[Any]) -> Any:
        known = [number for number in numbers if number is not None]
        return sum(known) if known else None

    return Usage(
        prompt_tokens=total([usage.prompt_tokens for usage in usages]),
        completion_tokens=total([usage.completion_tokens for usage in usages]),
        cost_usd=total([usage.cost_usd for usage in usages]),
    )


def _is_console(output: dict[str, Any]) -> bool:
    # What goes to stderr would stand in the middle of messages.
    return output.get("output_type") == "stream" and output.get("name", "stdout") == "stdout"


def _shown(output: dict[str, Any]) -> str:
    data = output.get("data")
    return _lines(data.get("text/plain")) if isinstance(data, dict) else ""


def _lines(text: object) -> str:
    """Return a notebook's text, which may be a list of its lines; nothing for anything else."""
    if isinstance(text, list):
        return "".join(line for line in text if isinstance(line, str))
    return text if isinstance(text, str) else ""


def _checked_lines(output: Record, field: str) -> str:
    text = output.value.get(field)
    is_lines = isinstance(text, list) and all(isinstance(line, str) for line in text)
    if not is_lines and not isinstance(text, str):
        raise output.expected(field, "a text, or a list of its lines")
    return _lines(text)
