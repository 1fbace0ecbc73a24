"""Types a shop might register, and strategies for everything the codec takes."""

from __future__ import annotations

import dataclasses
import enum
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, RootModel, SecretStr, computed_field

from retold.store.codec import (
    Codec,
    TypeRegistry,
    dumps,
    loads,
)
from retold.store.codec.scalars import scalar_decoders


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Permission(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass(frozen=True)
class Point:
    x: Any
    y: Any = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Counted:
    start: int
    total: int = dataclasses.field(init=False, default=0)


class Order(BaseModel):
    id: int
    placed: datetime
    color: Color
    tags: tuple[str, ...] = ()
    link: HttpUrl | None = None
    note: str = Field(default="", alias="theNote")
    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return 2 * self.id


class Numbers(RootModel[list[int]]):
    pass


class Account(BaseModel):
    key: SecretStr


class ShopError(Exception):
    def __init__(self, order: int, reason: str) -> None:
        super().__init__(f"order {order}: {reason}")
        self.order = order


def registered() -> Codec:
    registry = TypeRegistry()
    for cls in (Color, Level, Permission, Point, Counted, Order, Numbers, Account, ShopError):
        registry.register(f"shop.{cls.__name__}", cls)
    return Codec(registry)


codec = registered()
stranger = Codec(TypeRegistry())


def through_json(value: object, by: Codec = codec) -> Any:
    return by.decode(loads(dumps(by.encode(value))))


def same(left: object, right: object) -> bool:
    """Equal, and of the same types all the way down; NaN is NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return len(left) == len(right) and all(
            same(a, b) for a, b in zip(left.items(), right.items(), strict=True)
        )
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Point) and isinstance(right, Point):
        return same(left.x, right.x) and same(left.y, right.y)
    if isinstance(left, datetime | time) and isinstance(right, datetime | time):
        return (left.isoformat(), left.fold) == (right.isoformat(), right.fold)
    if isinstance(left, float | complex | Decimal):
        return repr(left) == repr(right)
    return left == right


def text_of_any_kind() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=()))


# Whole seconds: Python's own fromisoformat() takes an offset below one second for UTC.
zones = st.none() | st.integers(-86_399, 86_399).map(
    lambda seconds: timezone(timedelta(seconds=seconds))
)
hashable_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**63 - 2, max_value=2**64 + 2),
    st.floats(allow_nan=False),
    text_of_any_kind(),
    st.binary(),
    st.uuids(),
    st.datetimes(timezones=zones),
    st.builds(datetime.replace, st.datetimes(), fold=st.integers(0, 1)),
    st.dates(),
    st.times(timezones=zones),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.builds(Path, text_of_any_kind()),
    st.builds(PurePosixPath, text_of_any_kind()),
    st.builds(PureWindowsPath, text_of_any_kind()),
)
hashable = st.recursive(
    hashable_scalars,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
scalars = st.one_of(
    hashable_scalars,
    st.floats(),
    st.complex_numbers(),
    st.decimals(),
    st.binary().map(bytearray),
    st.sampled_from([*Color, *Level, Permission.READ | Permission.WRITE]),
)
keys = st.sampled_from(["$", "type", "items", "base64", "__dataclass__", "__bytes__"]) | hashable
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.sets(hashable, max_size=4),
        st.frozensets(hashable, max_size=4),
        st.dictionaries(keys, inner, max_size=4),
        st.builds(Point, inner, inner),
    ),
    max_leaves=12,
)
json_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(["unregistered", "shop.Point", "shop.Color", "builtins.OSError", "AAAA", "1"]),
)
record_keys = st.sampled_from(
    ["$", "type", "kind", "fields", "items", "base64", "iso", "fold", "text", "hex", "value",
     "message", "args", "notes", "attributes", "x", "y", "real", "imag", "flavour", "repr"]
)  # fmt: skip
tags = st.sampled_from(
    [
        *scalar_decoders,
        *["tuple", "set", "frozenset", "dict", "object", "unregistered", "exception"],
        *["shop.Point", "shop.Color", "shop.Order", "acme.Gone", "gone"],
    ]
)
json_values = st.recursive(
    json_leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text() | record_keys, inner, max_size=4),
        st.builds(
            lambda tag, fields: {**fields, "$": tag},
            tags | inner,
            st.dictionaries(record_keys, inner, max_size=5),
        ),
    ),
    max_leaves=15,
)
