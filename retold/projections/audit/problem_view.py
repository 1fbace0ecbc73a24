"""The problems that recursive agents split and solve, as SQL sees them."""

from __future__ import annotations

from retold.projections.audit.view import View
from retold.projections.models.problems import problem_rows, problems as problem_list

problems = View(
    name="problems",
    description="a row a problem that was split or solved",
    projection=problem_list,
    table=problem_rows,
    columns={
        "session": "id of the conversation it is solved in",
        "solve": "name of the solve",
        "node": "within the tree, such as 0.2.1",
        "root_session": "id of the session it belongs to",
        "parent": "node it is a piece of",
        "depth": "0 for the problem itself",
        "problem": "what is to be solved",
        "status": "posed, assessed, decomposed, left_whole, solved, failed or stopped",
        "complexity": "simple, medium or complex, as it was assessed",
        "subproblems": "how many it was split into",
        "answer": "once it is solved",
        "how": "direct, synthesis, or equal to another",
        "equal_to": "node of the equal problem whose answer it takes",
        "missing": "subproblems that failed, and that the answer does without",
        "failures": "how often it failed",
        "error_type": "what it failed with, the last time",
        "error": "its message",
        "model_calls": "answers of models for it, without its subproblems",
        "prompt_tokens": "likewise, as far as models said",
        "completion_tokens": "likewise, as far as models said",
        "posed_version": "event that posed it",
        "ended_version": "event that solved or failed it",
        "posed_at": "when it was posed, by the source's clock",
        "ended_at": "when it was solved or failed, by the source's clock",
        "recorded_at": "when the log took the first event about it",
        "recorded_to": "when the log took the newest event about it",
    },
)
