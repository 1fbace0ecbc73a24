"""Who uses a session in this process: a turn, or a single write outside of turns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum

from retold.agents.conversation import Conversation
from retold.agents.scope import is_within_turn
from retold.agents.turn import Turn


class Use(Enum):
    """What a session is used for."""

    ASKED_TURN = "a turn that was asked for"
    IMPLICIT_TURN = "a turn that AG2 began"
    WRITE = "a single write outside of turns"


@dataclass(eq=False, slots=True)
class Claim:
    """One use of a session, from before its lease is taken until after it is given back.

    Attributes:
        use: what for.
        turn: the turn, once it has the lease.
        is_sending: of an implicit turn: one of the events it is made of is being sent.
        settled: set once the session is held, or is not going to be.
        over: set at the end.
    """

    use: Use
    turn: Turn | None = None
    is_sending: bool = True
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def hold(self, conversation: Conversation, turn: Turn | None) -> None:
        """Keep others out of ``conversation``, now that the lease is taken."""
        self.turn = turn
        # Of a turn whose end could not be recorded, either.
        conversation.forget_waiting()
        conversation.guard.hold(
            None if turn is None else turn.id, is_asked=self.use is Use.ASKED_TURN
        )
        self.settled.set()

    @property
    def is_of_this_context(self) -> bool:
        """Whether what runs here was started by the turn, directly or not."""
        return self.turn is not None and is_within_turn(self.turn.id)

    @property
    def is_abandoned(self) -> bool:
        """Whether it is an implicit turn between two events.

        AG2 sends them without a pause, so whoever sees this is the next event, or AG2 gave up.
        """
        return self.use is Use.IMPLICIT_TURN and not self.is_sending

    @property
    def ends_by_itself(self) -> bool:
        """Whether it can be waited for: it ends without needing AG2's lock on the stream."""
        match self.use:
            case Use.WRITE:
                return True
            case Use.ASKED_TURN:
                return self.turn is not None and self.turn.is_executed
            case Use.IMPLICIT_TURN:
                return False
