"""Exports of real recordings hold what the session list counts, and nothing is lost or doubled."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from retold.importers import import_paths
from retold.projections.explaining.why import why
from retold.projections.exports.document import Figures, document_of
from retold.projections.exports.html import to_html
from retold.projections.exports.markdown import to_markdown
from retold.projections.exports.spans import to_spans
from retold.projections.models.session_list import each_session
from retold.store import open_store
from tests.projections.exports.test_exports import Page, attributes, structure


@pytest.mark.parametrize(
    ("name", "recorded"),
    [
        ("tau_bench/gpt-4o-airline.trial0.json", 50),
        ("tau2/gpt-4.1_airline_default_gpt-4.1_1trials.json", 20),
    ],
)
async def test_every_recorded_session_comes_out_whole(
    shared_data: Path, sqlite_url: str, name: str, recorded: int
) -> None:
    async with await open_store(sqlite_url) as store:
        await import_paths(store, [shared_data / name])
        sessions = 0
        async for summary in each_session(store):
            sessions += 1
            document = document_of([e async for e in store.read_stream(summary.stream)])
            lines = [line for section in document.sections for line in section.lines]
            whole = sum((section.figures for section in document.sections), Figures())
            assert whole.prompt_tokens == summary.prompt_tokens
            assert whole.completion_tokens == summary.completion_tokens
            assert whole.cost_usd == summary.cost_usd
            # The end of the conversation is a line, and no message.
            assert len(lines) == summary.messages + 1

            exported = to_spans([document], {}, scope_version="1")
            spans = exported["resourceSpans"][0]["scopeSpans"][0]["spans"]
            kinds = Counter(attributes(span)["openinference.span.kind"] for span in spans)
            replies = sum(line.entry.role == "assistant" for line in lines)
            assert (kinds["CHAIN"], kinds["TOOL"]) == (1, summary.tool_calls)
            assert kinds["LLM"] == replies
            assert len({span["spanId"] for span in spans}) == len(spans)
            errors = [s for s in spans if s["status"]["code"] == 2]
            assert len(errors) == summary.tool_errors

            if sessions <= 5:
                page = to_html([document])
                assert Page(page).tags <= structure
                assert page.count("<details") == summary.tool_calls
                assert to_markdown([document]).count("\nCall ") == summary.tool_calls
                chain = await why(store, summary.stream, lines[-2].event.version, limit=1_000)
                assert not chain.cut
                assert any(step.event.data.get("role") == "user" for step in chain.steps)
    assert sessions == recorded
