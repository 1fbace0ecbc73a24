"""The example of a stateful agent does what it says."""

from __future__ import annotations

from pathlib import Path

from tests.forking import run

example = Path(__file__).parents[1] / "examples" / "stateful.py"


def test_each_message_leads_where_the_example_says(tmp_path: Path) -> None:
    done = run(example, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    topics = [line.split("-> ")[1] for line in done.stdout.splitlines() if "->" in line]
    assert topics == [
        "greeting, neutral",
        "question_asked, neutral",
        "clarifying, confused",
        "deepening, neutral",
        "solution_provided, positive",
        "farewell, neutral",
    ]
    assert "conversation.current_topic is 'farewell'" in done.stdout
    assert "conversation.message_classified" in done.stdout
