"""The work queue of an orchestrator, and what the ids of its rows begin with."""

from __future__ import annotations

step_rows, run_rows = "step:", "run:"
"""Of an attempt at a step that may begin, and of a run to start or look after."""


def orchestrator_queue(orchestrator: str) -> str:
    """Return the name of the work queue of an orchestrator."""
    return f"orchestrator.{orchestrator}"
