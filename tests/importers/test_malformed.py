"""Whatever stands in whatever place of a recording: it is read, or refused by a named error."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from retold.errors import ImportFailed
from retold.importers.conversation import ImportedConversation, to_events
from retold.importers.formats.importer import recognise
from retold.importers.source import SourceConversation
from tests.examples import share
from tests.importers.recordings import (
    answered,
    asked,
    begun,
    chat,
    dialogue,
    llm_call,
    notebook,
    said,
    shown,
    simulation,
    simulations,
    span,
    support_talk,
    trace,
    trajectory,
)

here = Path("recording.json")
dinner = (
    said("guest", "waiter", "Soup?")
    + begun("Look")
    + asked("waiter", "helper", "c", "look", "{}")
    + answered("helper", "waiter", "c", "yes")
)
result = "ChatResult(chat_history=[{'role': 'user', 'content': 'x'}], cost=({'total_cost': 1},))"
event = {
    "__event__": "ag2.events.types.ModelResponse",
    "created_at": 1.5,
    "usage": {"__dataclass__": "ag2.events.types.Usage", "data": {"prompt_tokens": 1}},
    "files": [{"__bytes__": "AA=="}, {"__uuid__": "0" * 32}, {"__enum__": "a.B", "value": 1}],
    "error": {"__exception__": "ValueError", "message": "m"},
    "model": {"__pydantic__": "a.B", "data": {}},
}
documents: dict[str, Any] = {
    "tau-bench": [trajectory()],
    "tau2": simulations(simulation()),
    "openai-chat": [chat(), support_talk()],
    "star": dialogue(),
    "langfuse": trace(span("a"), span("b", "a", "TOOL"), span("c", "a", "GENERATION")),
    "autogen-llm": [llm_call()],
    "autogen-notebook": notebook(dinner, shown(result)),
    "ag2-redis": [event, json.dumps(event)],
    "ag2-log": [{"type": "a.B", "data": {name: event[name] for name in event if name[0] != "_"}}],
}
wrong: list[Any] = [
    None,
    True,
    -1,
    1.5,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\0\ud800",
    [],
    [3],
    [[]],
    {},
    {"$": "str"},
    {"role": "user"},
]


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a document with each of its keys."""
    entries: list[tuple[Any, Any]] = []
    if isinstance(document, dict):
        entries = list(document.items())
    elif isinstance(document, list):
        entries = list(enumerate(document))
    for key, value in entries:
        yield document, key
        yield from places(value)


def imported(document: Any) -> Iterator[ImportedConversation | ImportFailed]:
    """Yield what each conversation becomes, or the error that says why it becomes nothing."""
    try:
        for read in recognise(document, here).read(document, here):
            yield made(read) if isinstance(read, SourceConversation) else read
    except ImportFailed as error:
        yield error


def made(conversation: SourceConversation) -> ImportedConversation | ImportFailed:
    try:
        return to_events(conversation)
    except ImportFailed as error:
        return error


@pytest.mark.parametrize("name", documents)
def test_the_documents_are_sound(name: str) -> None:
    assert recognise(documents[name], here).name == name
    for conversation in imported(documents[name]):
        assert isinstance(conversation, ImportedConversation)


@pytest.mark.parametrize("name", documents)
@settings(max_examples=share(60), deadline=None)
@given(data=st.data())
def test_a_wrong_value_is_read_or_refused_by_name(name: str, data: st.DataObject) -> None:
    document = copy.deepcopy(documents[name])
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(list(places(document)) or [([0], 0)]))
        if data.draw(st.booleans()):
            container[key] = copy.deepcopy(data.draw(st.sampled_from(wrong)))
        else:
            del container[key]
    for conversation in imported(document):
        if isinstance(conversation, ImportFailed):
            assert str(conversation).startswith(str(here))
        else:
            ids = [event.event_id for event in conversation.events]
            assert len(set(ids)) == len(ids)
