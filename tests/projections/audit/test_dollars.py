"""The same dollars are the same number, whoever is asked for them, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from retold.cli.output import money
from retold.cli.query_records import cell_of
from retold.domain.recording import conversation_stream
from retold.projections.audit.audit import Audit
from retold.projections.audit.sql import run_sql
from retold.projections.audit.view import rounded
from retold.projections.models.session_list import find_session
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.projections.histories import message, started

later = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("costs", "shown"),
    [
        ((0.00098219999949,), 0.000982199999),
        ((0.1, 0.2), 0.3),
        ((0.0022580000000000004, 0.00225), 0.004508),
        ((1234.5,), 1234.5),
        ((0.0,), 0.0),
    ],
)
async def test_every_door_shows_one_value(
    store: EventStore, costs: tuple[float, ...], shown: float
) -> None:
    news = [started(), *(message("assistant", tokens=(1, 1), cost=cost) for cost in costs)]
    stream = conversation_stream("a")
    await store.append(stream, news, expected_version=ExpectedVersion.NO_STREAM)
    audit = Audit(store)
    for page in (
        await audit.cost("agent"),
        await audit.sessions(),
        await audit.state_as_of(later, clock="recorded"),
        await audit.delegation_tree("a"),
    ):
        (row,) = page.rows
        assert cell_of(row.cost_usd) == shown
    for view in ("sessions", "lineage", "usage"):
        ((found,),) = (await run_sql(store, f"SELECT cost_usd FROM {view}")).rows
        assert cell_of(found) == shown
    summary = await find_session(store, "a")
    assert summary is not None
    assert money(summary.cost_usd) == shown


@pytest.mark.parametrize(
    ("exact", "short"),
    [
        ("0.1000", "0.1"),
        ("100", "100"),
        ("0.0000000000004", "0"),
        ("9" * 20 + ".5", "9" * 20 + ".5"),
    ],
)
def test_dollars_are_rounded_without_zeros_behind(exact: str, short: str) -> None:
    assert str(rounded(Decimal(exact))) == short
