"""The example of a recursive agent does what it says."""

from __future__ import annotations

from pathlib import Path

from tests.forking import run

example = Path(__file__).parents[1] / "examples" / "recursive_solver.py"


def test_the_platform_is_designed_in_two_openings_of_the_log(tmp_path: Path) -> None:
    done = run(example, cwd=tmp_path, timeout=110)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("The log is opened anew")
    assert first.startswith("stopped: 12 model calls so far\n")
    assert "The budget of model_calls is spent" in first
    assert "completed: 19 model calls so far" in second
    assert second.count("sessions in signed cookies") == 2
    assert second.count("Design user authentication (equal)") == 1
    assert "0 Design a complete e-commerce platform wi (synthesis)" in second
    assert "9 of 9 problems solved, 19 model calls" in second
