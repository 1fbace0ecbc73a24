"""The example runs offline, and its plan comes to its end."""

from __future__ import annotations

from pathlib import Path

from tests.forking import run

example = Path(__file__).parents[3] / "examples" / "conversation_planner.py"


def test_the_example_holds_its_conversation(tmp_path: Path) -> None:
    done = run(example, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Could you please give more details or clarify your answer?" in done.stdout
    assert "Then let us compare TypeScript, Python and Go" in done.stdout
    assert "(the plan waits: escalation)" in done.stdout
    assert "(the plan waits: criteria)" in done.stdout
    assert done.stdout.endswith("4. met, 2 attempts, 0 fallbacks\ncompleted\n")
