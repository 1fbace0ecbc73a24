"""``retold projections``: what is kept up, how it stands, and what to do about it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from retold.projections.keeping.catch_up import catch_up
from retold.store import open_store
from tests.cli.accessed import accessed
from tests.cli.commands import csv_rows, printed, retold
from tests.projections.words import rows_of, say, words

module = ("--module", "tests.projections.words")


@pytest.fixture
def url(sqlite_url: str) -> str:
    """URL of a log with a few notes."""

    async def work() -> None:
        async with await open_store(sqlite_url) as store:
            await say(store, "a b", "c", "forget c", "d")

    asyncio.run(work())
    return sqlite_url


def append(url: str, *texts: str) -> None:
    """Append more notes."""

    async def work() -> None:
        async with await open_store(url) as store:
            await say(store, *texts)

    asyncio.run(work())


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of the words."""

    async def work() -> dict[str, list[tuple[Any, ...]]]:
        async with await open_store(url) as store:
            await catch_up(store, words)
            return await rows_of(store, words)

    return asyncio.run(work())


def test_projections_are_listed_without_a_log(tmp_path: Path) -> None:
    found = {one["projection"]: one for one in printed("projections", "list", *module)}
    assert found["words"]["tables"] == ["words", "notes"]
    assert found["words"]["per_stream"] is False
    assert found["session_list"]["about"]
    assert not list(tmp_path.iterdir())


def test_run_once_folds_what_is_there_and_says_how_much(url: str) -> None:
    result = retold("projections", "run", "words", "notes", "--once", *module, url=url)
    assert result.exit_code == 0, result.output
    assert "words: 4 events folded" in result.stderr
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert (found["state"], found["events"], found["lag_events"]) == ("on request", 4, 0)
    assert found["position"] <= found["high_water"]


def test_status_of_what_never_ran(url: str) -> None:
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert (found["state"], found["position"], found["lag_events"]) == ("never run", None, None)
    table = retold("projections", "status", *module, url=url)
    assert "never run" in table.stdout


def test_a_failing_event_is_named_and_the_others_go_on(url: str) -> None:
    append(url, "x !", "y")
    result = retold("projections", "run", "words", "session_list", "--once", *module, url=url)
    assert result.exit_code == 1
    assert "stopped before version 5 of stream 'note-0'" in result.stderr
    assert "session_list: 0 events folded" in result.stderr
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert found["state"] == "stopped"
    assert found["failure"]["reason"] == "ValueError: nobody says that"
    shown = retold("projections", "status", "words", *module, url=url)
    assert "nobody says that" in shown.stderr

    parking = ("projections", "run", "words", "--once", "--on-error", "park", *module)
    assert retold(*parking, url=url).exit_code == 0
    (parked,) = printed("projections", "parked", "words", url=url)
    (access,) = accessed(url)
    assert (access.action, access.target, access.rows) == ("query", "projection_parked", 1)
    assert (parked["stream"], parked["version"]) == ("note-0", 5)
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert (found["state"], found["parked"]) == ("on request", 1)

    forget = ("projections", "forget-parked", "words")
    wrong: list[tuple[str, ...]] = [(), ("x",), ("0" * 32,), (parked["event_id"], "--all")]
    assert [retold(*forget, *more, url=url).exit_code for more in wrong] == [2] * 4
    assert printed(*forget, parked["event_id"], url=url)["forgotten"] == 1
    assert printed("projections", "parked", "words", url=url) == []
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert found["parked"] == 0


def test_all_that_is_parked_is_forgotten_at_once(url: str) -> None:
    append(url, "x !", "y", "z !")
    retold("projections", "run", "words", "--once", "--on-error", "park", *module, url=url)
    forget = ("projections", "forget-parked", "words", "--all")
    assert printed(*forget, url=url) == {"projection": "words", "forgotten": 2}
    assert printed(*forget, url=url)["forgotten"] == 0
    assert retold("projections", "forget-parked", "nope", "--all", url=url).exit_code == 2


def test_an_inline_projection_is_made_async_again(url: str) -> None:
    async def open_inline() -> None:
        async with await open_store(url, inline=[words]):
            pass

    asyncio.run(open_inline())
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert (found["kind"], found["state"]) == ("inline", "inline")
    stop = ("projections", "stop-inline", "words")
    assert printed(*stop, url=url)["done"] == "no longer inline"
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert (found["kind"], found["state"]) == ("async", "on request")
    assert printed(*stop, url=url)["done"] == "was not inline"
    assert retold("projections", "stop-inline", "nope", url=url).exit_code == 2


def test_a_rebuild_is_switched_to_and_back_and_the_rest_dropped(url: str) -> None:
    before = rows(url)
    rebuilt = printed("projections", "rebuild", "words", *module, url=url)
    assert (rebuilt["build"], rebuilt["events"], rebuilt["switched"]) == (2, 4, True)
    assert rows(url) == before
    assert "build 1 is read" in retold("projections", "switch-back", "words", url=url).stdout
    dropped = printed("projections", "drop", "words", *module, url=url)
    assert dropped["done"] == "removed: 2"
    assert retold("projections", "switch-back", "words", url=url).exit_code == 1
    assert rows(url) == before


def test_a_rebuild_by_several_processes(url: str) -> None:
    options = ("--workers", "2", "--share", "0.5")
    rebuilt = printed("projections", "rebuild", "notes", *options, *module, url=url)
    assert (rebuilt["events"], rebuilt["switched"]) == (4, True)
    refused = retold("projections", "rebuild", "notes", "--share", "0", *module, url=url)
    assert refused.exit_code == 2
    assert "--share" in refused.stderr
    refused = retold("projections", "rebuild", "words", "--workers", "2", *module, url=url)
    assert refused.exit_code == 1
    assert "one worker folds them" in refused.stderr


def test_pausing_and_resuming(url: str) -> None:
    refused = retold("projections", "pause", "words", url=url)
    assert (refused.exit_code, "never run here" in refused.stderr) == (2, True)
    assert retold("projections", "parked", "words", url=url).exit_code == 2
    rows(url)
    assert retold("projections", "pause", "words", url=url).exit_code == 0
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert (found["state"], found["paused_at"] is not None) == ("paused", True)
    append(url, "late")
    once = retold("projections", "run", "words", "--once", *module, url=url)
    assert (once.exit_code, "words: paused, left as it is" in once.stderr) == (0, True)
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert found["lag_events"] == 1
    assert retold("projections", "resume", "words", url=url).exit_code == 0
    (found,) = printed("projections", "status", "words", *module, url=url)
    assert found["state"] == "on request"


def test_a_diff_says_what_differs_and_exits_with_1(url: str) -> None:
    both = ("--module", "tests.cli.two_versions")
    result = retold(
        "projections", "diff", "words", "--old", "v1", "--new", "2", *both, "-o", "csv", url=url
    )
    assert result.exit_code == 1
    (row,) = csv_rows(result.stdout)
    assert (row["old"], row["new"], row["differing"]) == ("1", "2", "3")
    table = retold("projections", "diff", "words", "--old", "1", "--new", "2", *both, url=url)
    assert "they part at version 1 of note-0 (note.said)" in table.stderr
    same = retold("projections", "diff", "words", "--old", "1", "--new", "1", *both, url=url)
    assert (same.exit_code, "no row ever differed" in same.stderr) == (0, True)
    first, *_ = found = accessed(url)
    assert (first.action, first.target, first.rows) == ("query", "projection_diff", 3)
    assert first.parameters == {"projection": "words", "old": "v1", "new": "2"}
    assert [access.rows for access in found[1:]] == [3, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rebuild", "sentences"), "no projection 'sentences'"),
        (("diff", "session_list", "--old", "v1", "--new", "v9"), "no version 9"),
        (("diff", "session_list", "--old", "first", "--new", "v1"), "no version"),
        (("status", "--module", "no.such.module"), "cannot be imported"),
        (("status", "--module", "json"), "holds no Projection"),
        (("rebuild", "session_list", "--from", "yesterday"), "yesterday"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(
    url: str, arguments: tuple[str, ...], message: str
) -> None:
    result = retold("projections", *arguments, url=url)
    assert result.exit_code == 2
    assert message in result.stderr
