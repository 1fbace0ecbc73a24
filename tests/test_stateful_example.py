"""The example of a stateful agent does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

example = Path(__file__).parents[1] / "examples" / "stateful.py"


def test_each_message_leads_where_the_example_says(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
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
