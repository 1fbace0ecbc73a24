"""What changed between two releases of an agent: prompt, tools, schema, and how they fared."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from retold.errors import ContentNotFound, UnknownRelease
from retold.projections.audit import views
from retold.projections.audit.conditions import equal, tagged
from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import FoldQuery, SqlQuery
from retold.projections.audit.view import Views
from retold.store.content import read_content
from retold.store.log import EventStore

# What kind of task a conversation was is what its session is tagged with. An objective, which a
# model words anew each time, groups nothing.
_tag = Parameter(
    name="tag", description="in sessions with this tag only, nested ones included", kind=Kind.TAG
)
_agent = Parameter(name="agent", description="name of the agent", required=True)
_parts = ("prompt", "tools", "schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """A release of an agent, over all conversations, or those of one kind of task.

    Attributes:
        agent: its name; None when unknown.
        release: 12 hex digits that stand for its prompt, tools and schema.
        first_recorded_at: when the log took the first call with it.
        last_recorded_at: when the log took the newest one.
        conversations: it was used in.
        model_calls: calls begun, retries included.
        retries: those of them that repeat one that failed.
        completed, failed, cancelled: how they ended.
        prompt_tokens, completion_tokens: as far as known.
        error_rate: failed of completed and failed; None when neither is known.
        prompt_hash, tools_hash, schema_hash: of the contents.
    """

    agent: str | None
    release: str
    first_recorded_at: datetime
    last_recorded_at: datetime
    conversations: int
    model_calls: int
    retries: int
    completed: int
    failed: int
    cancelled: int
    prompt_tokens: int | None
    completion_tokens: int | None
    error_rate: float | None
    prompt_hash: str | None
    tools_hash: str | None
    schema_hash: str | None


def _select(of: Views, values: Values) -> sa.Select[Any]:
    table = of[views.releases].c
    rows: sa.FromClause = of[views.releases]
    if "tag" in values:
        session = of[views.sessions].c
        rows = rows.join(of[views.sessions], session.session == table.root_session)
        conditions = [*equal(values, agent=table.agent), *tagged(values, session.tags)]
    else:
        conditions = [*equal(values, agent=table.agent)]
    # Sums are decimals on PostgreSQL.
    counts = [
        sa.cast(sa.func.sum(table[name]), sa.BigInteger).label(name)
        for name in (
            "model_calls",
            "retries",
            "completed",
            "failed",
            "cancelled",
            "prompt_tokens",
            "completion_tokens",
        )
    ]
    ended = sa.func.sum(table.completed + table.failed)
    rate = sa.cast(sa.func.sum(table.failed), sa.Float(53)) / sa.func.nullif(ended, 0)
    return (
        sa.select(
            table.agent,
            table.release,
            sa.func.min(table.first_recorded_at).label("first_recorded_at"),
            sa.func.max(table.last_recorded_at).label("last_recorded_at"),
            sa.func.count().label("conversations"),
            *counts,
            sa.cast(rate, sa.Float(53)).label("error_rate"),
            *(sa.func.min(table[f"{part}_hash"]).label(f"{part}_hash") for part in _parts),
        )
        .select_from(rows)
        .where(*conditions)
        .group_by(table.agent, table.release)
    )


releases = SqlQuery(
    name="releases",
    description="each combination of prompt, tools and schema of an agent, in order of first use",
    row=ReleaseRow,
    order=("agent", "first_recorded_at", "release"),
    empty_if_unknown=frozenset({"agent"}),
    grouped=True,
    reads=(views.releases, views.sessions),
    select=_select,
    parameters=(Parameter(name="agent", description="of this agent only"), _tag),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChange:
    """A part of a release, as it was and as it became.

    Attributes:
        part: ``prompt``, ``tools`` or ``schema``.
        changed: whether the two differ.
        before, after: hashes of the contents; None where there was none.
        diff: unified, of the contents; empty when they are equal.
    """

    part: str
    changed: bool
    before: str | None
    after: str | None
    diff: str


async def _compare(
    store: EventStore, values: Values, after: Key | None, count: int
) -> Sequence[ReleaseChange]:
    known = await _releases_of(store, values)
    before, became = (_found(known, values, name) for name in ("old", "new"))
    changes = []
    for part in sorted(_parts):
        hashes = getattr(before, f"{part}_hash"), getattr(became, f"{part}_hash")
        texts = [(await _text(store, digest)).splitlines() for digest in hashes]
        lines = difflib.unified_diff(
            texts[0], texts[1], before.release, became.release, lineterm=""
        )
        changes.append(
            ReleaseChange(
                part=part,
                changed=hashes[0] != hashes[1],
                before=hashes[0],
                after=hashes[1],
                diff="\n".join(lines),
            )
        )
    return [change for change in changes if after is None or (change.part,) > after][:count]


async def _releases_of(store: EventStore, values: Values) -> dict[str, ReleaseRow]:
    given = {name: values[name] for name in ("agent", "tag") if name in values}
    found: dict[str, ReleaseRow] = {}
    mark = None
    while True:
        page = await releases.page(store, given, limit=1_000, after=mark)
        found |= {row.release: row for row in page.rows}
        mark = page.next
        if mark is None:
            return found


def _found(known: dict[str, ReleaseRow], values: Values, name: str) -> ReleaseRow:
    release = known.get(values[name])
    if release is None:
        raise UnknownRelease(values["agent"], values[name], known, tag=values.get("tag"))
    return release


async def _text(store: EventStore, digest: str | None) -> str:
    if digest is None:
        return ""
    try:
        content = await read_content(store, digest)
    except ContentNotFound:
        return f"(the log does not hold {digest})"
    if isinstance(content, list) and all(isinstance(part, str) for part in content):
        return "\n".join(content)
    return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)


release_changes = FoldQuery(
    name="release_changes",
    description="what differs between two releases of an agent, as unified diffs",
    row=ReleaseChange,
    order=("part",),
    answer=_compare,
    parameters=(
        _agent,
        Parameter(name="old", description="the one release", required=True),
        Parameter(name="new", description="the other one", required=True),
        _tag,
    ),
)
