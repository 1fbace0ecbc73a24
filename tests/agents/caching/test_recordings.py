"""A cache is no recording: what is recorded stays in its order, and is never served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ag2.events import ModelResponse

import retold
from retold import Cache
from retold.domain.recording import MessageImported
from retold.importers import import_paths
from tests.agents.caching.asked import Model, answer, ask, cache_events
from tests.agents.caching.meant import by_meaning, talk


def last_text(record: dict[str, Any]) -> str:
    """Return the last user text of a recorded call."""
    content = record["messages"][-1]["content"]
    return content if isinstance(content, str) else "\n".join(map(str, content))


async def test_recorded_calls_stay_in_their_order_and_are_never_served(
    sqlite_url: str, shared_data: Path
) -> None:
    folder = shared_data / "autogen_llm_recordings"
    async with retold.open(sqlite_url) as log:
        assert (await import_paths(log.store, [folder])).ok
        for path in sorted(folder.glob("*.json")):
            records: list[dict[str, Any]] = json.loads(path.read_text())
            model = Model.of(*(answer(f"live {number}") for number in range(len(records))))
            config = log.cached(model, Cache(scope=path.stem))
            first: dict[str, str] = {}
            for number, record in enumerate(records):
                text = last_text(record)
                # The recording is no entry, however equal the request is: a model answers.
                expected = first.setdefault(text, f"live {len(first)}")
                session = f"{path.stem}-live-{number}"
                assert await ask(log, config, session=session, text=text) == expected
            assert model.asked == len(first)
            # And what was recorded is there in its order, also where the same was asked twice.
            for number, record in enumerate(records):
                stream = f"conversation-{path.stem}#{number}"
                events = [event async for event in log.store.read_stream(stream)]
                messages = [
                    MessageImported.from_recorded(event)
                    for event in events
                    if event.type == MessageImported.type
                ]
                assert messages[-1].content == record["response"]["content"]


async def test_answers_to_equal_requests_stay_in_the_order_they_were_given(
    sqlite_url: str,
) -> None:
    """A history has what was said then, whatever a cache has learnt before or after."""
    model = Model.of(answer("one"), answer("two"), answer("three"))
    async with retold.open(sqlite_url) as log:
        plain = log.model(model)
        assert await talk(log, plain, "a", "same? @0", "same? @0") == ["one", "two"]
        config = log.cached(model, Cache(meaning=by_meaning(threshold=-1.0)))
        # What a model said without a cache is not in it.
        assert await talk(log, config, "b", "same? @0") == ["three"]
        assert await talk(log, config, "c", "the same? @90") == ["three"]
        history = await (await log.session("a")).history()
        said = [event.content for event in history if isinstance(event, ModelResponse)]
        assert said == ["one", "two"]
        assert {e.stream for e in await cache_events(log, "conversation-")} == {
            "conversation-b",
            "conversation-c",
        }
