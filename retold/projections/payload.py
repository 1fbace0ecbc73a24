"""What AG2's recorded events hold, read as plain JSON: no ag2, no classes, nothing is built.

A payload may have been written by a later release or hold a value the codec could only mark, so
everything here accepts any JSON and never raises.
"""

from __future__ import annotations

import json
import math
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Context, Decimal

from retold.domain.event import JsonObject
from retold.store.codec import made_plain

model_request_types = frozenset({"ag2.ModelRequest", "ag2.DrainedModelRequest"})
error_result_types = frozenset({"ag2.ToolErrorEvent", "ag2.ToolNotFoundEvent"})
loose_result_types = error_result_types | {"ag2.ToolResultEvent"}
batched_results_type = "ag2.ToolResultsEvent"

# More tokens than one model call can take; beyond it a count is no count, and a column overflows.
_most_tokens = 2**40
_most_dollars = 10**9
# The default context would round a sum to 28 digits; costs as floats show up to 17 each.
_exact = Context(prec=100)


def type_of(payload: JsonObject) -> str:
    """Return the stable type name of an encoded event; empty when it has none."""
    name = payload.get("$")
    return name if isinstance(name, str) else ""


def mapping_of(value: object) -> JsonObject:
    """Return ``value`` when it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def objects_of(value: object) -> Iterator[JsonObject]:
    """Yield the objects of an array; nothing when ``value`` is none."""
    if isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, Mapping))


def calls_of(response: JsonObject) -> tuple[JsonObject, ...]:
    """Return the tool calls of an ``ag2.ModelResponse``, in order."""
    return tuple(objects_of(mapping_of(response.get("tool_calls")).get("calls")))


def results_of(event: JsonObject) -> tuple[JsonObject, ...]:
    """Return the tool results in an event: itself when it is one, those of a batch, or none."""
    name = type_of(event)
    if name in loose_result_types:
        return (event,)
    if name == batched_results_type:
        return tuple(objects_of(event.get("results")))
    return ()


def call_id(event: JsonObject, field: str) -> str:
    """Return the id in a field of a call or a result, as text to compare."""
    return plain_text(event.get(field))


def imported_call_id(number: int) -> str:
    """Return the id AG2 knows an imported call by, when an agent goes on with its conversation.

    Args:
        number: ordinal of the call among all calls of the conversation, from 0.
    """
    return f"call_{number}"


def message_text(response: JsonObject) -> str | None:
    """Return the text of an ``ag2.ModelResponse``; None when it has no message."""
    message = response.get("message")
    return plain_text(message.get("content")) if isinstance(message, Mapping) else None


def parts_text(parts: object) -> str:
    """Return inputs to a model, or a tool's result, as text: a line for each part."""
    return "\n".join(_part_text(part) for part in objects_of(parts))


def result_text(result: JsonObject) -> str:
    """Return the text of a tool result."""
    return parts_text(mapping_of(result.get("result")).get("parts"))


def _part_text(part: JsonObject) -> str:
    match type_of(part):
        case "ag2.TextInput":
            return plain_text(part.get("content"))
        case "ag2.DataInput":
            return plain_text(part.get("data"))
        case "ag2.UrlInput":
            return f"[{plain_text(part.get('url'))}]"
        case "ag2.FileIdInput":
            return f"[file {plain_text(part.get('file_id'))}]"
        case "ag2.BinaryInput":
            return f"[binary {plain_text(part.get('media_type'))}]"
        case _:
            return plain_text(part)


def plain_text(value: object) -> str:
    """Return text as it is, nothing for null, and any other JSON as compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Mapping) and value.get("$") == "str":
        # The codec's form of text that databases refuse.
        with suppress(ValueError):
            return b64decode(str(value.get("base64"))).decode("utf-8", "surrogatepass")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def printable(value: object) -> str | None:
    """Return text that every database column takes; None unless ``value`` is text."""
    return made_plain(value) if isinstance(value, str) else None


def token_count(value: object) -> int | None:
    """Return a count of tokens; None when ``value`` is no plausible one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value <= _most_tokens else None


def dollars(value: object) -> Decimal | None:
    """Return a cost as the decimal a float shows as; None when ``value`` is no plausible one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Decimal(repr(value)) if 0 <= value <= _most_dollars else None


def added_count(total: int | None, value: int | None) -> int | None:
    """Return the sum of what is known: unknown plus unknown stays unknown."""
    if value is None:
        return total
    return value if total is None else total + value


def added_dollars(total: Decimal | None, value: Decimal | None) -> Decimal | None:
    """Return the exact sum of what is known: unknown plus unknown stays unknown."""
    if value is None:
        return total
    return value if total is None else _exact.add(total, value)


def whole_number(value: object) -> int | None:
    """Return a number that a column holds; None when ``value`` is no whole one."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < 2**63 else None


def moment_of(value: object) -> datetime | None:
    """Return a time in a payload in UTC; None when ``value`` is none. Without a zone it is UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number_of(value: object) -> float | None:
    """Return a number in a payload; None when ``value`` is no finite one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
