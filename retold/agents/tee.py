"""A context that keeps what a model's client publishes."""

from __future__ import annotations

import dataclasses
from typing import Self

from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelMessage, ModelMessageChunk, ModelReasoning

_texts = (ModelMessage, ModelMessageChunk, ModelReasoning)


class TeeContext(ConversationContext):
    """A context that also keeps what the client publishes: chunks, reasoning, builtin calls."""

    __slots__ = ("_holds", "_outer", "published")
    _outer: ConversationContext
    _holds: bool
    published: list[BaseEvent]

    @classmethod
    def of(cls, outer: ConversationContext, *, holds: bool = False) -> Self:
        """Return such a context.

        Args:
            outer: where what is published goes.
            holds: keep texts back until :meth:`release`.
        """
        values = {f.name: getattr(outer, f.name) for f in dataclasses.fields(ConversationContext)}
        tee = cls(**values)
        tee._outer = outer
        tee._holds = holds
        tee.published = []
        return tee

    async def send(self, event: BaseEvent) -> None:
        """Keep an event, and publish it unless it is held back."""
        self.published.append(event)
        if not (self._holds and isinstance(event, _texts)):
            await self._outer.send(event)

    async def release(self, instead: ModelMessage | None) -> None:
        """Publish what was held back.

        Args:
            instead: published in place of all of it; None when it is as it was.
        """
        held = [event for event in self.published if isinstance(event, _texts)]
        for event in held if instead is None else [instead]:
            await self._outer.send(event)
