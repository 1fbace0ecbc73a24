"""How a checked definition is made, of Python values or of what a file holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from retold.domain.workflow.checking import Agents, near, problems_of
from retold.domain.workflow.definition import (
    Approval,
    Fallback,
    FanOut,
    RetryPolicy,
    Step,
    Workflow,
)
from retold.errors.workflows import WorkflowInvalid, WorkflowProblem

_unnamed = "unnamed"
_fields = {
    name
    for part in (Workflow, Step, RetryPolicy, Fallback, FanOut, Approval)
    for name in part.model_fields
}
_codes = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "invalid_key": "unknown_field",
}


def define_workflow(
    name: str,
    steps: Iterable[Step | Mapping[str, Any]],
    *,
    agents: Agents | None = None,
    **options: Any,
) -> Workflow:
    """Return a checked workflow.

    Args:
        name: of the workflow.
        steps: in order; mappings have the fields of :class:`Step`. Each depends on the one before
            unless it says otherwise.
        agents: the agents there are, names to what they can do; None not to check for them.
        options: the other fields of :class:`Workflow`.

    Raises:
        WorkflowInvalid: with all that is wrong with it.
    """
    return workflow_of({"name": name, "steps": list(steps), **options}, agents=agents)


def check_workflow(workflow: Workflow, *, agents: Agents | None = None) -> Workflow:
    """Return a workflow when nothing is wrong with it.

    Raises:
        WorkflowInvalid: with all that is wrong with it.
    """
    problems = problems_of(workflow, agents=agents)
    if problems:
        raise WorkflowInvalid(workflow.name, problems)
    return workflow


def workflow_of(data: object, *, agents: Agents | None = None) -> Workflow:
    """Return the checked workflow in plain data.

    Args:
        data: a mapping with the fields of :class:`Workflow`.
        agents: as of :func:`define_workflow`.

    Raises:
        WorkflowInvalid: with all that is wrong with it.
    """
    workflow, problems = examine(data, agents=agents)
    if problems or workflow is None:
        raise WorkflowInvalid(_name_in(data), problems)
    return workflow


def examine(
    data: object, *, agents: Agents | None = None
) -> tuple[Workflow | None, list[WorkflowProblem]]:
    """Return the workflow in plain data and all that is wrong with it.

    What cannot be read is reported and left at its default, so that the rest is checked as well.

    Args:
        data: as of :func:`workflow_of`.
        agents: as of :func:`define_workflow`.

    Returns:
        The workflow, None when there are problems; and the problems.
    """
    if not isinstance(data, Mapping):
        message = f"a workflow is a mapping with a name and steps, not {_kind(data)}"
        return None, [WorkflowProblem("not_a_workflow", message)]
    given = dict(data)
    raw_steps = given.pop("steps", ())
    problems: list[WorkflowProblem] = []
    steps: list[Step] = []
    unreadable: list[tuple[int, str]] = []
    if not isinstance(raw_steps, Sequence) or isinstance(raw_steps, str):
        message = f"steps are a list, not {_kind(raw_steps)}"
        problems.append(WorkflowProblem("invalid_value", message, ("steps",)))
        unreadable.append((-1, "depends_on"))
    else:
        for place, raw in enumerate(raw_steps):
            step, found, fields = _read_step(place, raw)
            problems += found
            unreadable += fields
            steps.append(step)
    workflow, found = _read_workflow(given, steps)
    problems += found
    checked = problems_of(workflow, agents=agents, unreadable=unreadable)
    reported = {problem.path for problem in problems}
    problems += [problem for problem in checked if problem.path not in reported]
    problems.sort(key=_order)
    return (None if problems else workflow), problems


def _read_workflow(
    given: dict[str, Any], steps: Sequence[Step]
) -> tuple[Workflow, list[WorkflowProblem]]:
    try:
        return Workflow.model_validate({**given, "steps": tuple(steps)}), []
    except ValidationError as error:
        problems = [_problem(detail, (), None) for detail in error.errors()]
        wrong = {detail["loc"][0] for detail in error.errors()}
    kept = {key: value for key, value in given.items() if key not in wrong}
    kept.setdefault("name", _unnamed)
    return Workflow.model_validate({**kept, "steps": tuple(steps)}), problems


def _read_step(
    place: int, raw: object
) -> tuple[Step, list[WorkflowProblem], list[tuple[int, str]]]:
    path: tuple[str | int, ...] = ("steps", place)
    nameless = f"{_unnamed}-{place}"
    if isinstance(raw, Step):
        return raw, [], []
    if not isinstance(raw, Mapping):
        message = f"a step is a mapping with a name, an agent and a task, not {_kind(raw)}"
        problem = WorkflowProblem("invalid_value", message, path)
        step = Step(name=nameless, agent=_unnamed, task=_unnamed)
        return step, [problem], _all_fields(place)
    try:
        return Step.model_validate(dict(raw)), [], []
    except ValidationError as error:
        name = raw.get("name")
        known = name if isinstance(name, str) else None
        problems = [_problem(detail, path, known) for detail in error.errors()]
        wrong = {str(detail["loc"][0]) if detail["loc"] else "name" for detail in error.errors()}
    kept = {key: value for key, value in raw.items() if str(key) not in wrong}
    kept.setdefault("name", nameless)
    kept.setdefault("task", _unnamed)
    return Step.model_validate(kept), problems, [(place, field) for field in sorted(wrong)]


def _all_fields(place: int) -> list[tuple[int, str]]:
    return [(place, field) for field in Step.model_fields]


def _problem(
    detail: ErrorDetails, path: tuple[str | int, ...], step: str | None
) -> WorkflowProblem:
    # Members of unions are named in the location, which says nothing to who wrote the file.
    place = tuple(part for part in detail["loc"] if part == 0 or part not in _union_members)
    code = _codes.get(detail["type"], "invalid_value")
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    if code == "missing_field":
        message = f"{place[-1]!r} is missing"
    elif code == "unknown_field":
        message = f"there is no field {place[-1]!r}{near(str(place[-1]), _fields)}"
    return WorkflowProblem(code, message, (*path, *place), step)


_union_members = frozenset({"str", "tuple[any,...]", "tuple[any, ...]"})


def _order(problem: WorkflowProblem) -> tuple[int, int]:
    if problem.path[:1] == ("steps",) and len(problem.path) > 1:
        return 1, int(problem.path[1])
    return 0, 0


def _name_in(data: object) -> str | None:
    name = data.get("name") if isinstance(data, Mapping) else None
    return name if isinstance(name, str) else None


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
    return type(value).__name__
