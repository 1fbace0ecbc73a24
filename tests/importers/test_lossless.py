"""What goes in comes out: any JSON in any field, in its order, equal to the last bit."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retold.importers import export_session, import_paths
from retold.store import EventStore
from tests.importers.recordings import simulations, size_of, write

# Lone surrogates, NUL, huge integers, NaN: JSON as Python writes it may hold them all.
texts = st.text(st.characters(exclude_categories=[]), max_size=8)
names = texts | st.sampled_from(["$", "$ref", "", "content", "role", "None", "0"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars | st.integers(-(2**100), 2**100),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
contents = st.none() | texts | st.lists(values, max_size=2)
maybe_text = st.none() | texts


def shuffled(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Build objects with these fields and unknown ones, in any order."""
    known = set(required) | set(optional)
    unknown = st.dictionaries(names.filter(lambda name: name not in known), values, max_size=2)
    fields = st.fixed_dictionaries(required, optional=optional)
    merged = st.builds(lambda more, own: more | own, unknown, fields)
    return merged.flatmap(lambda made: st.permutations(list(made.items())).map(dict))


roles = st.sampled_from(["system", "user", "assistant", "tool", "tool"]) | texts.filter(bool)
arguments = st.none() | texts | st.dictionaries(names, values, max_size=2)
ids = st.none() | texts | st.sampled_from(["x", "y"])

functions = shuffled({"name": texts.filter(bool)}, {"arguments": arguments})
openai_calls = shuffled({"function": functions}, {"id": ids, "type": values})
openai_messages = shuffled(
    {"role": roles},
    {
        "content": contents,
        "tool_calls": st.none() | st.lists(openai_calls, max_size=3),
        "tool_call_id": ids,
        "name": maybe_text,
    },
)
trajectories = shuffled(
    {
        "task_id": st.integers() | st.sampled_from(["a", "b c"]),
        "trial": st.integers(),
        "traj": st.lists(openai_messages, max_size=5),
    },
    {"reward": values, "info": values},
)

tau2_calls = shuffled(
    {"name": texts.filter(bool)}, {"id": ids, "arguments": arguments, "requestor": maybe_text}
)
counts = st.none() | st.integers(0, 2**62)
times = st.none() | st.datetimes().map(lambda time: time.isoformat())
tau2_messages = shuffled(
    {"role": roles},
    {
        "content": contents,
        "tool_calls": st.none() | st.lists(tau2_calls, max_size=3),
        "id": ids,
        "error": st.none() | st.booleans(),
        "timestamp": times,
        "cost": st.none() | st.floats(-1e9, 1e9) | st.integers(0, 5),
        "usage": st.none() | shuffled({}, {"prompt_tokens": counts, "completion_tokens": counts}),
    },
)
tau2_simulations = shuffled(
    {"id": st.sampled_from(["a", "b c"]), "messages": st.lists(tau2_messages, max_size=5)},
    {
        "start_time": times,
        "end_time": times,
        "termination_reason": maybe_text,
        "task_id": maybe_text.filter(lambda text: text != ""),
    },
)

prefixes = (f"{number}/" for number in count())
on_one_log = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def check_round_trip(store: EventStore, path: Path, document: Any, record: Any) -> None:
    # json.dumps tells 1 from 1.0 and true, and NaN equals itself in it; so does the order of keys.
    write(path, document)
    prefix = next(prefixes)
    report = await import_paths(store, [path], prefix=prefix)
    assert report.ok, report.errors
    (session,) = report.files[0].imported
    exported = await export_session(store, session, "source")
    assert json.dumps(exported) == json.dumps(record)
    size = await size_of(store)
    assert (await import_paths(store, [path], prefix=prefix)).unchanged == 1
    assert await size_of(store) == size
    json.dumps(await export_session(store, session, "messages"))
    json.dumps(await export_session(store, session, "events"))


@on_one_log
@given(record=trajectories)
async def test_any_trajectory_comes_back(store: EventStore, tmp_path: Path, record: Any) -> None:
    await check_round_trip(store, tmp_path / "a.json", [record], record)


@on_one_log
@given(record=tau2_simulations, info=st.dictionaries(names, values, max_size=3))
async def test_any_simulation_comes_back(
    store: EventStore, tmp_path: Path, record: Any, info: Any
) -> None:
    await check_round_trip(store, tmp_path / "a.json", simulations(record, info=info), record)


@on_one_log
@given(record=trajectories)
async def test_messages_of_a_trajectory_come_back_as_messages(
    store: EventStore, tmp_path: Path, record: Any
) -> None:
    path = write(tmp_path / "a.json", [record])
    report = await import_paths(store, [path], prefix=next(prefixes))
    exported = await export_session(store, report.files[0].imported[0], "messages")
    assert json.dumps(exported) == json.dumps(record["traj"])
