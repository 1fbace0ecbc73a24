"""A projection that takes no conversation of one id, for commands that append past it."""

from __future__ import annotations

from typing import ClassVar

from sqlmodel import Field, SQLModel

from retold.domain.event import RecordedEvent
from retold.domain.recording import ConversationStarted
from retold.projections.projection import Projection

refused = "conversation-1#0"


class Begun(SQLModel, table=True):
    """A conversation that began."""

    __tablename__: ClassVar[str] = "begun"

    stream: str = Field(primary_key=True)


def begin(_: object, event: RecordedEvent) -> Begun:
    """Take a conversation, or refuse it."""
    if event.stream == refused:
        raise ValueError("not this one")
    return Begun(stream=event.stream)


picky = Projection.of_rows(
    "picky",
    version=1,
    types=[ConversationStarted.type],
    row=Begun,
    key=lambda event: event.stream,
    evolve=begin,
)
