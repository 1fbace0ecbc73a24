"""Event types of a shop that has been through three releases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from retold.domain.event import DomainEvent, EventRegistry, JsonObject, RecordedEvent
from retold.domain.upcasting import Upcasters


class OrderPlaced(DomainEvent):
    """An order was placed."""

    type: ClassVar[str] = "shop.order_placed"
    schema_version: ClassVar[int] = 3
    customer: str
    total_cents: int
    currency: str


class ParcelShipped(DomainEvent):
    """A parcel left; its first version was called shop.parcel_sent."""

    type: ClassVar[str] = "shop.parcel_shipped"
    schema_version: ClassVar[int] = 2
    parcel: str


def in_cents(data: JsonObject) -> JsonObject:
    """Version 1 had the total as a float."""
    kept = {key: value for key, value in data.items() if key != "total"}
    return kept | {"total_cents": round(data["total"] * 100)}


def with_currency(data: JsonObject) -> JsonObject:
    """Version 2 was of a shop that knew one currency."""
    return {**data, "currency": "EUR"}


def without_desk(metadata: JsonObject) -> JsonObject:
    """Version 2 named the desk in the metadata."""
    return {key: value for key, value in metadata.items() if key != "desk"}


def shop_upcasters() -> Upcasters:
    """Return the upcasters of all three releases."""
    upcasters = Upcasters()
    upcasters.register("shop.order_placed", 1, in_cents)
    upcasters.register("shop.order_placed", 2, with_currency, metadata=without_desk)
    upcasters.aliases("shop.order_made", "shop.order_placed")
    upcasters.register("shop.parcel_sent", 1, dict, to_type="shop.parcel_shipped")
    return upcasters


def shop_events() -> EventRegistry:
    """Return the registry of the newest release."""
    return EventRegistry(OrderPlaced, ParcelShipped, upcasters=shop_upcasters())


def recorded(
    type: str,  # noqa: A002 - the field's name
    schema_version: int,
    data: dict[str, Any],
    metadata: dict[str, Any] | None = None,
) -> RecordedEvent:
    """Return an event as a log might hold it."""
    return RecordedEvent(
        position=9,
        transaction_id=0,
        stream="order-1",
        version=4,
        event_id=UUID(int=7),
        type=type,
        schema_version=schema_version,
        data=data,
        metadata=metadata or {},
        correlation_id=None,
        causation_id=None,
        occurred_at=None,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
        tenant="default",
        digest=bytes(32),
    )
