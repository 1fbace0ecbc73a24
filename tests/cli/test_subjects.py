"""``retold subjects``: all of a person, in a folder."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.accessed import accessed
from tests.cli.commands import printed, retold


def test_export_writes_a_file_a_session_and_says_where(filled_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "user-8"
    found = printed("subjects", "export", "user:8", str(folder), url=filled_url)
    assert (found["subject"], found["format"], found["sessions"]) == ("user:8", "events", 1)
    assert [one["file"] for one in found["conversations"]] == ["0001-chat-2.jsonl"] * 2
    lines = (folder / "0001-chat-2.jsonl").read_text().splitlines()
    streams = {json.loads(line)["stream"] for line in lines}
    assert streams == {"conversation-chat-2", "conversation-child"}
    assert [(one.action, one.target) for one in accessed(filled_url)] == [
        ("export", "chat-2"),
        ("export", "user:8"),
    ]


def test_export_as_a_table_names_the_files(filled_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "7"
    result = retold("subjects", "export", "user:7", str(folder), "--format", "html", url=filled_url)
    assert result.exit_code == 0
    assert "0001-order-1.html" in result.stdout
    assert "1 files and index.json are in" in result.stderr
    assert (folder / "0001-order-1.html").read_text().startswith("<!doctype html>")


def test_what_cannot_be_exported_is_wrong_usage(filled_url: str, tmp_path: Path) -> None:
    for arguments, says in (
        (["user:9", str(tmp_path / "9")], "No conversation in this log concerns 'user:9'"),
        (["user:7", str(tmp_path)], "there already, and no empty folder"),
        (["user:7", str(tmp_path / "7"), "--format", "source"], "'source' is not one of"),
    ):
        result = retold("subjects", "export", *arguments, url=filled_url)
        assert (result.exit_code, result.stdout) == (2, "")
        assert says in " ".join(result.stderr.replace("\u2502", "").split())
