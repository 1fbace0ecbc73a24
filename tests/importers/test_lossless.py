"""What goes in comes out: any JSON in any field, in its order, equal to the last bit."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from retold.importers import export_session, import_paths
from retold.store import EventStore
from tests.examples import share
from tests.importers.recordings import notebook, said, shown, simulations, size_of, write

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
    max_examples=share(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# What the forms share, the first three have tried.
few_on_one_log = settings(on_one_log, max_examples=share(20))


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


# The other forms -------------------------------------------------------------------------------

chats = shuffled(
    {"messages": st.lists(openai_messages, min_size=1, max_size=4)},
    {"tools": values, "id": st.none() | st.integers()},
)

star_events = shuffled(
    {"Agent": texts.filter(bool), "Action": texts.filter(bool)},
    {
        "Text": maybe_text,
        "Task": maybe_text,
        "ActionLabel": maybe_text,
        "UnixTime": st.none() | st.integers(0, 2**31) | st.floats(0, 2**31),
        "Item": values,
    },
)
star_calls = shuffled(
    {"Agent": st.just("Wizard"), "Action": st.just("query"), "APIName": texts.filter(bool)},
    {"Constraints": values},
)
star_results = shuffled(
    {"Agent": st.just("KnowledgeBase"), "Action": st.just("return_item")},
    {"APIName": maybe_text, "Item": values, "Text": maybe_text},
)
dialogues = shuffled(
    {
        "DialogueID": st.integers() | st.just("a b"),
        "Events": st.lists(star_events | star_calls | star_results, max_size=5),
    },
    {"CompletionLevel": maybe_text, "Scenario": st.none() | shuffled({}, {"Happy": values})},
)

llm_messages = shuffled(
    {"type": texts.filter(bool) | st.sampled_from(["UserMessage", "AssistantMessage"])},
    {"content": st.none() | texts | st.lists(texts, max_size=2), "source": values},
)
llm_calls = shuffled(
    {
        "mode": values,
        "messages": st.lists(llm_messages, max_size=4),
        "response": shuffled(
            {"content": st.none() | texts},
            {
                "usage": shuffled({}, {"prompt_tokens": counts, "completion_tokens": counts}),
                "finish_reason": maybe_text,
                "cached": st.none() | st.booleans(),
            },
        ),
    },
    {"stream": values},
)

span_ids = st.sampled_from(["a", "b", "c", "d"])
moments = st.none() | st.datetimes().map(lambda time: f"{time.isoformat()}Z")
spans = shuffled(
    {"id": span_ids, "type": st.sampled_from(["SPAN", "TOOL", "GENERATION"]) | texts.filter(bool)},
    {
        "parentObservationId": st.none() | span_ids,
        "name": maybe_text,
        "level": maybe_text,
        "startTime": moments,
        "input": values,
        "output": values,
        "usageDetails": st.none() | shuffled({}, {"input": counts, "output": counts}),
        "costDetails": st.none() | shuffled({}, {"total": st.none() | st.floats(-1e9, 1e9)}),
    },
)
traces = shuffled(
    {
        "trace": shuffled({"id": st.just("t")}, {"timestamp": moments, "name": maybe_text}),
        "observations": st.lists(spans, max_size=4, unique_by=lambda span: span["id"]),
    },
    {},
)

class_paths = st.sampled_from(
    ["ag2.events.input_events.ModelRequest", "autogen.beta.events.types.ModelResponse", "shop.Sold"]
)
# What AG2 writes marks its own values by names such as these; they have tests of their own.
wire_values = values.filter(lambda value: "__" not in json.dumps(value))
wire_events = shuffled(
    {"__event__": class_paths},
    {
        "created_at": st.none() | st.floats(0, 2**31),
        "parts": st.lists(shuffled({"__event__": class_paths}, {"content": wire_values})),
    },
).filter(lambda event: json.dumps(event).count("__") == 2 * json.dumps(event).count("__event__"))
log_lines = shuffled(
    {"type": class_paths, "data": st.dictionaries(names, wire_values, max_size=3)}, {}
).map(lambda line: {"type": line["type"], "data": line["data"] | {"created_at": 1.5}})


@few_on_one_log
@given(record=chats)
async def test_any_chat_comes_back(store: EventStore, tmp_path: Path, record: Any) -> None:
    await check_round_trip(store, tmp_path / "a.json", record, record)


@few_on_one_log
@given(record=st.lists(openai_messages.filter(lambda m: "content" in m), min_size=1, max_size=4))
async def test_any_list_of_messages_comes_back(
    store: EventStore, tmp_path: Path, record: Any
) -> None:
    await check_round_trip(store, tmp_path / "a.json", record, record)


@few_on_one_log
@given(record=dialogues)
async def test_any_dialogue_comes_back(store: EventStore, tmp_path: Path, record: Any) -> None:
    await check_round_trip(store, tmp_path / "a.json", record, record)


@few_on_one_log
@given(record=llm_calls)
async def test_any_recorded_call_comes_back(store: EventStore, tmp_path: Path, record: Any) -> None:
    await check_round_trip(store, tmp_path / "a.json", [record], record)


@few_on_one_log
@given(record=traces)
async def test_any_trace_comes_back(store: EventStore, tmp_path: Path, record: Any) -> None:
    await check_round_trip(store, tmp_path / "a.json", record, record)


@few_on_one_log
@given(record=st.lists(wire_events, min_size=1, max_size=4), as_text=st.booleans())
async def test_any_stream_of_ag2_comes_back(
    store: EventStore, tmp_path: Path, record: Any, as_text: bool
) -> None:
    stored = [json.dumps(event) for event in record] if as_text else record
    await check_round_trip(store, tmp_path / "a.json", stored, stored)


@few_on_one_log
@given(record=st.lists(log_lines, min_size=1, max_size=4))
async def test_any_log_of_ag2_comes_back(store: EventStore, tmp_path: Path, record: Any) -> None:
    await check_round_trip(store, tmp_path / "a.json", record, record)


@few_on_one_log
@given(more=st.dictionaries(names.filter(lambda name: name != "outputs"), values, max_size=3))
async def test_any_cell_comes_back(store: EventStore, tmp_path: Path, more: Any) -> None:
    document = notebook(said("a", "b", "Hi"), shown("ChatResult(chat_history=[])"))
    cell = more | {"outputs": document["cells"][1]["outputs"]}
    document["cells"][1] = cell
    await check_round_trip(store, tmp_path / "a.ipynb", document, cell)
