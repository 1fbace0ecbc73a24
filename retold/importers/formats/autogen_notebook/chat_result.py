"""``ChatResult(...)`` as a notebook shows it, read as Python's syntax and never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retold.importers.source import Usage, unknown_usage

_class = "ChatResult"
# Beyond it a number is no count and no amount.
_too_many = 1e15


@dataclass(frozen=True, slots=True)
class ChatResult:
    """The result of a chat.

    Attributes:
        history: its messages, in OpenAI's form.
        usage: what its agents used, answers from AutoGen's cache included.
    """

    history: list[Any]
    usage: Usage


def shows_chat_result(text: str) -> bool:
    """Tell whether a shown value begins with a ``ChatResult``, or a list or dict of them."""
    return f"{_class}(" in text and text.lstrip()[:1] in (_class[0], "[", "{", "(")


def read_chat_results(text: str) -> list[ChatResult]:
    """Return the results in a shown value: one, or those of a list, tuple or dict.

    Raises:
        ValueError: when it is no Python, or a part of a result is no literal.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return [_read(call) for call in _calls(tree.body)]
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from error
    except (RecursionError, MemoryError) as error:
        raise ValueError("it is nested too deeply") from error


def _calls(node: ast.expr) -> Iterator[ast.Call]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name == _class:
            yield node
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
            for part in parts:
                yield from _calls(part)
        case _:
            return


def _read(call: ast.Call) -> ChatResult:
    values = {keyword.arg: keyword.value for keyword in call.keywords}
    history = _literal(values.get("chat_history"))
    if not isinstance(history, list):
        raise ValueError("chat_history is no list")
    return ChatResult(history, _usage(_literal(values.get("cost"))))


def _literal(node: ast.expr | None) -> Any:
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError) as error:
        raise ValueError(f"a part of it is no literal ({error})") from error


def _usage(cost: Any) -> Usage:
    match cost:
        case (dict(including_cache), *_) | {"usage_including_cached_inference": including_cache}:
            pass
        case _:
            return unknown_usage
    if not isinstance(including_cache, dict):
        return unknown_usage
    models = [model for model in including_cache.values() if isinstance(model, dict)]
    total = including_cache.get("total_cost")
    return Usage(
        prompt_tokens=_sum(models, "prompt_tokens"),
        completion_tokens=_sum(models, "completion_tokens"),
        cost_usd=float(total) if isinstance(total, int | float) and _is_count(total) else None,
    )


def _sum(models: list[dict[Any, Any]], name: str) -> int | None:
    counts: list[Any] = [model[name] for model in models if name in model]
    known = [count for count in counts if isinstance(count, int) and _is_count(count)]
    return sum(known) if known and len(known) == len(counts) else None


def _is_count(number: float) -> bool:
    return not isinstance(number, bool) and 0 <= number < _too_many
