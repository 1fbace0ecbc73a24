"""What AG2 subscribes to a stream in every turn, without looking at its parameters every time.

In each turn AG2 subscribes new closures of the same few functions of its own, and each time has
``fast_depends`` make a pydantic model of the parameters. That takes longer than all the rest of a
turn. The parameters are the same for closures of the same code, so the model made first serves.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from inspect import iscoroutinefunction
from types import FunctionType, MethodType
from typing import Any, NamedTuple

from ag2.utils import build_model
from fast_depends.core import CallModel


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
