"""What is wrong with a definition is found, all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st

from retold.domain.workflow.checking import problems_of
from retold.domain.workflow.defining import check_workflow, define_workflow, examine, workflow_of
from retold.domain.workflow.definition import Step, Workflow
from retold.domain.workflow.graph import most_cycles
from retold.errors import WorkflowInvalid, WorkflowProblem
from tests.domain.workflow.played import step

agents = {"ann": ["research"], "bob": ["coding", "review"]}


def problems(*steps: Any, **options: Any) -> list[WorkflowProblem]:
    with pytest.raises(WorkflowInvalid) as refused:
        define_workflow("work", steps, agents=agents, **options)
    assert refused.value.problems
    return list(refused.value.problems)


def found(*steps: Any, **options: Any) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.step) for problem in problems(*steps, **options)]


def test_all_problems_are_listed_at_once() -> None:
    listed = found(
        step("a", "c", retry={"attempts": -1}),
        step("a", "nobody", agent="zoe"),
        step("c", "a", capability="cooking"),
        step("d", agent=None),
        step("e", agent="ann", capability="coding"),
        step("f", task="use {{ x.y }}"),
        step("g", condition="a ==", timeout=-1),
        version=0,
    )
    assert sorted(listed, key=str) == sorted(
        [
            ("invalid_limit", None),
            ("invalid_limit", "a"),
            ("duplicate_step", "a"),
            ("unknown_dependency", "a"),
            ("unknown_agent", "a"),
            ("unknown_capability", "c"),
            ("agent_or_capability", "d"),
            ("agent_or_capability", "e"),
            ("unknown_reference", "f"),
            ("invalid_expression", "g"),
            ("invalid_limit", "g"),
        ],
        key=str,
    )


def test_a_message_names_the_place_and_what_to_do() -> None:
    with pytest.raises(WorkflowInvalid) as refused:
        define_workflow("work", [step("plan"), step("code", "plna", agent="bobb")], agents=agents)
    text = str(refused.value)
    assert "Workflow 'work' has 2 problems; nothing was defined" in text
    assert "steps[1].depends_on[0] (step 'code'): there is no step 'plna' to depend on" in text
    assert "did you mean 'plan'?" in text
    assert "steps[1].agent (step 'code'): there is no agent 'bobb'; did you mean 'bob'?" in text


def test_every_cycle_is_told() -> None:
    cycles = [
        problem
        for problem in problems(step("a", "b"), step("b", "a"), step("c", "d"), step("d", "c"))
        if problem.code == "cyclic_dependency"
    ]
    assert ["a -> b -> a" in str(cycles[0]), "c -> d -> c" in str(cycles[1])] == [True, True]
    assert len(cycles) == 2
    assert found(step("a", "a")) == [("cyclic_dependency", "a")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"retry": {"attempts": 0}}, "invalid_limit"),
        ({"retry": {"restarts": -1}}, "invalid_limit"),
        ({"retry": {"wait_initial": -0.5}}, "invalid_limit"),
        ({"retry": {"wait_max": float("nan")}}, "invalid_limit"),
        ({"retry": {"wait_jitter": float("inf")}}, "invalid_limit"),
        ({"retry": {"wait_exp_base": 0.5}}, "invalid_limit"),
        ({"retry": {"atempts": 2}}, "unknown_field"),
        ({"timeout": 0}, "invalid_limit"),
        ({"timeout": "soon"}, "invalid_value"),
        ({"fan_out": {"over": [1], "max_parallel": 0}}, "invalid_limit"),
        ({"fan_out": {"over": [1], "max_items": -3}}, "invalid_limit"),
        ({"fan_out": {"over": [1, 2], "max_items": 1}}, "too_many_items"),
        ({"fan_out": "a."}, "invalid_expression"),
        ({"fan_out": "later"}, "not_before"),
        ({"approval": {"ask": "Go?", "timeout": -1}}, "invalid_limit"),
        ({"approval": "Use {{ item }}?"}, "unknown_reference"),
        ({"fallback": {"agent": "zoe"}}, "unknown_agent"),
        ({"fallback": {"capability": "cooking"}}, "unknown_capability"),
        ({"fallback": {"agent": "bob", "capability": "coding"}}, "invalid_fallback"),
        ({"fallback": {"kind": "agent"}}, "invalid_fallback"),
        ({"fallback": {"kind": "skip", "answer": 3}}, "invalid_fallback"),
        ({"fallback": {"kind": "answer", "agent": "bob"}}, "invalid_fallback"),
        ({"fallback": ["skip", {"agent": "bob"}]}, "invalid_fallback"),
        ({"fallback": "shrug"}, "invalid_value"),
        ({"task": "  "}, "empty_task"),
        ({"task": 7}, "invalid_value"),
        ({"task": "{{ later }}"}, "not_before"),
        ({"task": "{{ here }}"}, "not_before"),
        ({"task": "{{ item }}"}, "unknown_reference"),
        ({"task": "{{ input.nothing }}"}, "missing_input"),
        ({"condition": "later == 1"}, "not_before"),
        ({"inputs": {"spec": "nobody"}}, "unknown_reference"),
        ({"inputs": ["nobody"]}, "unknown_reference"),
        ({"inputs": {"first": "input.a"}}, "ambiguous_input"),
        ({"inputs": {"index": "first"}}, "reserved_name"),
        ({"inputs": {"a b": "first"}}, "invalid_name"),
        ({"depends_on": ["first", "first"]}, "duplicate_dependency"),
        ({"depends_on": 3}, "invalid_value"),
        ({"name": "in put"}, "invalid_name"),
        ({"name": "input"}, "reserved_name"),
        ({"name": "and"}, "reserved_name"),
        ({"name": "x" * 101}, "invalid_name"),
        ({"agnet": "ann"}, "unknown_field"),
    ],
)
def test_one_problem_is_reported_once(fields: Mapping[str, Any], code: str) -> None:
    listed = found(
        step("first"), {**step("here", "first"), **fields}, step("later", "first"), needs=["a"]
    )
    assert [code for code, _ in listed] == [code]


def test_what_may_be_referred_to() -> None:
    workflow = define_workflow(
        "work",
        [
            step("first", inputs=["input"]),
            step("second", "first"),
            step(
                "third",
                "second",
                fan_out="second.files",
                inputs={"spec": "first", "file": "item.path"},
                task="{{ input.a }} {{ first }} {{ second }} {{ spec }} {{ item }} {{ index }}",
            ),
        ],
        needs=["a"],
        agents=agents,
    )
    assert problems_of(workflow) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "not_a_workflow"),
        ([1], "not_a_workflow"),
        ({"steps": [step("a")]}, "missing_field"),
        ({"name": "w"}, "no_steps"),
        ({"name": "w", "steps": "a"}, "invalid_value"),
        ({"name": "w", "steps": [3]}, "invalid_value"),
        ({"name": "w", "steps": [{"agent": "ann", "task": "x"}]}, "missing_field"),
        ({"name": "", "steps": [step("a")]}, "invalid_name"),
        ({"name": "w", "steps": [step("a")], "needs": [""]}, "invalid_name"),
        ({"name": "w", "steps": [step("a")], "on_failure": "panic"}, "invalid_value"),
        ({"name": "w", "steps": [step("a")], 7: 1}, "unknown_field"),
    ],
)
def test_data_that_are_no_workflow(data: object, code: str) -> None:
    with pytest.raises(WorkflowInvalid) as refused:
        workflow_of(data)
    assert code in {problem.code for problem in refused.value.problems}


def test_a_workflow_made_by_hand_is_checked_before_it_is_used() -> None:
    made = Workflow.model_validate({"name": "work", "steps": [step("a", "b")]})
    with pytest.raises(WorkflowInvalid, match="no step 'b'"):
        check_workflow(made)
    alone = made.steps[0].model_copy(update={"depends_on": ()})
    mended = made.model_copy(update={"steps": (alone,)})
    assert check_workflow(mended) is mended


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["a", "skip"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "agent", "task", "over", "attempts", "ask", "kind", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
fields = st.sampled_from([*Step.model_fields, "x"])


@given(
    st.dictionaries(
        st.sampled_from(["name", "version", "needs", "on_failure", "description", "x"]),
        json_values,
        max_size=3,
    ),
    st.lists(st.dictionaries(fields, json_values, max_size=6) | json_values, max_size=4),
)
def test_whatever_the_data_they_make_a_workflow_or_a_list_of_problems(
    top: dict[str, Any], steps: list[Any]
) -> None:
    data = {"name": "w", **top, "steps": steps}
    workflow, listed = examine(data, agents=agents)
    assert (workflow is None) == bool(listed)
    if workflow is None:
        assert all(map(str, listed))
    else:
        assert problems_of(workflow, agents=agents) == []
        assert workflow_of(data, agents=agents) == workflow


def test_of_very_many_circles_the_first_are_told() -> None:
    pairs = [step(f"s{n}", f"s{n ^ 1}") for n in range(2 * most_cycles + 100)]
    listed = found(*pairs)
    assert [code for code, _ in listed] == ["cyclic_dependency"] * most_cycles
