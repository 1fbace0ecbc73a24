"""What keeps a turn from going on unrecorded.

AG2 shows a failing tool's error to the model and goes on, also when what failed was the recording
of the tool's call or result. So once an event of a turn could not be recorded, the turn takes no
more: the next thing AG2 wants recorded raises, and there is always one before the next model call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from retold.agents.lineage import conversations_above
from retold.errors import TurnAborted

T = TypeVar("T")

Exclusive = Callable[[bool], AbstractAsyncContextManager[None]]
"""Keeps other processes out of a conversation; True to wait for them, False to raise."""


class TurnGuard:
    """Whether a conversation's turn can still be recorded, and whether others are kept out of it.

    Attributes:
        stream: name of the conversation's stream.
        turn: id of the turn that holds the conversation; None when none does.
        is_held: whether this process keeps others out, so that reads need not check.
        is_asked: whether the turn was asked for, and records its end however it ends.
        refusal: why no more events of the turn are taken; None while they are.
    """

    def __init__(self, stream: str) -> None:
        """Store the name of the stream."""
        self.stream = stream
        self.turn: str | None = None
        self.is_held = False
        self.is_asked = False
        self.refusal: Exception | None = None

    def hold(self, turn: str | None, *, is_asked: bool = False) -> None:
        """Begin a turn, now that others are kept out.

        Args:
            turn: its id; None for a single write outside of turns.
            is_asked: whether it was asked for.
        """
        self.is_held = True
        self.is_asked = is_asked
        self.turn = turn
        self.refusal = None

    def let_go(self) -> None:
        """End a turn."""
        self.is_held = self.is_asked = False
        self.turn = None

    def refuse(self, error: Exception) -> None:
        """Take no more events of this turn, because of ``error``."""
        self.refusal = error

    def check(self) -> None:
        """Do nothing, unless the turn can no longer be recorded.

        Raises:
            TurnAborted: when it cannot, or that of a conversation above that waits for it.
        """
        for guard in self._with_those_above():
            if guard.refusal is not None:
                raise TurnAborted(self.stream) from guard.refusal

    async def or_abort(self, work: Awaitable[T]) -> T:
        """Return what ``work`` returns; when it fails, take no more events.

        Raises:
            TurnAborted: from whatever ``work`` raised.
        """
        try:
            return await work
        except TurnAborted:
            raise
        except Exception as error:
            # A conversation that waits for this one would show the error to its model.
            for guard in self._with_those_above():
                guard.refuse(error)
            raise TurnAborted(self.stream) from error

    def _with_those_above(self) -> Iterator[TurnGuard]:
        yield self
        for conversation in conversations_above():
            if conversation.guard is not self:
                yield conversation.guard
