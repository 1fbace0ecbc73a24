"""The demo does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

demo = Path(__file__).parents[1] / "examples" / "demo.py"


@pytest.mark.crash
def test_demo_kills_its_first_process_and_the_second_finishes(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"OPENAI_API_KEY", "RETOLD_URL"}
    }
    done = subprocess.run(
        [sys.executable, demo],
        cwd=tmp_path,
        env=environment | {"COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert said.startswith("This demo uses a scripted model.")
    assert said.rstrip().endswith("Done, with a scripted model.")
    first, second = said.split("The second process:")
    assert "*** kill -9, while the refund tool is at work ***" in first
    assert "It did not go through: we were interrupted." in second
    earlier, whole = re.split(r"\$ retold sessions show ticket-4711\n", second)
    assert "please refund" not in earlier.partition("--at")[2]
    assert "turn abandoned" in whole
    assert "It is unknown whether the tool took effect." in whole
    assert re.search(r"\$ retold verify\n.*\n\s*yes", whole)
