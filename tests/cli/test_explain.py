"""``retold explain``, ``retold why``, and what the command line records of its readers."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.cli.accessed import accessed
from tests.cli.commands import csv_rows, printed, process, retold


def test_explain_names_the_event_its_causes_and_its_effects(filled_url: str) -> None:
    found = printed("explain", "order-1", "conversation.history[2]", url=filled_url)
    assert found["event"]["version"] == 4
    assert [(c["edge"], c["event"]["version"]) for c in found["causes"]] == [("inferred", 3)]
    assert [(e["edge"], e["event"]["version"]) for e in found["effects"]] == [("inferred", 5)]
    assert found["value"] == {"stream": "conversation-order-1", "version": 4}
    (value, _, row, cause, effect) = (
        retold("explain", "order-1", "conversation.history[2]", url=filled_url)
        .stdout.strip()
        .splitlines()
    )
    assert value == ('conversation.history[2] = {"stream": "conversation-order-1", "version": 4}')
    assert row.startswith("written by")
    assert cause.split()[:2] == ["cause", "inferred"]
    assert effect.split()[:2] == ["effect", "inferred"]


def test_explain_as_of_a_version_or_a_moment(filled_url: str) -> None:
    path = "conversation.history[-1].version"
    assert printed("explain", "order-1", path, "--at", "3", url=filled_url)["value"] == 3
    moment = ("--at", "2025-08-01T12:03:00", "--clock", "source")
    assert printed("explain", "order-1", path, *moment, url=filled_url)["value"] == 4


def test_why_shows_the_chain_up_to_the_user(filled_url: str) -> None:
    steps = printed("why", "order-1", "5", url=filled_url)
    assert [step["version"] for step in steps] == [5, 4, 3, 2]
    assert steps[-1]["data"]["role"] == "user"
    assert [step["text"] for step in steps] == ["Gone.", "no such order", "text", "Where is it?"]
    assert "Where is it?" in retold("why", "order-1", "5", url=filled_url).stdout
    result = retold("why", "order-1", "5", "--limit", "2", url=filled_url)
    assert len(result.stdout.strip().splitlines()) == 3
    assert "raise --limit" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "none", "conversation.turns"), "no session 'none'"),
        (("explain", "order-1", "weather"), "no state 'weather'"),
        (("explain", "order-1", "conversation."), "is no path"),
        (("explain", "order-1", "conversation.variables.x"), "never had anything"),
        (("explain", "order-1", "conversation.turns", "--at", "0"), "had happened by 0"),
        (("why", "order-1", "99"), "no version 99"),
    ],
)
def test_what_cannot_be_explained_is_wrong_usage(
    filled_url: str, arguments: tuple[str, ...], said: str
) -> None:
    result = retold(*arguments, url=filled_url)
    assert result.exit_code == 2
    assert said in result.stderr
    assert accessed(filled_url) == []


@pytest.mark.parametrize(
    ("form", "begins"), [("markdown", "# Session order-1"), ("html", "<!doctype html>")]
)
def test_a_transcript_is_written_as_it_is(filled_url: str, form: str, begins: str) -> None:
    result = retold("sessions", "export", "order-1", "--format", form, url=filled_url)
    assert result.exit_code == 0
    assert result.stdout.startswith(begins)


def test_spans_are_one_json_object(filled_url: str) -> None:
    result = retold("sessions", "export", "order-1", "--format", "spans", url=filled_url)
    assert list(json.loads(result.stdout)) == ["resourceSpans"]


def test_a_list_is_written_as_parquet(filled_url: str, tmp_path: Path) -> None:
    result = retold("sessions", "list", "-o", "parquet", url=filled_url)
    file = tmp_path / "sessions.parquet"
    file.write_bytes(result.stdout_bytes)
    rows = csv_rows(retold("sessions", "list", "-o", "csv", url=filled_url).stdout)
    table = parquet.read_table(file)
    assert table.column_names == list(rows[0])
    assert [row["session"] for row in table.to_pylist()] == [row["session"] for row in rows]
    assert table.to_pylist()[1]["cost_usd"] == 0.3


def test_each_reading_command_is_recorded_in_the_actors_name(filled_url: str) -> None:
    retold("sessions", "list", "--tag", "env=prod", url=filled_url)
    retold("--actor", "alice", "sessions", "show", "order-1", "--at", "3", url=filled_url)
    retold("sessions", "totals", url=filled_url)
    retold("sessions", "export", "chat-2", url=filled_url)
    retold("explain", "order-1", "conversation.turns", url=filled_url)
    retold("why", "order-1", "5", url=filled_url)
    ran = process("verify", "--url", filled_url, RETOLD_ACTOR="bob")
    assert ran.returncode == 0
    user = getpass.getuser()
    found = accessed(filled_url)
    assert [(a.actor, a.action, a.target, dict(a.parameters), a.rows) for a in found] == [
        (user, "list", "sessions", {"tags": "env=prod"}, 1),
        ("alice", "read", "order-1", {"what": "transcript", "at": "3", "clock": "source"}, 2),
        (user, "query", "totals", {}, None),
        (user, "export", "chat-2", {"format": "messages"}, None),
        (user, "explain", "order-1", {"path": "conversation.turns"}, None),
        (user, "explain", "order-1", {"version": 5}, 4),
        ("bob", "verify", None, {"ok": True}, 16 + 6),
    ]
    assert {access.door for access in found} == {"cli"}


def test_an_actor_who_is_nobody_is_wrong_usage(filled_url: str) -> None:
    result = retold("--actor", " ", "sessions", "list", url=filled_url)
    assert result.exit_code == 2
    assert "is no actor" in result.stderr
