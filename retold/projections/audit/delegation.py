"""Who delegated what to whom in a session, with what it all adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from retold.domain.workflow.events import run_stream
from retold.errors import InvalidStreamName, SessionNotFound
from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Parameter, Values
from retold.projections.audit.query import FoldQuery, with_known_session
from retold.projections.models.tree import TreeNode, tree
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRow:
    """A conversation of the tree, or a task nobody has begun a conversation for.

    Attributes:
        place: from 0, each before those below it.
        depth: 0 for the session, or a step of the run; None when a conversation above it is not in
            the log.
        agent: who works on it.
        status: how it stands, also while it runs.
        objective: what was to be done.
        result: what came of it; None for a session, and without an end.
        error: what it failed with.
        session: id of the conversation; None for a task without one.
        parent_session: the conversation that delegated, or the run it is a step of.
        messages, tool_calls, prompt_tokens, completion_tokens, cost_usd: its own.
        total_conversations, total_messages, total_tool_calls, total_prompt_tokens,
            total_completion_tokens, total_cost_usd: with all below it.
        started_at, ended_at: by the source's clock.
        task_id: the delegated task, as AG2 names it.
        tool_call_id: the tool call that delegated.
    """

    place: int
    depth: int | None
    agent: str | None
    status: str
    objective: str | None
    result: str | None
    error: str | None
    session: str | None
    parent_session: str | None
    messages: int
    tool_calls: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: Decimal | None
    total_conversations: int
    total_messages: int
    total_tool_calls: int
    total_prompt_tokens: int | None
    total_completion_tokens: int | None
    total_cost_usd: Decimal | None
    started_at: datetime | None
    ended_at: datetime | None
    task_id: str | None
    tool_call_id: str | None


async def _answer(
    store: EventStore, values: Values, after: Key | None, count: int
) -> Sequence[DelegationRow]:
    session = await _root(store, values)
    rows = [_row(place, node) for place, node in enumerate(await tree(store, session))]
    return [row for row in rows if after is None or (row.place,) > after][:count]


async def _root(store: EventStore, values: Values) -> str:
    """Return the id of the session, or of the run of a workflow, that ``session`` names.

    Raises:
        SessionNotFound: when the log holds neither.
    """
    try:
        return str((await with_known_session(store, values))["session"])
    except SessionNotFound:
        named = str(values["session"])
        with suppress(InvalidStreamName):
            # The steps of a run are conversations below it, and it is none itself.
            if await store.head(run_stream(named)) is not None:
                return named
        raise


def _row(place: int, node: TreeNode) -> DelegationRow:
    own, total = node.own, node.total
    return DelegationRow(
        place=place,
        depth=node.depth,
        agent=node.agent,
        status=node.status,
        objective=node.objective,
        result=node.result,
        error=node.error,
        session=node.session,
        parent_session=node.parent_session,
        messages=own.messages,
        tool_calls=own.tool_calls,
        prompt_tokens=own.prompt_tokens,
        completion_tokens=own.completion_tokens,
        cost_usd=own.cost_usd,
        total_conversations=total.conversations,
        total_messages=total.messages,
        total_tool_calls=total.tool_calls,
        total_prompt_tokens=total.prompt_tokens,
        total_completion_tokens=total.completion_tokens,
        total_cost_usd=total.cost_usd,
        started_at=node.started_at,
        ended_at=node.ended_at,
        task_id=node.task_id,
        tool_call_id=node.tool_call_id,
    )


delegation_tree = FoldQuery(
    name="delegation_tree",
    description="who delegated what to whom in a session, with roll-ups, also while it runs",
    row=DelegationRow,
    order=("place",),
    answer=_answer,
    parameters=(
        Parameter(
            name="session", description="id of the session, or of a workflow's run", required=True
        ),
    ),
)
