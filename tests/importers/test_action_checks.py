"""The actions a τ² task expects, judged by the recorded calls, out of the progress read model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from retold.domain.plan.commands import CreatePlan
from retold.domain.plan.decider import plans
from retold.domain.plan.state import Plans
from retold.domain.plan.step import StepDraft
from retold.domain.recording import conversation_stream
from retold.errors import PlanExists, SessionNotFound
from retold.importers import export_session, import_paths
from retold.importers.action_checks import (
    ActionCheck,
    plan_of_action_checks,
    record_action_checks,
)
from retold.projections.keeping.catch_up import current
from retold.projections.models.plan_progress import plan_progress
from retold.projections.models.plan_table import plan_rows, plan_step_rows
from retold.store import EventStore, open_store
from tests.importers.test_real_totals import airline, retail


async def recorded_in(store: EventStore, path: Path) -> list[ActionCheck]:
    report = await import_paths(store, [path])
    assert report.ok, report.errors
    sessions = report.files[0].imported
    return [check for s in sessions for check in await record_action_checks(store, s)]


async def steps_by_status(store: EventStore) -> dict[tuple[str, str], int]:
    """Return how many steps there are of each status and verdict, by the read model."""
    table = (await current(store, plan_progress))[plan_step_rows]
    columns = (table.c.status, table.c.verdict)
    async with store.connection() as connection:
        found = await connection.execute(sa.select(*columns, sa.func.count()).group_by(*columns))
    return {(status, verdict): count for status, verdict, count in found}


@pytest.mark.parametrize(
    ("file", "met", "unmet", "plans"), [(retail, 164, 22, 40), (airline, 36, 25, 18)]
)
async def test_real_actions_are_met_by_the_recorded_calls(
    shared_data: Path, file: str, met: int, unmet: int, plans: int
) -> None:
    async with await open_store("sqlite:///:memory:") as store:
        checks = await recorded_in(store, shared_data / file)
        assert await steps_by_status(store) == {("met", "met"): met, ("open", "not_met"): unmet}
        table = (await current(store, plan_progress))[plan_rows]
        async with store.connection() as connection:
            sums = sa.select(sa.func.count(), sa.func.sum(table.c.done), sa.func.sum(table.c.steps))
            assert (await connection.execute(sums)).one() == (plans, met, met + unmet)
        # Only now are the set's own flags looked at: every one is there, and none disagrees.
        assert [check for check in checks if check.flag is None or not check.agrees] == []

        # What was imported is as it was: given back as it came, and known when it comes again.
        source = json.loads((shared_data / file).read_text())["simulations"]
        for simulation in source[:5]:
            assert await export_session(store, simulation["id"], "source") == simulation
        again = await import_paths(store, [shared_data / file])
        assert (again.ok, again.files[0].imported) == (True, ())


def simulation(*calls: dict[str, Any], actions: list[Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": None, "tool_calls": list(calls)}
    results = [{"role": "tool", "id": call["id"], "content": "ok"} for call in calls]
    return {
        "info": {},
        "tasks": [],
        "simulations": [
            {
                "id": "s",
                "task_id": "7",
                "messages": [{"role": "user", "content": "hello"}, message, *results],
                "reward_info": {"action_checks": actions},
            }
        ],
    }


def action(name: str, *, flag: bool | None = None, **fields: Any) -> dict[str, Any]:
    return {"action": {"name": name, **fields}, "action_match": flag}


def called(name: str, **arguments: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "arguments": arguments, "requestor": "assistant"}


async def checks_of(store: EventStore, tmp_path: Path, document: dict[str, Any]) -> Any:
    path = tmp_path / "tau2.json"
    path.write_text(json.dumps(document))
    return await recorded_in(store, path)


async def test_all_arguments_count_or_those_named(store: EventStore, tmp_path: Path) -> None:
    document = simulation(
        called("refund", order="A", amount=1, note="x"),
        called("close", order="A", final=1),
        actions=[
            action("refund", arguments={"order": "A", "amount": 1.0}),
            action("refund", arguments={"order": "A", "amount": 1.0, "note": "x"}, flag=False),
            action("refund", arguments={"order": "A", "note": "y"}, compare_args=["order"]),
            action("refund", arguments={"order": "B"}, compare_args=[]),
            action("close", arguments={"order": "A", "final": True}),
            action("never", arguments={}, flag=False),
        ],
    )
    checks = await checks_of(store, tmp_path, document)
    assert [check.met for check in checks] == [False, True, True, True, False, False]
    # The set says that the second was not: that is reported, and changes nothing.
    assert [check.step for check in checks if not check.agrees] == ["2"]
    assert (await steps_by_status(store))["met", "met"] == 3


async def test_recorded_once_more_nothing_is_added(store: EventStore, tmp_path: Path) -> None:
    document = simulation(called("find", id=1), actions=[action("find", arguments={"id": 1})])
    checks = await checks_of(store, tmp_path, document)
    head = await store.head(conversation_stream("s"))
    assert list(await record_action_checks(store, "s")) == checks
    assert await store.head(conversation_stream("s")) == head
    events = [event async for event in store.read_stream(conversation_stream("s"))]
    added = [event.type for event in events if event.type.startswith("plan.")]
    assert added == ["plan.created", "plan.step_evaluated", "plan.completed"]
    (evaluated,) = (event for event in events if event.type == "plan.step_evaluated")
    assert events[evaluated.data["evidence"] - 1].data["calls"][0]["name"] == "find"


async def test_a_plan_of_somebody_else_is_not_taken_for_it(
    store: EventStore, tmp_path: Path
) -> None:
    document = simulation(called("find", id=1), actions=[action("find", arguments={"id": 1})])
    path = tmp_path / "tau2.json"
    path.write_text(json.dumps(document))
    await import_paths(store, [path])
    stream = conversation_stream("s")
    theirs = plans.decide(
        CreatePlan(plan="action_checks", goal="mine", steps=(StepDraft(description="x"),) * 2),
        Plans(),
    )
    head = await store.head(stream)
    news = [event.to_new_event(metadata={"session": "s"}) for event in theirs]
    await store.append(stream, news, expected_version=head.version if head else 0)
    with pytest.raises(PlanExists, match="mine"):
        await record_action_checks(store, "s")


@pytest.mark.parametrize(
    "reward", [None, 7, {}, {"action_checks": None}, {"action_checks": [None, 1, {"action": []}]}]
)
async def test_without_actions_there_is_no_plan(reward: object) -> None:
    assert plan_of_action_checks({"reward_info": reward}) == ()


async def test_an_unknown_session_is_said_to_be_so(store: EventStore) -> None:
    with pytest.raises(SessionNotFound):
        await record_action_checks(store, "nobody")
