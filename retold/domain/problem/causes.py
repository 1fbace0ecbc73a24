"""Which event was the last about a node: what happens to the node next is caused by it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from retold.domain.fold import Fold
from retold.domain.problem.events import ProblemDecomposed, problem_events
from retold.domain.problem.values import child_of, parent_of, root_node
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.domain.value import Value


class ProblemCauses(Value):
    """The last events about the nodes of a conversation's problems.

    Attributes:
        by_node: ids of events, by the solve and the node.
    """

    by_node: dict[str, UUID] = Field(default_factory=dict)

    def of(self, solve: str, node: str) -> UUID | None:
        """Return the id of the last event about a node; None when there is none."""
        return self.by_node.get(_key(solve, node))


def _key(solve: str, node: str) -> str:
    return f"{node}/{solve}"


def _evolve(state: ProblemCauses, event: RecordedEvent) -> ProblemCauses:
    if event.type not in problem_events:
        return state
    solve, node = event.data.get("solve"), event.data.get("node", root_node)
    if not isinstance(solve, str) or not isinstance(node, str):
        return state
    about: dict[str, UUID] = {_key(solve, node): event.event_id}
    if event.type == ProblemDecomposed.type:
        pieces: Any = event.data.get("subproblems")
        count = len(pieces) if isinstance(pieces, list | tuple) else 0
        about |= {_key(solve, child_of(node, n + 1)): event.event_id for n in range(count)}
    elif parent_of(node) is not None:
        # A synthesis is caused by the last of the subproblems to end.
        about[_key(solve, parent_of(node) or root_node)] = event.event_id
    return ProblemCauses.model_construct(by_node={**state.by_node, **about})


def _encode(state: ProblemCauses) -> JsonObject:
    return state.model_dump(mode="json")


def _decode(data: JsonObject) -> ProblemCauses:
    return ProblemCauses.model_validate(data)


problem_causes: Fold[ProblemCauses] = Fold(
    "problem_causes", ProblemCauses, _evolve, _encode, _decode
)
"""The last events about the nodes of a conversation's problems."""
