"""Which chat a printed message belongs to, and which chat another one hangs in.

The console says where a chat begins, and nowhere that it ends. The first message after a banner
opens its chat, and the agents of that message are the chat's. A later message belongs to the chat
its two agents spoke in last, else to the group chat whose manager is one of them, else to the
cell's own conversation. A chat hangs in the one that goes on after it, else in the cell's own.
Where two chats of the same agents run at once, the text does not tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from retold.importers.formats.autogen_notebook.console import Banner, Printed


@dataclass(slots=True, eq=False)
class Chat:
    """A chat of a cell.

    Attributes:
        at: offset of its banner in the text; -1 for the cell's own conversation.
        objective: the first message, where the banner shows it.
        messages: in order.
    """

    at: int
    objective: str | None = None
    messages: list[Printed] = field(default_factory=list)

    @property
    def agents(self) -> frozenset[str]:
        """The two agents of the first message; none before it."""
        return frozenset(_agents(self.messages[0])) if self.messages else frozenset()

    @property
    def manager(self) -> str | None:
        """Who got the first message: in a group chat, whom all messages go to."""
        return self.messages[0].recipient if self.messages else None

    def said_before(self, at: int) -> int:
        """Return how many of its messages stand before a place in the text."""
        return sum(message.at < at for message in self.messages)


def sort_into_chats(printed: Sequence[Printed | Banner]) -> list[Chat]:
    """Return the chats of a cell: its own conversation, then each that began in it, in order."""
    chats = [Chat(-1)]
    for entry in printed:
        if isinstance(entry, Banner):
            chats.append(Chat(entry.at, entry.message))
        else:
            _chat_of(entry, chats).messages.append(entry)
    return chats


def parent_of(chat: Chat, chats: Sequence[Chat]) -> Chat:
    """Return the chat another one hangs in: the one last spoken in that goes on after it."""
    around = [
        other
        for other in chats
        if other is not chat and 0 < other.said_before(chat.at) < len(other.messages)
    ]
    return max(
        around,
        key=lambda other: other.messages[other.said_before(chat.at) - 1].at,
        default=chats[0],
    )


def _chat_of(message: Printed, chats: Sequence[Chat]) -> Chat:
    waiting = [chat for chat in chats[1:] if not chat.messages]
    opened = [
        *(c for c in waiting if c.objective and message.content.startswith(c.objective)),
        *(c for c in waiting if not c.objective),
    ]
    begun = [chat for chat in reversed(chats) if chat.messages]
    of_both = [chat for chat in begun if chat.agents == frozenset(_agents(message))]
    of_group = [chat for chat in begun if chat.manager in _agents(message)]
    return next(iter([*opened, *of_both, *of_group, *waiting]), chats[0])


def _agents(message: Printed) -> tuple[str, str]:
    return message.sender, message.recipient
