"""What an agent is given for a step: its task, with the results it refers to in their places."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retold.domain.workflow.definition import Step
from retold.domain.workflow.expression_parser import parse_expression
from retold.domain.workflow.graph import reachable
from retold.domain.workflow.state import StepStatus, WorkflowRun, settled_statuses
from retold.domain.workflow.template import parse_template
from retold.errors import ExpressionFailed


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """What an agent is given for a step, or for an item of its fan-out.

    Attributes:
        task: with the values in their places.
        inputs: by name, JSON-native.
    """

    task: str
    inputs: Mapping[str, Any]

    @property
    def message(self) -> str:
        """Both as one text for a model."""
        if not self.inputs:
            return f"Task: {self.task}"
        context = json.dumps(self.inputs, ensure_ascii=False, indent=2)
        return f"Task: {self.task}\nContext:\n{context}"


class RunValues(Mapping[str, Any]):
    """What expressions of a run may refer to: its input, and the results of steps that are over."""

    def __init__(self, run: WorkflowRun, extra: Mapping[str, Any] | None = None) -> None:
        """Store the run; ``extra`` goes before what it has."""
        self._run = run
        self._known: dict[str, Any] = {"input": run.input, **(extra or {})}

    def __getitem__(self, name: str) -> Any:
        """Return a value.

        Raises:
            KeyError: when there is none of that name.
        """
        if name not in self._known:
            step = self._run.steps[name]
            if step.status not in settled_statuses:
                raise KeyError(name)
            self._known[name] = step.result
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        yield from self._known
        for name, step in self._run.steps.items():
            if name not in self._known and step.status in settled_statuses:
                yield name

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(1 for _ in self)

    def __or__(self, extra: Mapping[str, Any]) -> RunValues:
        """Return these values with others before them."""
        return RunValues(self._run, {**self._known, **extra})


def prepare_step(run: WorkflowRun, step: str, item: int | None = None) -> PreparedStep:
    """Return what an agent is given for a step that may begin, or has begun.

    Args:
        run: where the run stands.
        step: name of the step.
        item: place in its fan-out; None without one.

    Raises:
        ExpressionFailed: when what it refers to is not there. A step that was made ready has been
            prepared before, so that does not happen to it.
        KeyError: when there is no such step.
        IndexError: when its fan-out has no such item.
    """
    definition = run.definition_of(step)
    task, inputs, values = evaluate_step(run, definition, item, RunValues(run))
    if inputs is None:
        inputs = {"input": run.input}
        if item is not None:
            inputs["item"] = values["item"]
        dependencies = {} if run.workflow is None else run.workflow.dependencies()
        before = reachable(dependencies, step)
        inputs |= {name: values[name] for name in run.steps if name in before}
    return PreparedStep(task, inputs)


def evaluate_step(
    run: WorkflowRun, step: Step, item: int | None, values: RunValues
) -> tuple[str, dict[str, Any] | None, RunValues]:
    """Return a step's task, its inputs where it names them, and what they were made of.

    Raises:
        ExpressionFailed: when what it refers to is not there.
    """
    if item is not None:
        fanned_out = run.steps[step.name].fanned_out or ()
        values = values | {"item": fanned_out[item], "index": item}
    inputs = None
    if step.inputs is not None:
        inputs = {
            name: parse_expression(text).evaluate(values) for name, text in step.inputs.items()
        }
        values = values | inputs
    return parse_template(step.task).render(values), inputs, values


def evaluate_list(run: WorkflowRun, step: Step) -> tuple[Any, ...]:
    """Return the list a step is fanned out over.

    Raises:
        ExpressionFailed: when it is none, or too long.
    """
    if step.fan_out is None:
        return ()
    over = step.fan_out.over
    found = parse_expression(over).evaluate(RunValues(run)) if isinstance(over, str) else over
    shown = over if isinstance(over, str) else "fan_out"
    if not isinstance(found, list | tuple):
        raise ExpressionFailed(shown, "a list is needed to fan out over")
    if len(found) > step.fan_out.max_items:
        limit = f"max_items is {step.fan_out.max_items:,}"
        raise ExpressionFailed(shown, f"the list has {len(found):,} items; {limit}")
    return tuple(found)


def results_of(run: WorkflowRun) -> dict[str, Any]:
    """Return the results of all completed steps, by name, in the order of the definition."""
    return {
        name: step.result for name, step in run.steps.items() if step.status is StepStatus.COMPLETED
    }
