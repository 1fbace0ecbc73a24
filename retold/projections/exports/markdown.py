"""A session as a Markdown transcript.

What was said is quoted line by line, and what tools were given and answered is fenced, so that no
recorded text can pass for a heading, a turn or a message of the transcript, or load anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retold.projections.exports.document import Document, Line, Section
from retold.projections.exports.facts import facts_of, heading_of, notes_of, time_of, who
from retold.projections.exports.text import visible

# What HTML, references to characters, links and images begin with; the rest of a quoted answer's
# Markdown is welcome. A backslash of ours would be undone by a recorded one before it.
_loaded = re.compile(r"(?<!\\)(\\*)(<|&(?=#?[0-9A-Za-z]+;)|(?<=\])[(:])")
_inert = {"<": "&lt;", "&": "&amp;", "(": "&#40;", ":": "&#58;"}
_special = re.compile(r"([\\`*_\[\]|<&~])")
_fence = re.compile(r"`{3,}")


def to_markdown(documents: Sequence[Document]) -> str:
    """Return a session as Markdown.

    Args:
        documents: the session's conversation, then those nested in it.
    """
    return "\n".join(
        line for number, document in enumerate(documents) for line in _document(number, document)
    )


def _document(number: int, document: Document) -> Iterator[str]:
    what = "Nested conversation" if number else "Session"
    yield f"# {what} {_plain(document.summary.session)}"
    yield ""
    yield "| | |"
    yield "|---|---|"
    for name, value in facts_of(document):
        yield f"| {_plain(name)} | {_plain(value)} |"
    yield ""
    for section in document.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    if not section.lines:
        return
    yield f"## {_plain(heading_of(section))}"
    yield ""
    notes = notes_of(section)
    if notes:
        yield _plain(" · ".join(notes))
        yield ""
    for line in section.lines:
        yield from _line(line)


def _line(line: Line) -> Iterator[str]:
    entry = line.entry
    about = [f"#{entry.version}", time_of(entry)]
    if entry.answers is not None:
        about.append(f"answers call {entry.answers}")
    if entry.error:
        about.append("error, read from the text" if entry.derived else "error")
    about += notes_of(line)
    yield f"**{_plain(who(entry))}** · {_plain(' · '.join(about))}"
    yield ""
    if entry.text:
        yield from _fenced(entry.text) if entry.role == "tool" else _quoted(entry.text)
    for call in entry.calls:
        yield f"Call {call.number}: **{_plain(call.name)}**"
        yield ""
        yield from _fenced(call.arguments)


def _quoted(text: str) -> Iterator[str]:
    for line in _loaded.sub(_made_inert, visible(text)).split("\n"):
        yield f"> {line}".rstrip()
    yield ""


def _made_inert(found: re.Match[str]) -> str:
    backslashes, sign = found.groups()
    return f"{backslashes * 2}{_inert[sign]}"


def _fenced(text: str) -> Iterator[str]:
    text = visible(text)
    longest = max((len(run) for run in _fence.findall(text)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}text"
    yield from text.split("\n")
    yield fence
    yield ""


def _plain(text: str) -> str:
    """Return text on one line, of which nothing is Markdown."""
    return _special.sub(r"\\\1", " ".join(visible(text).split()))
