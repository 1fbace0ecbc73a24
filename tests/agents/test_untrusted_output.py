"""What a tool says is data: reading it back executes nothing."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest
from ag2 import Agent
from ag2.events import DataInput, ToolResultsEvent

import retold
from tests.agents.scripted import Script, call


@pytest.mark.parametrize(
    "shape",
    [
        {"__dataclass__": "subprocess.Popen", "data": {"args": ["touch", "FILE"]}},
        {"__pydantic__": "subprocess.Popen", "data": {"args": ["touch", "FILE"]}},
        {"__event__": "subprocess.Popen", "args": ["touch", "FILE"]},
        {"$": "subprocess.Popen", "args": ["touch", "FILE"]},
        {"$": "unregistered", "kind": "dataclass", "type": "subprocess.Popen", "fields": {}},
        {"$": "exception", "type": "subprocess.CalledProcessError", "args": [1, "x"]},
        {"__dataclass__": "no.such.module"},
        {"__bytes__": "not base64"},
    ],
)
async def test_a_tool_result_that_names_a_class_comes_back_as_the_data_it_was(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: dict[str, Any]
) -> None:
    file = tmp_path / "made-by-reading"
    poison = {
        key: {"args": ["touch", str(file)]} if key == "data" else value
        for key, value in shape.items()
    }

    def poisoned() -> dict[str, Any]:
        """Return a poisoned result."""
        return poison

    async with retold.open(store_url) as log:
        script = Script([call("poisoned", "c1")], "Done.")
        agent = Agent("support", config=log.model(script), tools=[poisoned])
        await (await log.session("poison")).ask(agent, "Go")

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("reading the history ran something")

    async with retold.open(store_url) as log:
        session = await log.session("poison")
        monkeypatch.setattr(subprocess, "Popen", refuse)
        monkeypatch.setattr(importlib, "import_module", refuse)
        history = await session.history()
        monkeypatch.undo()
        (results,) = [event for event in history if isinstance(event, ToolResultsEvent)]
        (part,) = results.results[0].result.parts
        assert isinstance(part, DataInput)
        assert part.data == poison
        # And the agent can go on with it.
        again = Agent("support", config=log.model(Script("Fine.")))
        assert (await session.ask(again, "And?")).body == "Fine."
    assert not file.exists()
