"""The tree as a fold: from the beginning, from a snapshot, and never one that waits for itself."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, strategies as st

from retold.domain.event import DomainEvent
from retold.domain.problem.decider import (
    Assess,
    Command,
    Decompose,
    Fail,
    Pose,
    Resume,
    SolveDirectly,
    Stop,
    Synthesise,
    TakeAnswer,
    problem_solving,
)
from retold.domain.problem.events import Reading, Step, StopReason
from retold.domain.problem.solution import solution_of
from retold.domain.problem.state import Problems, ProblemTree
from retold.domain.problem.values import Complexity, Limits, Spent, is_within, parent_of
from retold.domain.value import ErrorInfo
from retold.errors import ProblemError
from tests.projections.histories import recorded

limits = Limits(max_depth=3, model_calls=9, tokens=99)
spent = Spent(model_calls=1, prompt_tokens=3)
# Few texts, so that many are equal; the first is the problem itself.
texts = st.sampled_from(["Build it", "A", "B", "C", "D"])
nodes = st.sampled_from(["0", "0.1", "0.2", "0.1.1", "0.1.2", "0.2.1", "0.2.2"])
error = ErrorInfo(type="E", message="m")
common = {"solve": st.just("p"), "node": nodes, "spent": st.just(spent)}
splits = st.builds(
    Decompose,
    offered=st.lists(texts, min_size=1, max_size=5).map(tuple),
    reading=st.just(Reading.LIST),
    **common,
)
commands = st.one_of(
    splits,
    splits,
    st.builds(
        Assess, complexity=st.sampled_from(Complexity), reading=st.just(Reading.JSON), **common
    ),
    st.builds(SolveDirectly, answer=texts, **common),
    st.builds(Synthesise, answer=texts, **common),
    st.builds(TakeAnswer, solve=st.just("p"), node=nodes),
    st.builds(Fail, step=st.just(Step.SOLVE), error=st.just(error), **common),
    st.builds(Stop, solve=st.just("p"), reason=st.sampled_from(StopReason)),
    st.builds(Resume, solve=st.just("p"), limits=st.just(limits)),
)


def decided(commands: Sequence[Command]) -> list[DomainEvent]:
    pose = Pose(solve="p", problem="Build it", limits=limits)
    events, state = list[DomainEvent](), Problems()
    for command in (pose, *commands):
        try:
            news = problem_solving.decide(command, state)
        except ProblemError:
            continue
        events += news
        state = problem_solving.after(news, state)
    return events


@given(st.lists(commands, max_size=40))
def test_the_state_is_a_fold_of_the_events_wherever_a_snapshot_was_taken(
    given_commands: list[Command],
) -> None:
    events = decided(given_commands)
    whole = problem_solving.after(events)
    fold = problem_solving.fold
    state = fold.initial()
    for event in recorded(event.to_new_event() for event in events):
        state = fold.decode(fold.encode(fold.evolve(state, event)))
    assert state == whole


@given(st.lists(commands, max_size=40))
def test_what_a_tree_took_is_what_its_nodes_took(given_commands: list[Command]) -> None:
    tree = problem_solving.after(decided(given_commands)).trees["p"]
    total = sum((node.spent for node in tree.nodes.values()), Spent())
    assert total == tree.spent
    solution = solution_of(tree, "p")
    assert {node.node for node in solution.walk()} == set(tree.nodes)
    for name, node in tree.nodes.items():
        assert (node.answer is not None) == node.is_solved
        assert parent_of(name) is None or parent_of(name) in tree.nodes


@given(st.lists(commands, max_size=60))
def test_no_problem_waits_for_itself(given_commands: list[Command]) -> None:
    tree = problem_solving.after(decided(given_commands)).trees["p"]
    for name in tree.nodes:
        assert not _waits_for_itself(tree, name)


def _waits_for_itself(tree: ProblemTree, name: str) -> bool:
    """Follow what a node needs, one by one: all below it, and the answer it is to take."""
    unsolved = {n: node for n, node in tree.nodes.items() if not node.is_solved}
    if name not in unsolved:
        return False
    needs = {
        n: {c for c in tree.children_of(n) if c in unsolved}
        | ({node.equal_to} if node.equal_to in unsolved else set())
        for n, node in unsolved.items()
    }
    seen, waiting = set[str | None](), set(needs[name])
    while waiting:
        needed = waiting.pop()
        assert needed is not None
        if needed == name:
            return True
        if needed not in seen:
            seen.add(needed)
            waiting |= needs[needed]
    return False


def test_a_node_is_within_those_above_it_only() -> None:
    assert is_within("0.1.2", "0.1")
    assert not is_within("0.12", "0.1")
