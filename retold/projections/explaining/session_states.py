"""The states a session has, each a fold of the session's conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from retold.domain.conversation_fold import conversation_fold
from retold.domain.conversation_state import ConversationState
from retold.domain.fold import Fold
from retold.domain.nested_chat import delegations
from retold.domain.plan.decider import plans
from retold.domain.problem.decider import problem_solving
from retold.domain.state_path import StatePath
from retold.errors import UnknownState
from retold.projections.explaining.edges import default_edges
from retold.projections.explaining.explain import Explanation, explain
from retold.projections.models.as_of import Clock
from retold.store.log import EventStore

session_folds: Mapping[str, Fold[Any]] = {
    conversation_fold.name: conversation_fold,
    problem_solving.name: problem_solving.fold,
    delegations.name: delegations.fold,
    plans.name: plans.fold,
}
"""By the name under which ``session.state`` and ``session.explain`` know them."""


def fold_of_session(name: str, stream: str) -> Fold[Any]:
    """Return how a session's events add up to one of its states.

    Args:
        name: of the state.
        stream: of the session's conversation.

    Raises:
        UnknownState: when there is no state of that name.
    """
    fold = session_folds.get(name)
    if fold is None:
        raise UnknownState(name, session_folds)
    if fold is conversation_fold:
        # Which stream it is does not follow from the events: a fork has those of its parent.
        return replace(conversation_fold, initial=lambda: ConversationState(stream))
    return fold


async def explain_session(
    store: EventStore,
    stream: str,
    path: str,
    *,
    at: int | datetime | None = None,
    clock: Clock = "recorded",
    limit: int = default_edges,
) -> Explanation:
    """Explain a piece of one of a session's states.

    See :func:`retold.projections.explaining.explain.explain`.

    Args:
        store: the log.
        stream: of the session's conversation.
        path: beginning with the name of the state, such as ``conversation.variables.topic``.
        at: as of this version or moment.
        clock: by which a moment is meant.
        limit: causes, and effects, to return at the most.

    Raises:
        UnknownState: when there is no state of that name.
    """
    first, *steps = StatePath.parse(path).steps or ("",)
    fold = fold_of_session(str(first), stream)
    explained = await explain(
        store, stream, fold, StatePath(tuple(steps)), at=at, clock=clock, limit=limit
    )
    return replace(explained, path=str(StatePath((first, *steps))))
