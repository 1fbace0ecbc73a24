"""Who is told what is published to a session's stream, as ``ag2.MemoryStream`` would tell them.

It is done here because in each turn AG2 subscribes new closures of the same few functions of its
own, and each time has ``fast_depends`` make a pydantic model of the parameters, which takes longer
than all the rest of a turn. The parameters are the same for closures of the same code, so the model
made first serves.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from copy import copy
from inspect import iscoroutinefunction
from types import FunctionType, MethodType
from typing import Any, NamedTuple
from uuid import uuid4

from ag2.context import ConversationContext, SubId
from ag2.events import BaseEvent
from ag2.events.conditions import Condition
from ag2.utils import CONTEXT_OPTION_NAME, build_model
from fast_depends.core import CallModel


class _Subscription(NamedTuple):
    condition: Condition | None
    model: CallModel

    def wants(self, event: BaseEvent) -> bool:
        """Return whether it is to be told of an event."""
        return self.condition is None or bool(self.condition(event))

    async def tell(self, event: BaseEvent, context: ConversationContext) -> Any:
        """Call it with an event and what it depends on; return what it returns."""
        told: Any = event  # asolve says its arguments are tuples, and means that there are some
        options: dict[str, Any] = {CONTEXT_OPTION_NAME: context}
        async with AsyncExitStack() as stack:
            return await self.model.asolve(
                told,
                cache_dependencies={},
                stack=stack,
                dependency_provider=context.dependency_provider,
                **options,
            )


class Subscribers:
    """The subscribers of one stream: those that may interrupt first, each in order."""

    def __init__(self) -> None:
        """Begin with none."""
        self._interrupting: dict[SubId, _Subscription] = {}
        self._listening: dict[SubId, _Subscription] = {}

    def add(
        self,
        function: Callable[..., Any],
        *,
        interrupt: bool,
        sync_to_thread: bool,
        condition: Condition | None,
    ) -> SubId:
        """Have a function called with what is published; arguments as of ``MemoryStream``."""
        model = subscriber(function) or build_model(
            function, sync_to_thread=sync_to_thread, serialize_result=False
        )
        subscription = uuid4()
        among = self._interrupting if interrupt else self._listening
        among[subscription] = _Subscription(condition, model)
        return subscription

    def remove(self, subscription: SubId) -> None:
        """Call a function no more; nothing happens when it is not subscribed."""
        self._interrupting.pop(subscription, None)
        self._listening.pop(subscription, None)

    async def tell(self, event: BaseEvent, context: ConversationContext) -> None:
        """Tell all of them of an event, or of what one that interrupts has made of it.

        Args:
            event: is told to nobody else once one that interrupts returns nothing.
            context: of the turn.

        Raises:
            Exception: what a subscriber raises.
        """
        for one in tuple(self._interrupting.values()):
            if one.wants(event):
                instead = await one.tell(event, context)
                if not instead:
                    return
                event = instead
        for one in tuple(self._listening.values()):
            if one.wants(event):
                await one.tell(event, context)


class _Known(NamedTuple):
    """What was made of a function.

    Attributes:
        parameters: their annotations and defaults, on which what was made depends.
        model: to be copied; it calls nothing.
    """

    parameters: tuple[object, ...]
    model: CallModel


# By code: AG2's own, of which there is a fixed number.
_known: dict[object, _Known] = {}


def subscriber(function: Callable[..., Any]) -> CallModel | None:
    """Return what AG2 would make of a function that is subscribed.

    Args:
        function: any.

    Returns:
        None when the function is not one of AG2's own, and may be like no other.
    """
    plain = function.__func__ if isinstance(function, MethodType) else function
    if not isinstance(plain, FunctionType) or not _is_of_ag2(plain):
        return None
    parameters = (
        isinstance(function, MethodType),
        *plain.__annotations__.items(),
        *(plain.__defaults__ or ()),
        *(plain.__kwdefaults__ or {}).items(),
    )
    known = _known.get(plain.__code__)
    if known is None or known.parameters != parameters:
        model = copy(build_model(function, serialize_result=False))
        # It must not keep the turn alive that is subscribed first.
        model.call = _nothing
        known = _known[plain.__code__] = _Known(parameters, model)
    model = copy(known.model)
    model.call = function
    return model


def _is_of_ag2(function: FunctionType) -> bool:
    # Attributes may say that it is to be called in another way than it is written.
    is_plain = iscoroutinefunction(function) and not vars(function)
    return is_plain and function.__module__.partition(".")[0] == "ag2"


async def _nothing() -> None:
    """Stand in for a function."""
