"""``retold import``: what it reports, and when it fails."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from retold.projections.models.session_list import session_list
from retold.projections.projection import Projection
from retold.store import open_store
from tests.cli.accessed import accessed
from tests.cli.commands import csv_rows, printed, process, retold
from tests.cli.picky import picky
from tests.importers.recordings import (
    chat,
    dialogue,
    llm_call,
    notebook,
    said,
    simulation,
    simulations,
    span,
    support_talk,
    trace,
    trajectory,
    write,
    write_lines,
)


def test_an_import_reports_each_file_and_adds_its_sessions(sqlite_url: str, tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", [trajectory(0), trajectory(1)])
    second = write(tmp_path / "b.json", simulations(simulation()))
    report = printed("import", str(first), str(second), url=sqlite_url)
    assert report["ok"] is True
    assert [(file["file"], file["format"], file["imported"]) for file in report["files"]] == [
        (str(first), "tau-bench", 2),
        (str(second), "tau2", 1),
    ]
    listed = printed("sessions", "list", url=sqlite_url)
    assert [row["session"] for row in listed] == ["sim-1", "1#0", "0#0"]


def test_every_form_is_named_and_what_is_odd_is_said(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    write_lines(folder / "a.jsonl", chat(), chat())
    write(folder / "b.ipynb", notebook(said("cook", "guest", "Soup?")))
    write(folder / "c.json", trace(span("x", "lost")))
    write(folder / "d.json", dialogue())
    write(folder / "e.json", [llm_call()])
    write_lines(folder / "f.jsonl", {"__event__": "ag2.events.X", "created_at": 1.5})
    write_lines(folder / "g.jsonl", {"type": "ag2.events.X", "data": {"created_at": 1.5}})
    result = retold("import", str(folder), "-o", "json", url=sqlite_url)
    report = json.loads(result.stdout)
    assert [(file["format"], file["imported"]) for file in report["files"]] == [
        ("openai-chat", 2),
        ("autogen-notebook", 1),
        ("langfuse", 1),
        ("star", 1),
        ("autogen-llm", 1),
        ("ag2-redis", 1),
        ("ag2-log", 1),
    ]
    (odd,) = report["files"][2]["notes"]
    assert odd["session"] == "trace-1"
    assert "names the parent lost" in odd["note"]
    again = retold("import", str(folder), url=sqlite_url)
    assert again.exit_code == 0
    assert "trace-1: span x at $.observations[0] names the parent lost" in again.stderr


def test_a_list_is_exported_as_it_came(sqlite_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "talk.json", support_talk())
    printed("import", str(file), url=sqlite_url)
    exported = retold("sessions", "export", "talk", url=sqlite_url)
    assert json.loads(exported.stdout) == support_talk()


def test_a_second_import_adds_nothing(sqlite_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", [trajectory(0)])
    printed("import", str(file), url=sqlite_url)
    before = printed("verify", url=sqlite_url)["events"]
    (again,) = printed("import", str(file), url=sqlite_url)["files"]
    assert (again["sessions"], again["imported"], again["unchanged"]) == (1, 0, 1)
    # The one event more says who verified the log before.
    assert printed("verify", url=sqlite_url)["events"] == before + 1


def test_a_prefix_imports_the_same_file_once_more(sqlite_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", [trajectory(0)])
    printed("import", str(file), url=sqlite_url)
    printed("import", str(file), "--prefix", "again/", url=sqlite_url)
    listed = printed("sessions", "list", url=sqlite_url)
    assert [row["session"] for row in listed] == ["again/0#0", "0#0"]


def test_a_named_file_of_no_known_form_fails_and_the_others_are_imported(
    sqlite_url: str, tmp_path: Path
) -> None:
    good = write(tmp_path / "good.json", [trajectory(0)])
    bad = write(tmp_path / "bad.json", {"hello": 1})
    result = retold("import", str(bad), str(good), "-o", "json", url=sqlite_url)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["ok"] is False
    assert [file["imported"] for file in report["files"]] == [0, 1]
    assert report["files"][0]["errors"][0]["code"] == "unrecognised_file"
    assert str(bad) in result.stderr


def test_a_malformed_session_fails_and_names_file_record_and_field(
    sqlite_url: str, tmp_path: Path
) -> None:
    broken = trajectory(1, [{"role": "user", "content": "hi"}, {"content": "no role"}])
    file = write(tmp_path / "a.json", [trajectory(0), broken])
    result = retold("import", str(file), "-o", "json", url=sqlite_url)
    (report,) = json.loads(result.stdout)["files"]
    assert result.exit_code == 1
    assert (report["imported"], report["failed"]) == (1, 1)
    assert str(file) in result.stderr
    assert "$[1].traj[1]" in result.stderr
    assert [row["session"] for row in printed("sessions", "list", url=sqlite_url)] == ["0#0"]


def test_in_a_folder_other_files_are_skipped_and_said_to_be(
    sqlite_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    write(folder / "a.json", [trajectory(0)])
    (folder / "notes.txt").write_text("hello")
    write(folder / "other.json", {"hello": 1})
    result = retold("import", str(folder), "-o", "json", url=sqlite_url)
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [Path(entry["file"]).name for entry in report["skipped"]] == ["notes.txt", "other.json"]
    assert all(entry["reason"] for entry in report["skipped"])


def test_a_file_that_is_not_there_fails(sqlite_url: str, tmp_path: Path) -> None:
    result = retold("import", str(tmp_path / "absent.json"), url=sqlite_url)
    assert result.exit_code == 1
    assert "absent.json" in result.stderr


def test_piped_it_prints_a_plain_table_and_no_progress(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    file = write(folder / "a.json", [trajectory(0)])
    (folder / "notes.txt").write_text("hello")
    ran = process("import", str(folder), "--url", sqlite_url)
    assert ran.returncode == 0
    header, line = ran.stdout.splitlines()
    assert header.split() == ["file", "imported", "unchanged", "failed", "sessions", "format"]
    assert line.split() == [str(file), "1", "0", "0", "1", "tau-bench"]
    assert ran.stderr.startswith(f"skipped {folder / 'notes.txt'}: ")
    assert ran.stderr.count("\n") == 1


def test_as_csv_it_has_a_row_a_file(sqlite_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", [trajectory(0)])
    (row,) = csv_rows(retold("import", str(file), "-o", "csv", url=sqlite_url).stdout)
    assert (row["file"], row["imported"], row["errors"]) == (str(file), "1", "[]")


def test_without_a_url_the_log_is_a_file_here(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [trajectory(0)])
    assert process("import", "a.json", cwd=tmp_path).returncode == 0
    assert (tmp_path / "retold.db").is_file()
    listed = json.loads(process("sessions", "list", "-o", "json", cwd=tmp_path).stdout)
    assert [row["session"] for row in listed] == ["0#0"]


def test_the_size_limit_is_read_from_the_environment(sqlite_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", [trajectory(0)])
    ran = process("import", str(file), "--url", sqlite_url, RETOLD_MAX_EVENT_BYTES="200")
    assert ran.returncode == 1
    assert "the limit is 200" in ran.stderr


@pytest.mark.parametrize("limit", ["many", "0"])
def test_a_limit_that_makes_no_sense_is_wrong_usage(
    sqlite_url: str, tmp_path: Path, limit: str
) -> None:
    file = write(tmp_path / "a.json", [trajectory(0)])
    ran = process("import", str(file), "--url", sqlite_url, RETOLD_MAX_EVENT_BYTES=limit)
    assert ran.returncode == 2
    assert "RETOLD_MAX_EVENT_BYTES" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_importing_nothing_is_wrong_usage(sqlite_url: str) -> None:
    assert retold("import", url=sqlite_url).exit_code == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[{}, ", b"\xff\xfe"])
def test_a_truncated_file_changes_nothing(sqlite_url: str, tmp_path: Path, content: bytes) -> None:
    assert retold("db", "upgrade", url=sqlite_url).exit_code == 0
    (tmp_path / "a.json").write_bytes(content)
    assert retold("import", str(tmp_path / "a.json"), url=sqlite_url).exit_code == 1
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
    connection.close()


# Into a log that keeps projections inline ---------------------------------------------------------


def keep_inline(url: str, *projections: Projection) -> None:
    """Have the log write rows with each append."""

    async def work() -> None:
        async with await open_store(url, inline=projections):
            pass

    asyncio.run(work())


def lag_of(url: str, name: str, *module: str) -> object:
    """Return how many events a read model lacks; nobody brings it up to date."""
    (found,) = printed("projections", "status", name, *module, url=url)
    assert found["kind"] == "inline"
    return found["lag_events"]


def test_what_a_log_keeps_inline_is_kept_by_an_import(store_url: str, tmp_path: Path) -> None:
    keep_inline(store_url, session_list)
    file = write(tmp_path / "a.json", [trajectory(0), trajectory(1)])
    report = printed("import", str(file), url=store_url)
    assert (report["ok"], report["files"][0]["imported"]) == (True, 2)
    assert lag_of(store_url, "session_list") == 0
    # Who reads is on record there, too.
    assert len(printed("sessions", "list", url=store_url)) == 2
    assert [one.action for one in accessed(store_url)] == ["list"]


def test_an_inline_projection_of_ones_own_is_found_in_its_module(
    store_url: str, tmp_path: Path
) -> None:
    module = ("--module", "tests.cli.picky")
    keep_inline(store_url, picky)
    file = write(tmp_path / "a.json", [trajectory(0), trajectory(1)])
    # What its fold refuses is not imported, and what it does not, is.
    result = retold("import", str(file), *module, "-o", "json", url=store_url)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    (error,) = report["files"][0]["errors"]
    assert (report["files"][0]["imported"], report["files"][0]["failed"]) == (1, 1)
    assert error["code"] == "inline_projection_failed"
    assert "not this one" in error["message"]
    assert lag_of(store_url, "picky", *module) == 0


@pytest.mark.postgres
def test_an_inline_projection_nobody_names_is_asked_for(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    keep_inline(migrated_postgres_url, picky)
    file = write(tmp_path / "a.json", [trajectory(0)])
    refused = retold("import", str(file), url=migrated_postgres_url)
    assert refused.exit_code == 2
    assert "picky" in refused.stderr
    assert "--module" in refused.stderr
    assert printed("sessions", "list", url=migrated_postgres_url) == []
    assert accessed(migrated_postgres_url) == []
    assert retold("projections", "stop-inline", "picky", url=migrated_postgres_url).exit_code == 0
    assert retold("import", str(file), url=migrated_postgres_url).exit_code == 0


def test_expected_actions_are_judged_and_a_flag_that_differs_is_said(
    sqlite_url: str, tmp_path: Path
) -> None:
    action = {"action_id": "a1", "name": "find", "arguments": {"order": "A"}}
    checks = [{"action": action, "action_match": False}, {"action": {"name": "never"}}]
    call = {"id": "c1", "name": "find", "arguments": {"order": "A"}}
    document = {
        "info": {},
        "tasks": [],
        "simulations": [
            {
                "id": "s",
                "messages": [{"role": "assistant", "content": None, "tool_calls": [call]}],
                "reward_info": {"action_checks": checks},
            }
        ],
    }
    path = write(tmp_path / "a.json", document)
    for _ in range(2):
        result = retold("import", str(path), "--check-actions", url=sqlite_url)
        assert result.exit_code == 0
        assert "1 of 2 expected actions are met by the recorded calls" in result.stderr
        assert "s, step 1: met, where its source says not met" in result.stderr
    (plan,) = csv_rows(retold("query", "plan-progress", "-o", "csv", url=sqlite_url).stdout)
    assert (plan["plan"], plan["done"], plan["steps"]) == ("action_checks", "1", "2")


def test_dialogues_are_held_to_flow_charts_and_one_that_has_none_is_said(
    sqlite_url: str, tmp_path: Path
) -> None:
    charts = tmp_path / "charts"
    charts.mkdir()
    (tmp_path / "dialogues").mkdir()
    write(charts / "cook.json", {"task": "Cook", "graph": {"hello": "ask", "ask": "bye"}})
    for number, task in ((1, "cook"), (2, "cook"), (3, "dance")):
        steps = [
            {"Agent": "Wizard", "Action": "pick_suggestion", "Text": "t", "ActionLabel": label}
            for label in ("hello", "bye", "never")
        ]
        scenario = {"WizardCapabilities": [{"Task": task}]}
        document = {"DialogueID": number, "Scenario": scenario, "Events": steps}
        write(tmp_path / "dialogues" / f"{number}.json", document)
    given = ("import", str(tmp_path / "dialogues"), "--check-flow")
    for _ in range(2):
        result = retold(*given, str(charts), url=sqlite_url)
        assert result.exit_code == 1
        told = " ".join(result.stderr.split())
        assert "2 dialogues, 6 actions: 2 on the flow, 2 off the flow, 2 refused" in told
        assert "Session '3' has the task 'dance'" in told
    asked = ("query", "topic-transitions", "-o", "csv")
    off = csv_rows(retold(*asked, "--off-flow", url=sqlite_url).stdout)
    assert [(row["session"], row["from_topic"], row["to_topic"]) for row in off] == [
        ("2", "hello", "bye"),
        ("1", "hello", "bye"),
    ]
    assert len(csv_rows(retold(*asked, "--refused", url=sqlite_url).stdout)) == 2

    # A folder of no flow charts is said before anything is imported.
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    result = retold(*given, str(tmp_path / "dialogues"), url=empty)
    assert result.exit_code == 1
    assert "has no 'graph'" in " ".join(result.stderr.split())
    assert not (tmp_path / "empty.db").exists()
