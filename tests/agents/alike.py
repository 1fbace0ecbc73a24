"""Events through the log and back, and whether they came back as they were."""

from __future__ import annotations

from typing import Any

from ag2.events import (
    BaseEvent,
    ToolResult,
)

from retold.agents.codec import (
    decode_event,
    encode_event,
    event_codec,
)
from retold.store.codec import JSONObject, dumps, loads


def through_json(event: BaseEvent) -> BaseEvent:
    return decode_event(json_object(encode_event(event)))


def json_object(record: JSONObject) -> JSONObject:
    value = loads(dumps(record))
    assert isinstance(value, dict)
    return value


def public_state(event: BaseEvent) -> dict[str, Any]:
    return {name: value for name, value in vars(event).items() if not name.startswith("_")}


def assert_alike(left: Any, right: Any) -> None:
    """The same types and values all the way down, where AG2's own ``==`` looks at identity."""
    assert type(left) is type(right)
    if isinstance(left, BaseEvent):
        assert_alike(public_state(left), public_state(right))
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key, value in left.items():
            assert_alike(value, right[key])
    elif isinstance(left, list | tuple):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_alike(one, other)
    elif isinstance(left, ToolResult):
        assert_alike(left.parts, right.parts)
        assert (left.final, left.metadata) == (right.final, right.metadata)
    elif isinstance(left, BaseException):
        assert str(left) == str(right)
        assert_alike(left.args, right.args)
        assert vars(left) == vars(right)
    elif "__eq__" not in {name for cls in type(left).__mro__[:-1] for name in vars(cls)}:
        assert event_codec.encode(left) == event_codec.encode(right)
    else:
        assert left == right
