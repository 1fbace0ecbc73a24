"""The rows of releases: what each agent gave its models, counted by conversation."""

from __future__ import annotations

from typing import Any, Literal

from retold.domain.event import NewEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.value import ErrorInfo
from retold.projections.keeping.catch_up import current
from retold.projections.models.releases import Release, release_of, release_rows, releases
from retold.projections.rows import Rows
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.projections.histories import dice, epoch, recorded


def asked(
    call: str, *, prompt: str = "p", agent: str | None = "support", attempt: int = 1
) -> NewEvent:
    """Return the start of a call."""
    metadata: dict[str, Any] = {"session": "root"}
    if agent is not None:
        metadata["agent"] = agent
    return ModelCallStarted(
        call=call,
        attempt=attempt,
        messages=(),
        request_hash="r",
        prompt_hash=prompt,
        tools_hash="t",
        parameters_hash="x",
    ).to_new_event(metadata=metadata)


def answered(call: str, prompt: float | None = 7, completion: float | None = 3) -> NewEvent:
    """Return the answer to a call."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    known = {name: count for name, count in usage.items() if count is not None}
    return ModelCallCompleted(call=call, response={}, usage=known, latency_ms=1).to_new_event()


def failed(call: str, outcome: Literal["error", "cancelled"] = "error") -> NewEvent:
    """Return the failure of a call."""
    error = ErrorInfo(type="TimeoutError", message="")
    return ModelCallFailed(call=call, error=error, outcome=outcome, latency_ms=1).to_new_event()


def folded(*news: NewEvent) -> dict[tuple[str, str], Release]:
    rows = releases.folded(recorded(news, session="s")).of(release_rows).values()
    return {(row.agent, row.prompt_hash or ""): row for row in rows}


def test_calls_of_one_prompt_are_one_release_and_counted() -> None:
    rows = folded(
        asked("1"),
        failed("1"),
        asked("2", attempt=2),
        answered("2"),
        asked("3"),
        answered("3", None, 4),
        asked("4"),
        failed("4", "cancelled"),
        asked("5"),
    )
    assert rows == {
        ("support", "p"): Release(
            session="s",
            agent="support",
            release=release_of("p", "t", None),
            root_session="root",
            prompt_hash="p",
            tools_hash="t",
            first_recorded_at=epoch.replace(second=1),
            last_recorded_at=epoch.replace(second=9),
            model_calls=5,
            retries=1,
            completed=2,
            failed=1,
            cancelled=1,
            prompt_tokens=7,
            completion_tokens=7,
        )
    }


def test_an_answer_counts_for_the_release_that_asked() -> None:
    rows = folded(asked("1"), asked("2", prompt="q"), answered("1"), failed("2"), answered("9"))
    assert rows["support", "p"].completed == 1
    assert (rows["support", "q"].completed, rows["support", "q"].failed) == (0, 1)
    assert rows["support", "q"].prompt_tokens is None


def test_agents_have_releases_of_their_own() -> None:
    rows = folded(asked("1"), asked("2", agent="clerk"), asked("3", agent=None))
    assert {agent for agent, _ in rows} == {"support", "clerk", ""}
    assert len({row.release for row in rows.values()}) == 1


def test_a_call_that_says_nothing_of_itself_is_a_release_without_hashes() -> None:
    # A payload of a later release, say.
    bare = NewEvent(type=ModelCallStarted.type, data={})
    (row,) = releases.folded(recorded([bare])).of(release_rows).values()
    assert (row.prompt_hash, row.tools_hash, row.model_calls) == (None, None, 1)


async def test_rows_kept_in_random_batches_are_those_folded_at_once(store: EventStore) -> None:
    chance, news = dice(5), [asked("1"), asked("2", prompt="q"), answered("1"), failed("2")]
    for number in range(40):
        stream = f"conversation-{number % 3}"
        some = [chance.choice(news) for _ in range(chance.randrange(1, 4))]
        await store.append(stream, some, expected_version=ExpectedVersion.ANY)
        if chance.random() < 0.3:
            await current(store, releases)
    table = (await current(store, releases))[release_rows]
    async with store.connection() as connection:
        found = (await connection.execute(table.select())).mappings().all()
    kept = {(row["session"], row["agent"], row["release"]): row for row in found}
    events = [event async for event in store.read_all()]
    scratch: Rows = releases.folded(events)
    assert {key: release_rows.row_of(row) for key, row in kept.items()} == scratch.of(release_rows)
