"""The example of the orchestrator does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

example = Path(__file__).parents[1] / "examples" / "feature_development.py"


def test_the_feature_is_developed_past_a_failure_and_let_out(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "waiting: requirements_analysis, implementation, code_review",
        "a step failed: ConnectionError: the provider is away, retry",
        "Release it? The review says: two nits, well tested",
        "completed: requirements_analysis, implementation, code_review, release",
        "5 model calls",
        "researcher: available, 100% of its steps succeeded",
        "developer: degraded, 75% of its steps succeeded",
        "reviewer: available, 100% of its steps succeeded",
    ]
