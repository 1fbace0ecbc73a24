"""A session as an HTML page of its own: no script, nothing loaded, every recorded text escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from retold.projections.exports.document import Document, Line, Section
from retold.projections.exports.facts import facts_of, heading_of, notes_of, time_of, who
from retold.projections.exports.text import visible
from retold.projections.models.transcript import ToolCall

# Were anything in the page to ask for something after all, the browser would refuse it.
_policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_roles = frozenset({"user", "human", "assistant", "tool", "note", "system"})


def to_html(documents: Sequence[Document]) -> str:
    """Return a session as a page.

    Args:
        documents: the session's conversation, then those nested in it; at least one.
    """
    style = files("retold.projections.exports").joinpath("page.css").read_text()
    title = f"Session {documents[0].summary.session}"
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            *(line for number, one in enumerate(documents) for line in _document(number, one)),
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )


def _document(number: int, document: Document) -> Iterator[str]:
    what = "Nested conversation" if number else "Session"
    yield '<article class="conversation">'
    yield f"<h1>{what} <span>{_text(document.summary.session)}</span></h1>"
    yield '<dl class="facts">'
    for name, value in facts_of(document):
        yield f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>"
    yield "</dl>"
    answers = document.answers
    asked = {c.number for s in document.sections for line in s.lines for c in line.entry.calls}
    for section in document.sections:
        # A result stands with its call.
        shown = [line for line in section.lines if line.entry.answers not in asked]
        if shown:
            yield from _section(section, shown, answers)
    yield "</article>"


def _section(section: Section, lines: Sequence[Line], answers: Mapping[int, Line]) -> Iterator[str]:
    yield f'<section class="turn {_text(section.outcome or "")}">'
    notes = " · ".join(notes_of(section))
    yield f"<h2>{_text(heading_of(section))} <small>{_text(notes)}</small></h2>"
    for line in lines:
        yield from _message(line, answers)
    yield "</section>"


def _message(line: Line, answers: Mapping[int, Line]) -> Iterator[str]:
    entry = line.entry
    role = entry.role if entry.role in _roles else "other"
    failed = " failed" if entry.error else ""
    yield f'<div class="message {role}{failed}">'
    about = " · ".join((f"#{entry.version}", time_of(entry), *notes_of(line)))
    yield f"<header><b>{_text(who(entry))}</b> <small>{_text(about)}</small></header>"
    if entry.text:
        yield f"<pre>{_text(entry.text)}</pre>"
    for call in entry.calls:
        yield from _call(call, answers.get(call.number))
    yield "</div>"


def _call(call: ToolCall, answer: Line | None) -> Iterator[str]:
    if answer is None:
        outcome, failed = "no answer", ""
    else:
        error = answer.entry.error
        outcome = "answered" if error is None else "error" if error else "ok"
        failed = " failed" if error else ""
    yield f'<details class="call{failed}">'
    summary = f"Call {call.number}: <b>{_text(call.name)}</b>"
    yield f"<summary>{summary} <small>{outcome}</small></summary>"
    yield f"<pre>{_text(call.arguments)}</pre>"
    if answer is not None:
        about = f"#{answer.entry.version} · {time_of(answer.entry)}"
        yield f"<header><b>{_text(who(answer.entry))}</b> <small>{_text(about)}</small></header>"
        yield f"<pre>{_text(answer.entry.text)}</pre>"
    yield "</details>"


def _text(text: str) -> str:
    return escape(visible(text))
