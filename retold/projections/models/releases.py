"""The releases of agents: each combination of prompt, tools and schema an agent gave its models.

Nobody announces a release to the log. What it records of each model call are the hashes of what
the model was given, and a release is what has the same three. A row is of one conversation, so
that the rows of a stream are its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from retold.domain.event import RecordedEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.recorded import to_datetime, to_microseconds
from retold.domain.recording import conversation_category, conversation_of
from retold.projections.event_facts import metadata_text, root_session_of, short_text
from retold.projections.models.release_table import ReleaseRow, ReleaseStateRow
from retold.projections.payload import added_count, mapping_of, printable, token_count
from retold.projections.projection import Need, Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One combination of prompt, tools and schema of an agent, in one conversation.

    Attributes:
        session: id of the conversation.
        agent: its name; empty when unknown.
        release: 12 hex digits that stand for the three hashes.
        root_session: id of the session the conversation belongs to.
        prompt_hash, tools_hash, schema_hash: of the contents, recorded once each; ``schema_hash``
            is None where free text was asked for.
        first_recorded_at: when the log took the first call with it, UTC.
        last_recorded_at: when the log took the newest call with it.
        model_calls: calls begun, retries included.
        retries: those of them that repeat one that failed.
        completed, failed, cancelled: how they ended; the rest are open.
        prompt_tokens, completion_tokens: of those that were answered, as far as known.
    """

    session: str
    agent: str
    release: str
    root_session: str
    first_recorded_at: datetime
    last_recorded_at: datetime
    prompt_hash: str | None = None
    tools_hash: str | None = None
    schema_hash: str | None = None
    model_calls: int = 0
    retries: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseState:
    """What the fold remembers of a conversation, as JSON: an answer does not say what was given.

    Attributes:
        session: id of the conversation.
        open_calls: calls without an answer, with their place in ``releases``.
        releases: the rows of the conversation.
    """

    session: str
    open_calls: str = "{}"
    releases: str = "[]"


release_rows = ReadTable(ReleaseRow, Release)
state_rows = ReadTable(ReleaseStateRow, ReleaseState)


def _needs(event: RecordedEvent) -> Iterable[Need]:
    return ((state_rows, conversation_of(event.stream)),)


def _fold(rows: Rows, event: RecordedEvent) -> None:
    session = conversation_of(event.stream)
    state = rows.get(state_rows, session) or ReleaseState(session=session)
    open_calls, releases = json.loads(state.open_calls), json.loads(state.releases)
    call = printable(event.data.get("call")) or ""
    if event.type == ModelCallStarted.type:
        place, row = _begun(event, releases)
        open_calls[call] = place
    elif call in open_calls:
        place = open_calls.pop(call)
        row = _ended(_row_of(releases[place]), event)
        releases[place] = _plain(row)
    else:
        return
    rows.put(release_rows, row)
    rows.put(
        state_rows,
        ReleaseState(
            session=session, open_calls=json.dumps(open_calls), releases=json.dumps(releases)
        ),
    )


_contents = ("prompt", "tools", "schema")


def _begun(event: RecordedEvent, releases: list[dict[str, Any]]) -> tuple[int, Release]:
    """Count a call that begins; return its release, and the place of that among ``releases``."""
    prompt, tools, schema = (printable(event.data.get(f"{name}_hash")) for name in _contents)
    agent = short_text(metadata_text(event, "agent")) or ""
    release = release_of(prompt, tools, schema)
    known = [(row["agent"], row["release"]) for row in releases]
    if (agent, release) in known:
        place = known.index((agent, release))
        row = _row_of(releases[place])
    else:
        place = len(releases)
        session = conversation_of(event.stream)
        row = Release(
            session=session,
            agent=agent,
            release=release,
            root_session=root_session_of(event),
            first_recorded_at=event.recorded_at,
            last_recorded_at=event.recorded_at,
            prompt_hash=prompt,
            tools_hash=tools,
            schema_hash=schema,
        )
        releases.append({})
    attempt = event.data.get("attempt")
    row = replace(
        row,
        model_calls=row.model_calls + 1,
        retries=row.retries + (isinstance(attempt, int) and attempt > 1),
        last_recorded_at=max(row.last_recorded_at, event.recorded_at),
    )
    releases[place] = _plain(row)
    return place, row


def _ended(row: Release, event: RecordedEvent) -> Release:
    if event.type == ModelCallFailed.type:
        if event.data.get("outcome") == "cancelled":
            return replace(row, cancelled=row.cancelled + 1)
        return replace(row, failed=row.failed + 1)
    usage = mapping_of(event.data.get("usage"))
    prompt = token_count(usage.get("prompt_tokens"))
    completion = token_count(usage.get("completion_tokens"))
    return replace(
        row,
        completed=row.completed + 1,
        prompt_tokens=added_count(row.prompt_tokens, prompt),
        completion_tokens=added_count(row.completion_tokens, completion),
    )


def release_of(prompt_hash: str | None, tools_hash: str | None, schema_hash: str | None) -> str:
    """Return the 12 hex digits that stand for three hashes."""
    text = "\n".join(digest or "" for digest in (prompt_hash, tools_hash, schema_hash))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


_times = ("first_recorded_at", "last_recorded_at")


def _plain(row: Release) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in Release.__dataclass_fields__}
    return plain | {name: to_microseconds(plain[name]) for name in _times}


def _row_of(plain: dict[str, Any]) -> Release:
    times: dict[str, Any] = {name: to_datetime(plain[name]) for name in _times}
    return Release(**plain | times)


releases = Projection(
    name="releases",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(release_rows, state_rows),
    category=conversation_category,
    types=frozenset({ModelCallStarted.type, ModelCallCompleted.type, ModelCallFailed.type}),
    per_stream=True,
    code=(_begun, _ended, release_of),
    description="what each agent gave its models: prompt, tools, schema, calls, tokens, errors",
)
