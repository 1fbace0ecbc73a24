"""What is wrong with a definition: all of it at once."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from math import isfinite

from retold.domain.workflow.definition import Fallback, FallbackKind, Step, Workflow
from retold.domain.workflow.expression import Expression, Reference
from retold.domain.workflow.expression_parser import parse_expression, words
from retold.domain.workflow.graph import find_cycles, reachable
from retold.domain.workflow.template import Template, parse_template
from retold.errors import ExpressionInvalid
from retold.errors.workflows import WorkflowProblem

Agents = Mapping[str, Collection[str]]
"""The agents there are: names to what they can do."""

longest_name = 100
reserved_names = frozenset({"input", "item", "index"})
most_steps = 10_000
_name = re.compile(rf"[A-Za-z][A-Za-z0-9_-]{{0,{longest_name - 1}}}")
_Path = tuple[str | int, ...]


def problems_of(
    workflow: Workflow,
    *,
    agents: Agents | None = None,
    unreadable: Collection[tuple[int, str]] = (),
) -> list[WorkflowProblem]:
    """Return all that is wrong with a definition; nothing when it can be run.

    Args:
        workflow: the definition.
        agents: the agents it is to run with; None when they are not known yet.
        unreadable: places and fields of steps that could not be read and are at their defaults:
            what would follow from that only is not reported.
    """
    return list(_Check(workflow, agents, unreadable).problems())


class _Check:
    """Checks one definition."""

    def __init__(
        self, workflow: Workflow, agents: Agents | None, unreadable: Collection[tuple[int, str]]
    ) -> None:
        self._workflow = workflow
        self._agents = agents
        self._capabilities = {name for has in (agents or {}).values() for name in has}
        self._unreadable = frozenset(unreadable)
        self._names = {step.name for step in workflow.steps}
        self._dependencies = workflow.dependencies()
        # What is before what cannot be told from dependencies that are wrong themselves.
        self._has_order = not any(field in {"depends_on", "name"} for _, field in unreadable)

    def problems(self) -> Iterator[WorkflowProblem]:
        workflow = self._workflow
        yield from self._name_problems(workflow.name, ("name",), None)
        if workflow.version is not None and workflow.version < 1:
            yield _negative(("version",), workflow.version, None, "1 or more")
        for place, name in enumerate(workflow.needs or ()):
            if not name:
                yield WorkflowProblem("invalid_name", "a name is empty", ("needs", place))
        if not workflow.steps:
            yield WorkflowProblem("no_steps", "it has no steps; give at least one", ("steps",))
        if len(workflow.steps) > most_steps:
            many = f"it has {len(workflow.steps):,} steps; give up to {most_steps:,}"
            yield WorkflowProblem("too_many_steps", f"{many}, and a fan-out for more", ("steps",))
        yield from self._duplicates()
        yield from self._order()
        for place, step in enumerate(workflow.steps):
            yield from self._step(place, step)

    def _duplicates(self) -> Iterator[WorkflowProblem]:
        places: dict[str, int] = {}
        for place, step in enumerate(self._workflow.steps):
            if (place, "name") in self._unreadable:
                continue
            if step.name in places:
                first = f"steps[{places[step.name]}]"
                yield WorkflowProblem(
                    "duplicate_step",
                    f"the name {step.name!r} is that of {first} already; give each step its own",
                    ("steps", place, "name"),
                    step.name,
                )
                self._has_order = False
            places.setdefault(step.name, place)

    def _order(self) -> Iterator[WorkflowProblem]:
        for place, step in enumerate(self._workflow.steps):
            path: _Path = ("steps", place, "depends_on")
            for number, name in enumerate(step.depends_on or ()):
                if name not in self._names:
                    yield WorkflowProblem(
                        "unknown_dependency",
                        f"there is no step {name!r} to depend on{near(name, self._names)}",
                        (*path, number),
                        step.name,
                    )
            for name, times in Counter(step.depends_on or ()).items():
                if times > 1:
                    yield WorkflowProblem(
                        "duplicate_dependency", f"{name!r} is named {times} times", path, step.name
                    )
        places = {step.name: place for place, step in enumerate(self._workflow.steps)}
        for cycle in find_cycles(self._dependencies):
            self._has_order = False
            shown = " -> ".join(cycle)
            yield WorkflowProblem(
                "cyclic_dependency",
                f"steps depend on each other in a circle: {shown}; none of them could begin",
                ("steps", places.get(cycle[0], 0), "depends_on"),
                cycle[0],
            )

    def _step(self, place: int, step: Step) -> Iterator[WorkflowProblem]:
        path: _Path = ("steps", place)
        if (place, "name") not in self._unreadable:
            yield from self._name_problems(step.name, (*path, "name"), step.name)
        yield from self._whom(place, step)
        yield from self._limits(path, step)
        for number, fallback in enumerate(step.fallback):
            yield from self._fallback((*path, "fallback", number), step, number, fallback)
        yield from self._texts(path, step)

    def _name_problems(self, name: str, path: _Path, step: str | None) -> Iterator[WorkflowProblem]:
        if not _name.fullmatch(name):
            yield WorkflowProblem(
                "invalid_name",
                f"{name[:120]!r} is no name: give a letter, then up to {longest_name - 1} letters, "
                "digits, '_' and '-'",
                path,
                step,
            )
        elif step is not None and (name in reserved_names or name in words):
            yield WorkflowProblem(
                "reserved_name", f"{name!r} has a meaning in expressions; take another", path, step
            )

    def _whom(self, place: int, step: Step) -> Iterator[WorkflowProblem]:
        path: _Path = ("steps", place)
        if {(place, "agent"), (place, "capability")} & self._unreadable:
            return
        if (step.agent is None) is (step.capability is None):
            has = "neither agent nor" if step.agent is None else "both agent and"
            yield WorkflowProblem(
                "agent_or_capability", f"it has {has} capability; give one of them", path, step.name
            )
        yield from self._known(path, step.agent, step.capability, step.name)

    def _known(
        self, path: _Path, agent: str | None, capability: str | None, step: str
    ) -> Iterator[WorkflowProblem]:
        if self._agents is None:
            return
        if agent is not None and agent not in self._agents:
            yield WorkflowProblem(
                "unknown_agent",
                f"there is no agent {agent!r}{near(agent, self._agents)}",
                (*path, "agent"),
                step,
            )
        if capability is not None and capability not in self._capabilities:
            hint = near(capability, self._capabilities)
            yield WorkflowProblem(
                "unknown_capability",
                f"no agent has the capability {capability!r}{hint}",
                (*path, "capability"),
                step,
            )

    def _limits(self, path: _Path, step: Step) -> Iterator[WorkflowProblem]:
        retry, fan_out, approval = step.retry, step.fan_out, step.approval
        at_least: list[tuple[tuple[str, ...], float | None, float]] = [
            (("retry", "attempts"), retry.attempts, 1),
            (("retry", "restarts"), retry.restarts, 0),
            (("retry", "wait_initial"), retry.wait_initial, 0),
            (("retry", "wait_max"), retry.wait_max, 0),
            (("retry", "wait_jitter"), retry.wait_jitter, 0),
            (("retry", "wait_exp_base"), retry.wait_exp_base, 1),
        ]
        if fan_out is not None:
            at_least.append((("fan_out", "max_parallel"), fan_out.max_parallel, 1))
            at_least.append((("fan_out", "max_items"), fan_out.max_items, 1))
        for field, value, least in at_least:
            if value is not None and not (isfinite(value) and value >= least):
                yield _negative((*path, *field), value, step.name, f"{least} or more")
        times: list[tuple[tuple[str, ...], float | None]] = [(("timeout",), step.timeout)]
        if approval is not None:
            times.append((("approval", "timeout"), approval.timeout))
        for time_field, seconds in times:
            if seconds is not None and not (isfinite(seconds) and seconds > 0):
                yield _negative((*path, *time_field), seconds, step.name, "seconds above 0")
        if fan_out is None or isinstance(fan_out.over, str):
            return
        if len(fan_out.over) > fan_out.max_items >= 1:
            yield WorkflowProblem(
                "too_many_items",
                f"it has {len(fan_out.over):,} items; max_items is {fan_out.max_items:,}",
                (*path, "fan_out"),
                step.name,
            )

    def _fallback(
        self, path: _Path, step: Step, number: int, fallback: Fallback
    ) -> Iterator[WorkflowProblem]:
        is_agent = fallback.kind is FallbackKind.AGENT
        named = [name for name in (fallback.agent, fallback.capability) if name is not None]
        wrong = None
        if is_agent and len(named) != 1:
            wrong = "give either the agent or the capability of whom to ask instead"
        elif not is_agent and named:
            wrong = f"whom to ask is of no use with {fallback.kind.value!r}"
        elif fallback.answer is not None and fallback.kind is not FallbackKind.ANSWER:
            wrong = f"an answer is of no use with {fallback.kind.value!r}"
        elif number + 1 < len(step.fallback) and not is_agent:
            wrong = f"what follows {fallback.kind.value!r} is never reached; put it last"
        if wrong is not None:
            yield WorkflowProblem("invalid_fallback", wrong, path, step.name)
        yield from self._known(path, fallback.agent, fallback.capability, step.name)

    def _texts(self, path: _Path, step: Step) -> Iterator[WorkflowProblem]:
        if not step.task.strip():
            yield WorkflowProblem("empty_task", "its task is empty", (*path, "task"), step.name)
        results = self._known_results(step)
        inputs = step.inputs or {}
        for name, text in inputs.items():
            place: _Path = (*path, "inputs", name)
            if name == text:
                yield from self._refers(place, step, text, results, is_template=False)
                continue
            yield from self._name_problems(name, place, step.name)
            if name in self._names:
                yield WorkflowProblem(
                    "ambiguous_input",
                    f"{name!r} is a step as well; give the input another name",
                    place,
                    step.name,
                )
            yield from self._refers(place, step, text, results, is_template=False)
        if step.condition is not None:
            place = (*path, "condition")
            yield from self._refers(place, step, step.condition, results, is_template=False)
        if step.approval is not None:
            place = (*path, "approval", "ask")
            yield from self._refers(place, step, step.approval.ask, results, is_template=True)
        if step.fan_out is not None and isinstance(step.fan_out.over, str):
            place = (*path, "fan_out")
            yield from self._refers(place, step, step.fan_out.over, results, is_template=False)
        names = {*results, *inputs}
        if step.fan_out is not None:
            names |= {"item", "index"}
        yield from self._refers((*path, "task"), step, step.task, names, is_template=True)

    def _known_results(self, step: Step) -> set[str]:
        before = reachable(self._dependencies, step.name) if self._has_order else self._names
        return {"input", *before}

    def _refers(
        self, path: _Path, step: Step, text: str, names: Collection[str], *, is_template: bool
    ) -> Iterator[WorkflowProblem]:
        try:
            parsed: Template | Expression = (
                parse_template(text) if is_template else parse_expression(text)
            )
        except ExpressionInvalid as error:
            where = f"at character {error.place + 1} of {error.text[:200]!r}"
            yield WorkflowProblem("invalid_expression", f"{error.reason}, {where}", path, step.name)
            return
        if path[2:3] == ("inputs",) and step.fan_out is not None:
            names = {*names, "item", "index"}
        for reference in dict.fromkeys(parsed.references()):
            yield from self._reference(path, step, reference, names)

    def _reference(
        self, path: _Path, step: Step, reference: Reference, names: Collection[str]
    ) -> Iterator[WorkflowProblem]:
        name, needs = reference.name, self._workflow.needs
        if name == "input" and reference.path and needs is not None:
            field = reference.path[0]
            if field not in needs:
                hint = near(str(field), needs)
                yield WorkflowProblem(
                    "missing_input",
                    f"{reference} is not in the input: the workflow needs {_listed(needs)}{hint}",
                    path,
                    step.name,
                )
        if name in names:
            return
        if name in self._names:
            message = (
                f"the result of {name!r} is not there yet: this step does not depend on it; "
                "add it to depends_on"
                if name != step.name
                else "a step cannot refer to its own result"
            )
            yield WorkflowProblem("not_before", message, path, step.name)
        else:
            hint = near(name, {*names, *self._names})
            yield WorkflowProblem(
                "unknown_reference",
                f"{name!r} is neither a step, nor one of its inputs{hint}",
                path,
                step.name,
            )


def _negative(path: _Path, value: float, step: str | None, expected: str) -> WorkflowProblem:
    return WorkflowProblem("invalid_limit", f"it is {value}; give {expected}", path, step)


def near(name: str, known: Iterable[str]) -> str:
    """Return a hint at the name that was meant; nothing when none is near."""
    found = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _listed(names: Collection[str]) -> str:
    return ", ".join(map(repr, names)) if names else "nothing"
