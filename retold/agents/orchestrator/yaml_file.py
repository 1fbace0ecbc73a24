"""Workflows from YAML: one a document, every problem with its line.

::

    name: feature_development
    steps:
      - name: requirements_analysis
        agent: researcher
        task: Analyze requirements for {{ input.feature }}
      - name: implementation
        capability: coding
        task: Implement the feature
        retry: {attempts: 3}
        fallback: {agent: developer-2}
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from retold.agents.orchestrator.yaml_text import YamlDocument, read_documents
from retold.domain.workflow.checking import Agents
from retold.domain.workflow.defining import examine
from retold.domain.workflow.definition import Workflow
from retold.errors import WorkflowFileUnreadable, WorkflowInvalid, WorkflowProblem

largest_file = 1024 * 1024
"""Bytes; a file of workflows that is larger is refused before it is read."""


def load_workflows(path: str | Path, *, agents: Agents | None = None) -> tuple[Workflow, ...]:
    """Return the checked workflows in a YAML file, in order.

    Args:
        path: of the file, UTF-8.
        agents: the agents there are, names to what they can do; None not to check for them.

    Raises:
        WorkflowFileUnreadable: when it cannot be opened, is too large, or is no UTF-8 text.
        WorkflowInvalid: with all that is wrong in the file, by line.
    """
    source = str(path)
    try:
        with Path(path).open("rb") as file:
            content = file.read(largest_file + 1)
        if len(content) > largest_file:
            raise WorkflowFileUnreadable(source, f"it has more than {largest_file:,} bytes")
        text = content.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkflowFileUnreadable(source, reason) from error
    except UnicodeDecodeError as error:
        raise WorkflowFileUnreadable(source, f"byte {error.start} is no UTF-8") from error
    return read_workflows(text, source=source, agents=agents)


def read_workflows(
    text: str, *, source: str | None = None, agents: Agents | None = None
) -> tuple[Workflow, ...]:
    """Return the checked workflows in a YAML text, in order.

    Args:
        text: YAML, a workflow a document.
        source: what it is called in errors; a file's name.
        agents: as of :func:`load_workflows`.

    Raises:
        WorkflowInvalid: with all that is wrong in the text, by line.
    """
    workflows: list[Workflow] = []
    problems: list[WorkflowProblem] = []
    names: dict[str, int] = {}
    documents = read_documents(text)
    for document in documents:
        workflow, found = _examine(document, agents)
        problems += found
        problems += _named_twice(document, names)
        if workflow is not None:
            workflows.append(workflow)
    if not documents:
        problems.append(WorkflowProblem("not_a_workflow", "it is empty", line=1, column=1))
    if problems:
        problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
        raise WorkflowInvalid(_only_name(documents), problems, source)
    return tuple(workflows)


def _examine(
    document: YamlDocument, agents: Agents | None
) -> tuple[Workflow | None, list[WorkflowProblem]]:
    unread = {found.path for found in document.problems if found.code != "duplicate_key"}
    if () in unread:
        return None, document.problems
    workflow, found = examine(document.data, agents=agents)
    placed = []
    for problem in found:
        # What could not be read is not a value of its own that is wrong once more.
        if problem.path in unread:
            continue
        line, column = document.place_of(problem.path) or (None, None)
        placed.append(problem._replace(line=line, column=column))
    if document.problems:
        return None, [*document.problems, *placed]
    return workflow, placed


def _named_twice(document: YamlDocument, names: dict[str, int]) -> list[WorkflowProblem]:
    name = document.data.get("name") if isinstance(document.data, dict) else None
    if not isinstance(name, str):
        return []
    line, column = document.place_of(("name",)) or (1, 1)
    first = names.setdefault(name, line)
    if first == line:
        return []
    message = f"the name {name!r} is that of the workflow in line {first} already"
    return [WorkflowProblem("duplicate_workflow", message, ("name",), line=line, column=column)]


def _only_name(documents: Sequence[YamlDocument]) -> str | None:
    if len(documents) != 1 or not isinstance(documents[0].data, dict):
        return None
    name = documents[0].data.get("name")
    return name if isinstance(name, str) else None
