"""Transcripts to read and spans: what is in them, and what recorded text can never do there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from markdown_it import MarkdownIt

from retold.domain.event import JsonObject, NewEvent
from retold.domain.recording import (
    HumanInputRequested,
    ImportedResult,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from retold.domain.value import ErrorInfo
from retold.errors import ExportFormatUnavailable, SessionNotFound
from retold.projections.exports.document import Document, document_of
from retold.projections.exports.html import to_html
from retold.projections.exports.markdown import to_markdown
from retold.projections.exports.session import export_session
from retold.projections.exports.spans import to_spans
from retold.projections.exports.text import visible
from retold.store import EventStore
from tests.projections.calls import call_started
from tests.projections.histories import (
    ag2,
    closed,
    epoch,
    message,
    recorded,
    request,
    response,
    result,
    results,
    started,
    tool_turn,
    usage,
)


def in_turn(turn: str, *news: NewEvent) -> list[NewEvent]:
    """Return events as recorded in a turn."""
    return [NewEvent(type=n.type, data=n.data, metadata={**n.metadata, "turn": turn}) for n in news]


def document(*news: NewEvent) -> Document:
    return document_of(recorded(news))


def spans_of(*documents: Document) -> list[dict[str, Any]]:
    (resource,) = to_spans(documents, {}, scope_version="1")["resourceSpans"]
    spans: list[dict[str, Any]] = resource["scopeSpans"][0]["spans"]
    return spans


def attributes(span: JsonObject) -> dict[str, Any]:
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


imported = [
    started(source="tau2", subject="user:7", at=epoch),
    message("assistant", content="Hi"),
    message("user", content="Where?", at=epoch + timedelta(minutes=1)),
    message("assistant", calls=1, tokens=(10, 5), cost=0.1, at=epoch + timedelta(minutes=2)),
    message("tool", result=ImportedResult(name="tool", call=0, error=True), content="no"),
    message("assistant", content="Gone", tokens=(20, None), cost=0.2),
    message("user", content="Oh"),
    closed("user_stop"),
]


def test_imported_conversations_are_divided_at_the_users_messages() -> None:
    sections = document(*imported).sections
    assert [s.number for s in sections] == [0, 1, 2]
    assert [[line.entry.text for line in s.lines] for s in sections] == [
        ["Hi"],
        ["Where?", "text", "no", "Gone"],
        ["Oh", "closed: user_stop"],
    ]
    figures = sections[1].figures
    assert (figures.prompt_tokens, figures.completion_tokens) == (30, 5)
    assert str(figures.cost_usd) == "0.3"
    assert sections[2].figures.cost_usd is None


def test_recorded_turns_are_sections_and_keep_what_was_recorded_of_them() -> None:
    failure = TurnFailed(turn="a", error=ErrorInfo(type="E", message="boom")).to_new_event()
    news = [
        started(),
        *in_turn("a", TurnStarted(turn="a", agent="support").to_new_event(), ag2(request("1"))),
        # Found abandoned, and recorded, in the turn after.
        *in_turn("b", failure, TurnStarted(turn="b").to_new_event(), ag2(request("2"))),
        *in_turn("b", ag2(usage(7, 3)), ag2(response("hi"))),
        *in_turn("b", TurnCompleted(turn="b", duration_ms=1500).to_new_event()),
    ]
    _, first, second = document(*news).sections
    assert (first.turn, first.agent, first.outcome) == ("a", "support", "failed")
    assert [line.entry.text for line in first.lines] == ["1", "turn failed: E: boom"]
    assert (second.outcome, second.duration_ms) == ("completed", 1500)
    assert (second.figures.prompt_tokens, second.figures.completion_tokens) == (7, 3)


def test_a_nested_conversation_has_its_parents_turn_and_no_turn_of_its_own() -> None:
    sections = document(*in_turn("a", started(parent="conversation-s"), *tool_turn)).sections
    assert [(s.number, s.turn) for s in sections] == [(0, None), (1, None)]


def test_every_event_is_in_one_section() -> None:
    whole = document(*imported)
    assert [e for s in whole.sections for e in s.events] == list(whole.events)


# HTML ---------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)
        if tag == "pre":
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "pre":
            self.texts[-1] += data


structure = {
    *("html", "head", "meta", "title", "style", "body", "main", "article", "section", "header"),
    *("h1", "h2", "span", "dl", "div", "dt", "dd", "small", "b", "pre", "details", "summary"),
}
texts = st.text() | st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=1>', "</pre></div>", "&lt;", "a\x1b[2Jb"]
)


@given(texts, texts, texts)
def test_no_recorded_text_becomes_a_part_of_the_page(said: str, name: str, answer: str) -> None:
    call = {"$": "ag2.ToolCallEvent", "id": "a", "name": name, "arguments": said}
    asks = {**response(said), "tool_calls": {"calls": [call]}}
    answered = {**result("a", answer), "name": name}
    news = [
        started(subject=said, tags={name: said}),
        ag2(request(said)),
        ag2(asks),
        ag2(answered),
        closed(answer),
    ]
    page = Page(to_html([document(*news)]))
    assert page.tags <= structure
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert page.open == []
    # A parser drops the line break a pre begins with.
    shown = [visible(text) for text in (said, said, said, answer) if text]
    assert [text for text in page.texts if text][: len(shown)] == shown


def test_a_page_loads_nothing_and_folds_calls_with_their_results() -> None:
    page = to_html([document(*imported), document(*tool_turn)])
    assert "default-src &#x27;none&#x27;" in page
    assert not any(word in page for word in ("<script", "http:", "https:", "url(", "@import"))
    assert page.count("<details") == 2
    assert "<small>error</small>" in page
    assert "<small>ok</small>" in page
    assert "10 + 5 tokens · $0.1" in page
    assert "recorded 2026-01-01T00:00:05+00:00, time unknown" in page


# Markdown -----------------------------------------------------------------------------------------


@given(texts, texts)
def test_no_recorded_text_passes_for_a_heading_or_loads_anything(said: str, answer: str) -> None:
    said, answer = f"{said}\n# Turn 9\n![x](http://e/)", f"{answer}\n```\n# Turn 9\n````"
    news = [started(), ag2(request(said)), ag2(response(calls=["a"])), ag2(result("a", answer))]
    tokens = MarkdownIt().enable("table").parse(to_markdown([document(*news)]))
    headings = [
        tokens[place + 1].content
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    assert headings == ["Session s", "Turn 1"]
    inline = [child for token in tokens for child in token.children or ()]
    assert not any(part.type in {"image", "html_inline"} for part in inline)
    assert not any(token.type == "html_block" for token in tokens)
    fences = [token.content for token in tokens if token.type == "fence"]
    assert visible(answer) + "\n" in fences


pieces = st.sampled_from(
    [
        *(
            "\\",
            "<",
            ">",
            "![",
            "[",
            "]",
            "(",
            ")",
            ":",
            "!",
            "&",
            ";",
            "`",
            "\n",
            " ",
            "a",
            "~",
            "*",
        ),
        *("<img src=x>", "http://e/", "&lt;", "&#60;", "](http://e/)", "[a]: http://e/\n", "<!--"),
    ]
)


@given(st.lists(pieces, max_size=12).map("".join))
@example('\\<img src="http://e/x.png">')
@example("\\\\![a](http://e/)")
@example("![a]\n\n[a]: http://e/")
@example("<http://e/>")
def test_no_quoted_text_becomes_html_an_image_or_a_link(said: str) -> None:
    text = to_markdown([document(started(), ag2(request(said)))])
    tokens = MarkdownIt().enable("table").parse(text)
    parts = [*tokens, *(child for token in tokens for child in token.children or ())]
    loaded = {"html_block", "html_inline", "image", "link_open"}
    assert loaded.isdisjoint(part.type for part in parts)


@pytest.mark.parametrize(
    "said", ["a < b && c", "&lt; &#60; &amp;", r"\<b>", "[a](b)", "x[0]: 1", "![a](b)"]
)
def test_a_quoted_text_is_shown_as_it_was_said(said: str) -> None:
    text = to_markdown([document(started(), ag2(request(said)))])
    shown = [token.children for token in MarkdownIt().parse(text) if token.content.strip()]
    words = ["".join(part.content for part in children or ()) for children in shown]
    assert said in words


def test_a_markdown_transcript_says_who_when_and_at_what_cost() -> None:
    text = to_markdown([document(*imported)])
    assert "# Session s" in text
    assert "| subject | user:7 |" in text
    assert "**user** · #3 · 2026-01-01T00:01:00+00:00\n\n> Where?\n" in text
    assert "answers call 0 · error" in text
    assert "10 + 5 tokens · $0.1" in text


# Spans --------------------------------------------------------------------------------------------


def test_spans_are_a_tree_of_session_turns_model_calls_and_tools() -> None:
    spans = spans_of(document(*imported))
    by_id = {span["spanId"]: span for span in spans}
    assert len(by_id) == len(spans)
    kinds = [attributes(span)["openinference.span.kind"] for span in spans]
    assert kinds == ["CHAIN", "LLM", "AGENT", "LLM", "LLM", "TOOL", "AGENT"]
    assert [s["spanId"] for s in spans if "parentSpanId" not in s] == [spans[0]["spanId"]]
    assert by_id[spans[5]["parentSpanId"]] is spans[2]
    assert {attributes(span)["session.id"] for span in spans} == {"s"}
    tool = attributes(spans[5])
    assert (tool["tool.name"], tool["output.value"]) == ("tool", "no")
    assert spans[5]["status"] == {"code": 2, "message": "no"}
    asks = attributes(spans[3])
    assert (asks["llm.token_count.prompt"], asks["llm.cost.total"]) == ("10", 0.1)
    path = "llm.output_messages.0.message.tool_calls.0.tool_call.function"
    assert (asks[f"{path}.name"], asks[f"{path}.arguments"]) == ("tool", '{"n":0}')


def test_a_model_call_was_given_the_history_in_its_runs_and_nothing_between() -> None:
    begin = call_started("c")
    begin = replace(begin, data={**begin.data, "messages": [{"first": 2, "last": 7}]})
    asked = HumanInputRequested(event=request("of a human")).to_new_event()
    spans = spans_of(
        document(
            started(),
            ag2(request("first")),
            call_started("b"),
            asked,
            ag2(response("second")),
            TurnStarted(turn="t2").to_new_event(),
            ag2(request("third")),
            begin,
        )
    )
    found = attributes(spans[-1])
    texts = [text for key, text in found.items() if key.endswith(".message.content")]
    assert texts == ["first", "second", "third"]


def test_times_are_those_of_the_log_and_say_whose_clock_they_are_by() -> None:
    spans = spans_of(document(*imported))
    minute = 60 * 10**9
    at = int(epoch.timestamp()) * 10**9
    assert attributes(spans[3])["retold.time_source"] == "occurred_at"
    assert spans[3]["startTimeUnixNano"] == spans[3]["endTimeUnixNano"] == str(at + 2 * minute)
    # The result has no time: both ends are by the recording clock.
    assert attributes(spans[5])["retold.time_source"] == "recorded_at"
    assert spans[5]["startTimeUnixNano"] == str(at + 4 * 10**9)
    assert spans[5]["endTimeUnixNano"] == str(at + 5 * 10**9)


def test_a_call_nobody_answered_is_a_span_that_says_it_has_no_end() -> None:
    news = [started(), ag2(request()), ag2(response(calls=["a"])), ag2({"$": "ag2.X"})]
    (tool,) = (s for s in spans_of(document(*news)) if s["name"] == "tool")
    assert attributes(tool)["retold.unfinished"] is True
    assert tool["status"] == {"code": 0}
    assert tool["startTimeUnixNano"] == tool["endTimeUnixNano"]


def test_the_same_session_gives_the_same_spans_and_only_json() -> None:
    one, two = (to_spans([document(*imported)], {}, scope_version="1") for _ in range(2))
    assert one == two == json.loads(json.dumps(one, allow_nan=False))


def test_a_copy_and_a_tools_own_answer_are_no_model_calls() -> None:
    forced = {**response("42"), "response_force": True}
    news = [ag2(request()), ag2(response("copy"), detached=True), ag2(forced), ag2(response("hi"))]
    kinds = [attributes(s)["openinference.span.kind"] for s in spans_of(document(*news))]
    assert kinds.count("LLM") == 1


def test_calls_whose_ids_repeat_are_spans_of_their_own() -> None:
    news = [
        ag2(request()),
        ag2(response(calls=["x", "x"])),
        ag2({"$": "ag2.ToolCallEvent", "id": "x"}),
        ag2({"$": "ag2.ToolCallEvent", "id": "x"}),
        ag2(results(result("x", "one"), result("x", "two"))),
    ]
    tools = [s for s in spans_of(document(*news)) if s["name"] == "tool"]
    assert [attributes(s)["output.value"] for s in tools] == ["one", "two"]
    assert [attributes(s)["retold.version"] for s in tools] == ["3", "4"]


# Out of a log -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["markdown", "html", "spans"])
async def test_a_session_is_exported_with_what_is_nested_in_it(
    store: EventStore, form: str
) -> None:
    await store.append("conversation-s", [started(session="s"), *tool_turn], expected_version=0)
    nested = [started(session="s", parent="conversation-s"), ag2(request("inner words"))]
    await store.append("conversation-a-nested", nested, expected_version=0)
    exported = await export_session(store, "s", form)
    text = exported if isinstance(exported, str) else json.dumps(exported)
    assert "inner words" in text
    assert text.index("hello") < text.index("inner words")
    with pytest.raises(SessionNotFound):
        await export_session(store, "none", form)
    with pytest.raises(ExportFormatUnavailable, match="markdown, html, spans"):
        await export_session(store, "s", "pdf")


async def test_two_formats_are_known_by_what_they_are_written_as_too(store: EventStore) -> None:
    await store.append("conversation-s", [started(session="s"), *tool_turn], expected_version=0)
    assert await export_session(store, "s", "jsonl") == await export_session(store, "s", "events")
    assert await export_session(store, "s", "otlp") == await export_session(store, "s", "spans")
