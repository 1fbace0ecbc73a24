"""``retold verify``: it names what was altered, and fails by exit code 3."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.cli.commands import printed, process, retold


def tamper(tmp_path: Path, statement: str) -> None:
    connection = sqlite3.connect(tmp_path / "log.db")
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("DROP TRIGGER events_no_delete")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_untouched_log_verifies(filled_url: str) -> None:
    assert printed("verify", url=filled_url) == {
        "ok": True,
        "streams": 3,
        "events": 16,
        "faults": [],
    }


def test_an_altered_event_is_named(filled_url: str, tmp_path: Path) -> None:
    tamper(
        tmp_path,
        "UPDATE events SET data = replace(data, 'Gone', 'Sent')"
        " WHERE stream = 'conversation-order-1' AND version = 5",
    )
    result = retold("verify", "-o", "json", url=filled_url)
    assert result.exit_code == 3
    report = json.loads(result.stdout)
    assert report["ok"] is False
    (fault,) = report["faults"]
    assert (fault["stream"], fault["version"], fault["kind"]) == (
        "conversation-order-1",
        5,
        "altered",
    )
    assert result.stderr.startswith("conversation-order-1 version 5: altered")


def test_a_removed_event_is_named(filled_url: str, tmp_path: Path) -> None:
    tamper(tmp_path, "DELETE FROM events WHERE stream = 'conversation-chat-2' AND version = 2")
    ran = process("verify", "--url", filled_url)
    assert ran.returncode == 3
    assert ran.stderr.startswith("conversation-chat-2 version 2: removed")


def test_one_stream_can_be_verified_by_itself(filled_url: str, tmp_path: Path) -> None:
    tamper(tmp_path, "DELETE FROM events WHERE stream = 'conversation-chat-2' AND version = 2")
    assert retold("verify", "conversation-order-1", url=filled_url).exit_code == 0
    assert retold("verify", "conversation-chat-2", url=filled_url).exit_code == 3


def test_a_payload_that_cannot_be_read_is_a_matter_of_integrity(
    filled_url: str, tmp_path: Path
) -> None:
    tamper(tmp_path, "UPDATE events SET data = '{' WHERE stream = 'conversation-order-1'")
    result = retold("sessions", "show", "order-1", url=filled_url)
    assert result.exit_code == 3
    assert "retold verify" in result.stderr


def test_a_stream_that_is_not_there_is_wrong_usage(filled_url: str) -> None:
    assert retold("verify", "conversation-none", url=filled_url).exit_code == 2
    assert retold("verify", "no stream name", url=filled_url).exit_code == 2


def test_verifying_makes_no_database(tmp_path: Path) -> None:
    result = retold("verify", url=f"sqlite:///{tmp_path / 'absent.db'}")
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []
