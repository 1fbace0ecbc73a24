"""The console text of AutoGen 0.2: messages under a header each, and banners of chats that begin.

A header is ``sender (to recipient):`` with the sender in yellow; where the colours were lost, a
line of that form before an empty one. A message ends at a line of 80 dashes. The header of a tool's
response is printed twice, once for the message that holds it. Calls and responses stand between
lines of asterisks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

_colour = re.compile(r"\x1b\[[0-9;]*m")
_coloured_header = re.compile(
    r"\x1b\[33m(?P<sender>[^\x1b\n]+)\x1b\[0m \(to (?P<recipient>[^\n]+)\):$", re.MULTILINE
)
_plain_header = re.compile(
    r"^(?P<sender>[^\x1b\n:]+?) \(to (?P<recipient>[^\n:]+)\):\n$", re.MULTILINE
)
_banner = re.compile(r"^(?:\x1b\[34m)?Starting a new chat\.\.\.\.", re.MULTILINE)
_banner_message = re.compile(r"\A\s*\n\nMessage:\n(.*?)\n\nCarryover: ?\n", re.DOTALL)
_end_of_message = re.compile(r"^-{80}$", re.MULTILINE)
_call = re.compile(
    r"^\*{5} Suggested (?:tool|function) [Cc]all(?: \((?P<id>[^)\n]*)\))?: "
    r"(?P<name>[^\n]*?) ?\*{5}$\s*Arguments: *\n(?P<arguments>.*?)\n\*{5,}$",
    re.MULTILINE | re.DOTALL,
)
_response = re.compile(
    r"^\*{5} Response from calling (?P<kind>tool|function) "
    r"[\"(](?P<named>[^\n]*?)[\")] ?\*{5}$\n(?P<content>.*)\n^\*{5,}$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class PrintedCall:
    """A tool call as printed; ``id`` is None for the function calls of older versions."""

    name: str
    id: str | None
    arguments: str


@dataclass(frozen=True, slots=True)
class PrintedResponse:
    """Whose response a message is: the id of a tool's call, or the name of a function."""

    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A message as printed.

    Attributes:
        at: offset of its header in the text.
        sender: name of the agent that sent it.
        recipient: name of the agent it went to.
        headers: how often its header was printed.
        content: what it says, without colours.
        calls: tool calls in it.
        response: set when it is the response of a tool.
    """

    at: int
    sender: str
    recipient: str
    headers: int
    content: str
    calls: tuple[PrintedCall, ...] = ()
    response: PrintedResponse | None = None


@dataclass(frozen=True, slots=True)
class Banner:
    """A chat that begins.

    Attributes:
        at: offset in the text.
        message: its first message, where the banner shows it.
    """

    at: int
    message: str | None = None


@dataclass(slots=True)
class _Part:
    start: re.Match[str]
    body: str
    headers: int = field(default=1)


def has_messages(text: str) -> bool:
    """Tell whether a text holds a header of a message, or a banner of a chat."""
    return any(True for _ in _starts(text))


def read_console(text: str) -> list[Printed | Banner]:
    """Return the messages and the beginnings of chats in a console text, in its order."""
    starts = list(_starts(text))
    parts: list[_Part] = []
    for start, following in zip_longest(starts, starts[1:]):
        end = len(text) if following is None else following.start()
        part = _Part(start, text[start.end() : end])
        if parts and _is_doubled(parts[-1], part):
            # The outer header of a response; the message is printed under the inner one.
            part.headers += parts.pop().headers
        parts.append(part)
    return [_read(part) for part in parts]


def _starts(text: str) -> Iterator[re.Match[str]]:
    headers: Sequence[re.Match[str]] = list(_coloured_header.finditer(text))
    if not headers and _end_of_message.search(text):
        headers = list(_plain_header.finditer(text))
    yield from sorted([*headers, *_banner.finditer(text)], key=lambda match: match.start())


def _is_doubled(outer: _Part, inner: _Part) -> bool:
    is_header = outer.start.re is not _banner and inner.start.re is outer.start.re
    return is_header and not outer.body.strip() and outer.start.groups() == inner.start.groups()


def _read(part: _Part) -> Printed | Banner:
    if part.start.re is _banner:
        message = _banner_message.match(_colour.sub("", part.body))
        return Banner(part.start.start(), message and message[1])
    body = _body(part.body)
    response = _response.search(body)
    if response is not None:
        by_id = response["kind"] == "tool"
        return _printed(
            part,
            response["content"],
            response=PrintedResponse(
                id=response["named"] if by_id else None, name=None if by_id else response["named"]
            ),
        )
    calls = list(_call.finditer(body))
    content = body[: calls[0].start()] if calls else body
    return _printed(
        part,
        content.strip("\n"),
        tuple(PrintedCall(call["name"], call["id"], call["arguments"].strip()) for call in calls),
    )


def _printed(
    part: _Part,
    content: str,
    calls: tuple[PrintedCall, ...] = (),
    response: PrintedResponse | None = None,
) -> Printed:
    return Printed(
        at=part.start.start(),
        sender=part.start["sender"],
        recipient=part.start["recipient"],
        headers=part.headers,
        content=content,
        calls=calls,
        response=response,
    )


def _body(text: str) -> str:
    """Return the message in the text between its header and the next one."""
    plain = _colour.sub("", text)
    # The last line of dashes: what stands before it may hold such a line itself.
    ends = list(_end_of_message.finditer(plain))
    return (plain[: ends[-1].start()] if ends else plain).strip("\n")
