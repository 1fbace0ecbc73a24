"""What users install holds what it needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

root = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, root],
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_wheel_holds_more_than_modules(
    wheel: zipfile.ZipFile,
) -> None:
    names = set(wheel.namelist())
    revisions = {path.name for path in (root / "retold/migrations/versions").glob("0*.py")}
    assert {f"retold/migrations/versions/{name}" for name in revisions} <= names
    assert {
        "retold/py.typed",
        "retold/projections/exports/page.css",
        "retold/migrations/env.py",
        "retold/migrations/script.py.mako",
    } <= names


def test_wheel_holds_nothing_but_the_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"retold"}


def test_importing_the_package_or_the_command_line_does_not_import_ag2() -> None:
    program = "import sys, retold, retold.cli.main; print('ag2' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
