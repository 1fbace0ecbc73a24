"""A context that keeps what a model's client publishes."""

from __future__ import annotations

import dataclasses
from typing import Self

from ag2.context import ConversationContext
from ag2.events import BaseEvent


class TeeContext(ConversationContext):
    """A context that also keeps what the client publishes: chunks, reasoning, builtin calls."""

    __slots__ = ("_outer", "published")
    _outer: ConversationContext
    published: list[BaseEvent]

    @classmethod
    def of(cls, outer: ConversationContext) -> Self:
        values = {f.name: getattr(outer, f.name) for f in dataclasses.fields(ConversationContext)}
        tee = cls(**values)
        tee._outer = outer
        tee.published = []
        return tee

    async def send(self, event: BaseEvent) -> None:
        self.published.append(event)
        await self._outer.send(event)
