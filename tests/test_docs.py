"""README and docs say what is true: their Python runs, their commands and links lead on."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from retold.cli.main import app
from tests.forking import run

root = Path(__file__).parents[1]
pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Yield an id and the text of each fenced block in that language."""
    for page in pages:
        found = re.finditer(
            rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL
        )
        for number, block in enumerate(found, 1):
            yield f"{page.name}-{number}", block[1]


def commands() -> Iterator[str]:
    """Yield each `retold` command line the docs show."""
    for _, text in blocks("console"):
        for line in text.splitlines():
            command = line.partition("#")[0].strip()
            if command.startswith("retold "):
                yield command


def help_of(names: list[str]) -> str | None:
    """Return the help of a command, None when there is no such command."""
    shown = CliRunner().invoke(app, [*names, "--help"], env={"COLUMNS": "200"})
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.output) if shown.exit_code == 0 else None


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in blocks("python")])
def test_python_in_the_docs_runs(code: str, tmp_path: Path) -> None:
    program = tmp_path / "snippet.py"
    program.write_text(code)
    done = run("-W", "error::RuntimeWarning", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_a_command_in_the_docs_has_only_options_that_exist(command: str) -> None:
    words = shlex.split(command)[1:]
    options = [word for word in words if word.startswith("-")]
    names = [word for word in words[:2] if re.fullmatch("[a-z][a-z-]*", word)]
    pages_of_help = [help_of(names[:depth]) for depth in (2, 1)]
    plain = next((page for page in pages_of_help if page is not None), None)
    assert plain is not None, f"{command}: no such command"
    for option in options:
        assert option in plain, f"{command}: no option {option}"


def test_links_in_the_docs_lead_somewhere() -> None:
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_opens_with_exactly_the_two_commands() -> None:
    first = next(text for name, text in blocks("console") if name == "README.md-1")
    assert first.split("\n") == ["make demo", "make test", ""]
