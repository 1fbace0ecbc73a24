"""The tree of a session and the conversations nested in it, with what they add up to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from retold.domain.recording import conversation_stream
from retold.projections.keeping.readable import readable
from retold.projections.models.lineage import lineage, lineage_rows, task_rows
from retold.projections.models.lineage_node import ConversationNode, DelegatedTask, Status
from retold.projections.payload import added_count, added_dollars
from retold.store.codec import made_plain
from retold.store.lease import Leases
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Counts of a conversation, or of all at and below a node. Unknown is None.

    Attributes:
        conversations: how many.
        messages: messages, tool results included.
        tool_calls: tool calls models asked for.
        prompt_tokens: tokens sent to models, as far as known.
        completion_tokens: tokens models produced, as far as known.
        cost_usd: dollars, as far as the source gives them.
    """

    conversations: int = 0
    messages: int = 0
    tool_calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None

    def __add__(self, other: Sums) -> Sums:
        """Return both together."""
        return Sums(
            conversations=self.conversations + other.conversations,
            messages=self.messages + other.messages,
            tool_calls=self.tool_calls + other.tool_calls,
            prompt_tokens=added_count(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=added_count(self.completion_tokens, other.completion_tokens),
            cost_usd=added_dollars(self.cost_usd, other.cost_usd),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """A conversation, or a task nobody has begun a conversation for. Unknown is None.

    Attributes:
        depth: 0 for the session, or a step of the run, one more for each nesting; None when a
            conversation above it is not in the log.
        session: id of the conversation; None for a task without one.
        parent_session: the conversation that delegated, or the run it is a step of; None for the
            session.
        task_id: the delegated task, as AG2 names it.
        tool_call_id: the tool call that delegated.
        objective: what was to be done.
        agent: name of the agent.
        status: what the parent says of the task and, where there is none, what the conversation's
            own turns say; ``unknown`` where neither says. ``interrupted`` when it has no end, but
            its turn is over, or was left by a process that died: its lease lapsed.
        result: what came of the task, as text; None while it has no end, and for a session.
        error: what it failed with.
        started_at: when it started by the source's clock, UTC.
        ended_at: when it ended, likewise.
        recorded_from: when the log took the first event of it, UTC.
        recorded_to: when the log took the newest, UTC.
        own: counts of the conversation itself.
        total: those and the ones of all below it.
    """

    depth: int | None
    session: str | None
    parent_session: str | None
    task_id: str | None
    tool_call_id: str | None
    objective: str | None
    agent: str | None
    status: Status
    result: str | None
    error: str | None
    started_at: datetime | None
    ended_at: datetime | None
    recorded_from: datetime
    recorded_to: datetime
    own: Sums = field(default_factory=Sums)
    total: Sums = field(default_factory=Sums)


async def tree(store: EventStore, root_session: str) -> tuple[TreeNode, ...]:
    """Bring the lineage up to date and return the tree of a session, also while it runs.

    Args:
        store: the log.
        root_session: id of the session.

    Returns:
        Each node before those below it, siblings in the order the log took their beginnings;
        conversations whose parent is not in the log come last, and what is below them after
        them. Empty when there is no such session.

    Raises:
        ProjectionError: when the lineage cannot be brought up to date.
    """
    conversations, delegated = await _rows(store, root_session)
    lapsed = await _without_lease(store, conversations)
    if lapsed:
        # A turn lets go of its lease once its end is recorded, so what runs now has died.
        conversations, delegated = await _rows(store, root_session)
    return tree_of(conversations, delegated, lapsed=lapsed)


async def _rows(
    store: EventStore, root_session: str
) -> tuple[list[ConversationNode], list[DelegatedTask]]:
    tables = await readable(store, lineage)
    nodes, tasks = tree_statements(
        store.tenant, tables[lineage_rows], tables[task_rows], root_session
    )
    async with store.connection() as connection:
        conversations = (await connection.execute(nodes)).mappings().all()
        delegated = (await connection.execute(tasks)).mappings().all()
    return list(map(lineage_rows.row_of, conversations)), list(map(task_rows.row_of, delegated))


async def _without_lease(
    store: EventStore, conversations: Iterable[ConversationNode]
) -> set[tuple[str, int]]:
    """Return the sessions that run without holding the lease of their turn, with its token."""
    lapsed: set[tuple[str, int]] = set()
    for node in conversations:
        if node.status == "running" and node.fencing_token is not None:
            stream = conversation_stream(node.session)
            held = await Leases(store).held(stream)
            if (stream, node.fencing_token) not in {(one.resource, one.token) for one in held}:
                lapsed.add((node.session, node.fencing_token))
    return lapsed


def tree_statements(
    tenant: str, nodes: sa.Table, tasks: sa.Table, root_session: str
) -> tuple[sa.Select[tuple[object, ...]], sa.Select[tuple[object, ...]]]:
    """Return what reads the conversations and the tasks of a session, in order.

    Args:
        tenant: whose rows.
        nodes: table of conversations.
        tasks: table of tasks.
        root_session: id of the session.
    """
    root = made_plain(root_session)
    return (
        sa.select(nodes)
        .where(nodes.c.tenant == tenant, nodes.c.root_session == root)
        .order_by(nodes.c.recorded_from, nodes.c.session),
        sa.select(tasks)
        .where(tasks.c.tenant == tenant, tasks.c.root_session == root)
        .order_by(tasks.c.session, tasks.c.version),
    )


def tree_of(
    conversations: Iterable[ConversationNode],
    tasks: Iterable[DelegatedTask],
    *,
    lapsed: Collection[tuple[str, int]] = (),
) -> tuple[TreeNode, ...]:
    """Return the tree of one session; order as of :func:`tree`.

    Args:
        conversations: all of the session, in the order of their beginnings.
        tasks: all that these delegated.
        lapsed: sessions whose newest turn lost its lease, with the lease's fencing token.
    """
    known = {
        node.session: replace(node, status="interrupted")
        if node.status == "running" and (node.session, node.fencing_token) in lapsed
        else node
        for node in conversations
    }
    delegated = {(task.session, task.task_id): task for task in tasks}
    running = {node.turn for node in known.values() if node.status == "running"}
    below: dict[str | None, list[_Branch]] = {}
    for node in known.values():
        task = delegated.pop((node.parent_session or "", node.task_id or ""), None)
        above = node.parent_session if node.parent_session in known else None
        below.setdefault(above, []).append(_Branch(node, task, running=running))
    for task in delegated.values():
        below.setdefault(task.session, []).append(_Branch(None, task, running=running))
    for branches in below.values():
        branches.sort(key=lambda branch: branch.recorded_from)
    roots = below.pop(None, [])
    roots.sort(key=lambda branch: branch.node is not None and branch.node.summary.nested)
    found: list[TreeNode] = []
    for root in roots:
        is_session = root.node is not None and not root.node.summary.nested
        found += _walked(root, below, 0 if is_session else None)
    # Conversations that name each other as parents hang on none of these.
    while below:
        session = next(iter(below))
        for branch in below.pop(session):
            found += _walked(branch, below, None)
    return tuple(found)


class _Branch:
    """A node while the tree is made: a conversation, its task, or both."""

    def __init__(
        self,
        node: ConversationNode | None,
        task: DelegatedTask | None,
        *,
        running: Set[str | None],
    ) -> None:
        self.node = node
        self._task = task
        self._running = running

    @property
    def recorded_from(self) -> datetime:
        return min(part.recorded_from for part in self._parts)

    @property
    def _parts(self) -> Sequence[ConversationNode | DelegatedTask]:
        # The one that says more of how the work went comes first.
        return [part for part in (self._task, self.node) if part is not None]

    @property
    def _is_under_way(self) -> bool:
        """Whether a turn that still runs works on it; any does where no turn is recorded."""
        turns = {part.turn for part in self._parts if part.turn is not None}
        return bool(self._running & turns if turns else self._running)

    def own(self) -> Sums:
        node = self.node
        if node is None:
            return Sums()
        return Sums(
            conversations=1,
            messages=node.messages,
            tool_calls=node.tool_calls,
            prompt_tokens=node.prompt_tokens,
            completion_tokens=node.completion_tokens,
            cost_usd=node.cost_usd,
        )

    def as_node(self, depth: int | None, total: Sums) -> TreeNode:
        first, last = self._parts[0], self._parts[-1]
        status = first.status
        if first is self._task and status == "running" and not self._is_under_way:
            # A task whose turn was cancelled or killed leaves no event.
            status = "interrupted"
        parent = self._task.session if self.node is None and self._task else None
        return TreeNode(
            depth=depth,
            session=None if self.node is None else self.node.session,
            parent_session=parent if self.node is None else self.node.parent_session,
            task_id=first.task_id,
            tool_call_id=first.tool_call_id or last.tool_call_id,
            objective=first.objective or last.objective,
            agent=first.agent or last.agent,
            status=status,
            result=None if self._task is None else self._task.result,
            error=first.error or last.error,
            started_at=first.started_at if first.started_at is not None else last.started_at,
            ended_at=first.ended_at,
            recorded_from=self.recorded_from,
            recorded_to=max(part.recorded_to for part in self._parts),
            own=self.own(),
            total=total,
        )


def _walked(
    root: _Branch, below: dict[str | None, list[_Branch]], depth: int | None
) -> list[TreeNode]:
    """Return the nodes of a branch, each before those below it; it takes them out of ``below``."""
    # Without recursion: how deep agents nest is not ours to limit.
    order: list[tuple[_Branch, int | None, int | None]] = []
    waiting: list[tuple[_Branch, int | None, int | None]] = [(root, depth, None)]
    while waiting:
        branch, depth, above = waiting.pop()
        place = len(order)
        order.append((branch, depth, above))
        children = [] if branch.node is None else below.pop(branch.node.session, [])
        lower = None if depth is None else depth + 1
        waiting += [(child, lower, place) for child in reversed(children)]
    totals = [branch.own() for branch, _, _ in order]
    for place in range(len(order) - 1, 0, -1):
        above = order[place][2]
        if above is not None:
            totals[above] = totals[above] + totals[place]
    return [
        branch.as_node(depth, total)
        for (branch, depth, _), total in zip(order, totals, strict=True)
    ]
