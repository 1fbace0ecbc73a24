"""An agent goes on with a conversation that was imported, whatever form it came in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ag2 import Agent
from ag2.testing import TestConfig

import retold
from retold.importers import export_session, import_paths
from retold.store import open_store
from tests.importers.recordings import (
    answered,
    asked,
    chat,
    dialogue,
    llm_call,
    notebook,
    said,
    span,
    trace,
    write,
)

talk = (
    said("guest", "waiter", "Soup?")
    + asked("waiter", "guest", "c", "look", "{}")
    + answered("guest", "waiter", "c", "yes")
)
request = {
    "__event__": "ag2.events.input_events.ModelRequest",
    "created_at": 1.5,
    "parts": [
        {
            "__event__": "ag2.events.input_events.TextInput",
            "created_at": 1.5,
            "metadata": {},
            "content": "Soup?",
        }
    ],
}


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("chat.json", chat()),
        ("star.json", dialogue()),
        ("notebook.ipynb", notebook(talk)),
        ("call.json", [llm_call()]),
        ("trace.json", trace(span("look", "ask", "TOOL"), span("ask", None, "GENERATION"))),
        ("redis.json", [json.dumps(request)]),
        ("log.json", [{"type": request["__event__"], "data": {"created_at": 1.5, "parts": []}}]),
    ],
)
async def test_an_agent_goes_on_with_it(
    sqlite_url: str, tmp_path: Path, name: str, document: Any
) -> None:
    path = write(tmp_path / name, document)
    async with await open_store(sqlite_url) as store:
        report = await import_paths(store, [path])
        assert report.ok, report.errors
        (identity,) = report.files[0].imported
        before = await export_session(store, identity, "source")
    async with retold.open(sqlite_url) as log:
        session = await log.session(identity)
        agent = Agent("cook", "You cook.", config=log.model(TestConfig("Here it is.")))
        reply = await session.ask(agent, "And now?")
        assert reply.body == "Here it is."
    async with await open_store(sqlite_url) as store:
        # What came in comes out as before, and importing it again still adds nothing.
        assert await export_session(store, identity, "source") == before
        assert (await import_paths(store, [path])).unchanged == 1
