"""Questions while the index grows, is built anew and saved: in a process of its own.

To resize hnswlib's index while it is queried ends the process by a signal, which no test in this
one would live to report.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.forking import repository


def grow(count: int) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.projections.semantic_index.growing", str(count)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-2_000:]}"
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("count", [800, pytest.param(30_000, marks=pytest.mark.stress)])
def test_nothing_crashes_and_nothing_is_lost(count: int) -> None:
    found = grow(count)
    assert found["asked"] > 0
    assert found["misses"] == found["wrong"] == found["failures"] == 0
    assert found["left"] == found["counted"]
    assert found["graph"]
    # Within the bar of recall, though the graph was added to and deleted from all the while.
    assert found["lost"] <= 0.015 * found["left"]
