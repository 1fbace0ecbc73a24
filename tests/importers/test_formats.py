from __future__ import annotations

from pathlib import Path

import pytest

from retold.errors import UnrecognisedFile
from retold.importers.formats.importer import all_importers, recognise
from retold.importers.reading.document import BrokenLine
from tests.importers.recordings import (
    chat,
    dialogue,
    llm_call,
    notebook,
    simulation,
    simulations,
    support_talk,
    trace,
    trajectory,
)

here = Path("recording.json")


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ([trajectory()], "tau-bench"),
        ([{}, trajectory()], "tau-bench"),
        ([{"task_id": 1, "trial": 0}], "tau-bench"),
        ([{"traj": None}], "tau-bench"),
        (simulations(simulation()), "tau2"),
        (simulations(), "tau2"),
        ({"simulations": None}, "tau2"),
        ({"info": {}, "tasks": []}, "tau2"),
        (chat(), "openai-chat"),
        ([chat(), 7], "openai-chat"),
        (support_talk(), "openai-chat"),
        ([support_talk()], "openai-chat"),
        ({"messages": []}, "openai-chat"),
        (dialogue(), "star"),
        ({"DialogueID": None}, "star"),
        ([llm_call()], "autogen-llm"),
        ([{"mode": "create", "messages": 1, "response": 2}], "autogen-llm"),
        (trace(), "langfuse"),
        ({"trace": None, "observations": 1}, "langfuse"),
        (notebook("\x1b[33mA\x1b[0m (to B):\n\nHi\n"), "autogen-notebook"),
        ([{"__event__": 3}], "ag2-redis"),
        (['{"__event__": "a.B"}'], "ag2-redis"),
        ([{}, {"type": "ag2.events.X", "data": {"created_at": None}}], "ag2-log"),
    ],
)
def test_a_form_is_recognised_even_when_it_is_malformed(document: object, name: str) -> None:
    assert recognise(document, here).name == name


@pytest.mark.parametrize(
    ("document", "outline"),
    [
        ([], "an empty list"),
        ({}, "an empty object"),
        (None, "null"),
        ("text", "the text 'text'"),
        (7, "the number 7"),
        ([[1]], "a list whose first entry is a list whose first entry is the number 1"),
        ([{"role": "user", "text": "Hi"}], "an object with 'role', 'text'"),
        ({"task": "a", "graph": {}}, "an object with 'task', 'graph'"),
        ({"cells": [{"outputs": []}], "nbformat": 4}, "an object with 'cells', 'nbformat'"),
        ({"messages": 3}, "an object with 'messages'"),
        ([BrokenLine("cut off"), {}], "a list whose first entry is a line that is no JSON"),
    ],
)
def test_an_unknown_form_says_what_was_found_and_looked_for(document: object, outline: str) -> None:
    with pytest.raises(UnrecognisedFile) as caught:
        recognise(document, here)
    message = str(caught.value)
    assert message.startswith("recording.json: ")
    assert outline in message
    assert "tau-bench: a list of objects with task_id, trial and traj" in message
    assert "tau2: an object with info, tasks and simulations" in message


def test_a_document_two_importers_know_is_ambiguous() -> None:
    with pytest.raises(UnrecognisedFile, match="ambiguous, it reads as tau-bench and tau-bench"):
        recognise([trajectory()], here, (*all_importers, all_importers[0]))
