"""``retold sessions``: what is listed, shown, summed up and exported, in each form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.accessed import accessed
from tests.cli.commands import csv_rows, printed, process, record, retold
from tests.importers.recordings import trajectory, write
from tests.projections.histories import message, started

promised = {
    "source",
    "sessions_ended",
    "messages",
    "tool_calls",
    "tool_results",
    "tool_errors",
    "parallel_call_messages",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
    "started_at",
    "ended_at",
    "end_reason",
}


# list --------------------------------------------------------------------------------------------


def test_list_prints_one_json_array_with_the_promised_fields(filled_url: str) -> None:
    rows = printed("sessions", "list", url=filled_url)
    assert [row["session"] for row in rows] == ["chat-2", "order-1"]
    assert all(promised < row.keys() for row in rows)
    assert {name: rows[1][name] for name in promised} == {
        "source": "tau2",
        "sessions_ended": 1,
        "messages": 4,
        "tool_calls": 1,
        "tool_results": 1,
        "tool_errors": 1,
        "parallel_call_messages": 0,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cost_usd": 0.3,
        "started_at": "2025-08-01T12:00:00",
        "ended_at": "2025-08-01T12:05:00",
        "end_reason": "user_stop",
    }


def test_unknown_is_null_in_json_and_empty_in_csv(filled_url: str) -> None:
    row = printed("sessions", "list", "--source", "ag2", url=filled_url)[0]
    assert (row["cost_usd"], row["started_at"], row["end_reason"]) == (None, None, None)
    (cells,) = csv_rows(
        retold("sessions", "list", "--source", "ag2", "-o", "csv", url=filled_url).stdout
    )
    assert (cells["cost_usd"], cells["started_at"], cells["sessions_ended"]) == ("", "", "0")


def test_csv_has_the_fields_of_json(filled_url: str) -> None:
    rows = printed("sessions", "list", url=filled_url)
    cells = csv_rows(retold("sessions", "list", "-o", "csv", url=filled_url).stdout)
    assert [list(row) for row in cells] == [list(row) for row in rows]
    assert [row["session"] for row in cells] == ["chat-2", "order-1"]
    assert cells[1]["cost_usd"] == "0.3"
    assert json.loads(cells[1]["tags"]) == {"env": "prod"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--source", "tau2"], ["order-1"]),
        (["--subject", "user:8"], ["chat-2"]),
        (["--tag", "env=prod"], ["order-1"]),
        (["--tag", "env=prod", "--tag", "team=x"], []),
        (["--search", "ORDER"], ["order-1"]),
        (["--ended"], ["order-1"]),
        (["--open"], ["chat-2"]),
        (["--limit", "1"], ["chat-2"]),
        (["--nested"], ["child", "chat-2", "order-1"]),
        (["--since", "2025-08-01T12:00:00"], ["order-1"]),
        (["--until", "2025-08-01T12:00:00"], []),
        (["--since", "2025-08-01T14:00:00+02:00"], ["order-1"]),
    ],
)
def test_list_is_filtered(filled_url: str, options: list[str], expected: list[str]) -> None:
    rows = printed("sessions", "list", *options, url=filled_url)
    assert [row["session"] for row in rows] == expected


def test_an_empty_list_is_an_empty_array_and_a_header(sqlite_url: str) -> None:
    assert retold("db", "upgrade", url=sqlite_url).exit_code == 0
    assert printed("sessions", "list", url=sqlite_url) == []
    header = retold("sessions", "list", "-o", "csv", url=sqlite_url).stdout
    assert header.startswith("session,source,")
    assert header.count("\n") == 1


def test_a_piped_table_has_a_line_a_session_and_nothing_else(sqlite_url: str) -> None:
    long_id = "x" * 200
    record(sqlite_url, long_id, [started(subject="[red]\x1b[31mnot red")])
    ran = process("sessions", "list", "--url", sqlite_url)
    assert (ran.returncode, ran.stderr) == (0, "")
    header, line = ran.stdout.splitlines()
    assert header.split()[:2] == ["session", "source"]
    assert line.startswith(f"{long_id}  ag2")
    assert "[red]\\x1b[31mnot red" in line
    assert "\x1b" not in ran.stdout


def test_list_shows_the_sessions_of_one_tenant(filled_url: str) -> None:
    record(filled_url, "theirs", [started()], tenant="them")
    rows = printed("sessions", "list", "--tenant", "them", url=filled_url)
    assert [row["session"] for row in rows] == ["theirs"]


# totals ------------------------------------------------------------------------------------------


def test_totals_prints_one_json_object_with_the_promised_fields(filled_url: str) -> None:
    found = printed("sessions", "totals", url=filled_url)
    assert promised | {"sessions"} < found.keys()
    assert (found["source"], found["sessions"], found["sessions_ended"]) == (None, 2, 1)
    assert (found["messages"], found["tool_errors"]) == (8, 1)
    assert (found["prompt_tokens"], found["completion_tokens"]) == (17, 8)
    assert found["cost_usd"] == 0.3
    assert found["by_source"]["ag2"]["cost_usd"] is None


def test_totals_as_of_a_moment_count_what_had_happened(filled_url: str) -> None:
    found = printed("sessions", "totals", "--at", "2025-08-01T12:02:00", url=filled_url)
    assert (found["sessions"], found["sessions_ended"], found["messages"]) == (1, 0, 2)
    # Nothing of the other session has a time by the source's clock.
    assert found["undated_events"] == 9 + 1


def test_totals_by_the_recording_clock_know_nothing_of_the_past(filled_url: str) -> None:
    then = ["--at", "2025-08-01T12:02:00", "--clock", "recorded"]
    now = ["--at", "2125-01-01", "--clock", "recorded"]
    refused = retold("sessions", "totals", *then, url=filled_url)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "No conversation in this log had begun by 2025-08-01T12:02:00" in refused.stderr
    assert printed("sessions", "totals", *now, url=filled_url)["sessions"] == 2


def test_totals_as_csv_are_one_row(filled_url: str) -> None:
    (row,) = csv_rows(retold("sessions", "totals", "-o", "csv", url=filled_url).stdout)
    assert promised | {"sessions"} < row.keys()
    assert (row["sessions"], row["source"], row["cost_usd"]) == ("2", "", "0.3")


def test_totals_as_a_table_have_a_column_a_source(filled_url: str) -> None:
    header, sessions, *_ = process("sessions", "totals", "--url", filled_url).stdout.splitlines()
    assert header.split() == ["all", "ag2", "tau2"]
    assert sessions.split() == ["sessions", "2", "1", "1"]


# show --------------------------------------------------------------------------------------------


def test_show_prints_the_session_and_its_transcript(filled_url: str) -> None:
    found = printed("sessions", "show", "order-1", url=filled_url)
    assert (found["session"], found["messages"], found["cost_usd"]) == ("order-1", 4, 0.3)
    assert [(e["version"], e["role"], e["text"]) for e in found["entries"]] == [
        (2, "user", "Where is it?"),
        (3, "assistant", "text"),
        (4, "tool", "no such order"),
        (5, "assistant", "Gone."),
        (6, "note", "closed: user_stop"),
    ]
    assert found["entries"][1]["tool_calls"] == [
        {"number": 0, "name": "tool", "id": "x", "arguments": '{"n":0}'}
    ]
    assert (found["entries"][2]["answers"], found["entries"][2]["error"]) == (0, True)


@pytest.mark.parametrize(
    ("at", "versions"),
    [
        (["--at", "3"], [2, 3]),
        (["--at", "9" * 30], [2, 3, 4, 5, 6]),
        (["--at", "2025-08-01T12:03:00"], [2, 3, 4]),
        (["--at", "2025-08-01T14:03:00+02:00"], [2, 3, 4]),
        (["--at", "2125-01-01", "--clock", "recorded"], [2, 3, 4, 5, 6]),
    ],
)
def test_show_as_of_a_version_or_a_moment(
    filled_url: str, at: list[str], versions: list[int]
) -> None:
    found = printed("sessions", "show", "order-1", *at, url=filled_url)
    assert [entry["version"] for entry in found["entries"]] == versions
    assert found["messages"] == sum(version < 6 for version in versions)


def test_show_as_of_a_moment_before_the_session_is_wrong_usage(filled_url: str) -> None:
    early = retold("sessions", "show", "order-1", "--at", "2020-01-01", url=filled_url)
    undated = retold("sessions", "show", "chat-2", "--at", "2030-01-01", url=filled_url)
    version = retold("sessions", "show", "chat-2", "--at", "0", url=filled_url)
    assert [r.exit_code for r in (early, undated, version)] == [2, 2, 2]
    assert "Nothing of 'conversation-order-1' had happened" in _unwrapped(early.stderr)
    assert "--clock recorded" in _unwrapped(undated.stderr)


def _unwrapped(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def test_show_reads_well_without_a_terminal_and_hides_no_control_character(
    sqlite_url: str,
) -> None:
    record(sqlite_url, "s", [started(), message(content="a\nb\x1b]0;title\x07[bold]")])
    ran = process("sessions", "show", "s", "--url", sqlite_url)
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[-2:] == ["a", "b\\x1b]0;title\\x07[bold]"]


def test_a_session_nobody_recorded_is_wrong_usage_and_said_in_one_line(filled_url: str) -> None:
    for command in (["show", "nope"], ["export", "nope"], ["show", "no\npe"]):
        result = retold("sessions", *command, url=filled_url)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.startswith("There is no session 'no")
        assert result.stderr.count("\n") == 1


# export ------------------------------------------------------------------------------------------


def test_export_gives_an_imported_session_back_as_it_came(sqlite_url: str, tmp_path: Path) -> None:
    came = {**trajectory(0), "unknown": {"é": [1.50, None, "\ud800"]}}
    write(tmp_path / "in.json", [came])
    assert retold("import", str(tmp_path / "in.json"), url=sqlite_url).exit_code == 0
    ran = process("sessions", "export", "0#0", "--url", sqlite_url)
    assert ran.returncode == 0
    assert json.loads(ran.stdout) == came
    assert list(json.loads(ran.stdout)) == list(came)


def test_export_of_a_recorded_session_is_its_messages(filled_url: str) -> None:
    result = retold("sessions", "export", "chat-2", url=filled_url)
    assert result.exit_code == 0
    roles = [message["role"] for message in json.loads(result.stdout)]
    assert roles == ["user", "assistant", "tool", "assistant"]


def test_export_as_events_is_a_line_an_event(filled_url: str) -> None:
    result = retold("sessions", "export", "chat-2", "--format", "events", url=filled_url)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["version"] for event in events if event["stream"] == "conversation-chat-2"] == (
        list(range(1, 10))
    )
    assert {event["stream"] for event in events} == {"conversation-chat-2", "conversation-child"}


@pytest.mark.parametrize(("other", "name"), [("jsonl", "events"), ("otlp", "spans")])
def test_a_format_of_two_names_is_one_format(filled_url: str, other: str, name: str) -> None:
    by_other = retold("sessions", "export", "chat-2", "--format", other, url=filled_url)
    by_name = retold("sessions", "export", "chat-2", "--format", name, url=filled_url)
    assert by_other.exit_code == 0
    assert by_other.stdout == by_name.stdout
    assert [a.parameters for a in accessed(filled_url)] == [{"format": name}] * 2


def test_export_of_a_recorded_session_as_its_source_is_wrong_usage(filled_url: str) -> None:
    result = retold("sessions", "export", "chat-2", "--format", "source", url=filled_url)
    assert result.exit_code == 2
    assert "was not imported" in result.stderr


# Wrong usage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--tag", "env"],
        ["list", "--tag", "=prod"],
        ["list", "--limit", "0"],
        ["list", "--since", "yesterday"],
        ["list", "-o", "xml"],
        ["totals", "--at", "noon"],
        ["totals", "--clock", "wall"],
        ["show", "order-1", "--at", "-1"],
        ["export", "order-1", "--format", "pdf"],
        ["show"],
        ["nothing"],
    ],
)
def test_an_option_that_makes_no_sense_is_wrong_usage(
    filled_url: str, arguments: list[str]
) -> None:
    result = retold("sessions", *arguments, url=filled_url)
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["totals"], ["totals", "--at", "2025-01-01"], ["show", "a"], ["export", "a"]],
)
def test_reading_makes_no_database(tmp_path: Path, arguments: list[str]) -> None:
    url = f"sqlite:///{tmp_path / 'absent.db'}"
    result = retold("sessions", *arguments, url=url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no Retold database" in result.stderr
    assert list(tmp_path.iterdir()) == []


# Real recordings ---------------------------------------------------------------------------------


def test_totals_of_the_retail_recording(shared_data: Path, sqlite_url: str) -> None:
    file = shared_data / "tau2" / "gpt-4.1_retail_defautl_gpt-4.1_1trials.json"
    assert process("import", str(file), RETOLD_URL=sqlite_url).returncode == 0
    whole = json.loads(process("sessions", "totals", "-o", "json", RETOLD_URL=sqlite_url).stdout)
    early: dict[str, Any] = json.loads(
        process(
            *("sessions", "totals", "--at", "2025-08-01T16:18:00", "-o", "json"),
            RETOLD_URL=sqlite_url,
        ).stdout
    )
    assert {name: whole[name] for name in promised | {"sessions"}} == {
        "source": "tau2",
        "sessions": 40,
        "sessions_ended": 40,
        "messages": 1_105,
        "tool_calls": 299,
        "tool_results": 299,
        "tool_errors": 12,
        "parallel_call_messages": 34,
        "prompt_tokens": 2_670_434,
        "completion_tokens": 40_747,
        "cost_usd": 2.37558,
        "started_at": "2025-08-01T16:16:36.577845",
        "ended_at": "2025-08-01T16:19:50.597578",
        "end_reason": "user_stop",
    }
    counts = ("sessions", "sessions_ended", "messages", "tool_results", "tool_errors")
    assert [early[name] for name in counts] == [27, 18, 629, 169, 9]
