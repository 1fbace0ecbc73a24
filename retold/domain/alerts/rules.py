"""What an alert is raised by: a figure, of whom, and where it is too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from math import isfinite
from typing import Any

from pydantic import ValidationError

from retold.domain.value import Value
from retold.errors.alerting import AlertProblem, AlertRulesInvalid

longest_rule_name = 100


class Measure(StrEnum):
    """A figure that rules go by.

    Attributes:
        ERROR_RATE: failures of the attempts that succeeded or failed within the window, 0 to 1.
        LATENCY_P95: 95th percentile of how long those took, in milliseconds.
        QUEUE_DEPTH: steps and new runs that wait for a worker; of an agent, a workflow or a step,
            the attempts that may begin and have not.
        OPEN_CIRCUITS: circuits that are open or half open.
        TOKENS: sent and produced within the window.
        COST: of those, in the currency of the agents' prices.
    """

    ERROR_RATE = "error_rate"
    LATENCY_P95 = "latency_p95"
    QUEUE_DEPTH = "queue_depth"
    OPEN_CIRCUITS = "open_circuits"
    TOKENS = "tokens"
    COST = "cost"


class OnUnknown(StrEnum):
    """What becomes of a raised alert when the figure is not known, as nothing ended any more."""

    KEEP = "keep"
    CLEAR = "clear"


class AlertRule(Value):
    """When an alert is raised, and when it is cleared.

    Attributes:
        name: of the rule, and of its alert.
        measure: which figure.
        above: it is raised when the figure is greater.
        clear_at: it is cleared when the figure is this or less; None for ``above``. The space
            between the two keeps a figure that wavers from raising and clearing it all the time.
        for_seconds: how long the figure has to be greater before it is raised.
        window_seconds: how far back the figure reaches; of no matter for the queue and circuits.
        at_least: with fewer attempts in the window, error rate and latency are not known.
        agent: of this agent only.
        workflow: in runs of this workflow only.
        step: at this step of the workflow only.
        circuit: this circuit only.
        on_unknown: what becomes of a raised alert when the figure is not known.
        description: for people.
    """

    name: str
    measure: Measure
    above: float
    clear_at: float | None = None
    for_seconds: float = 0.0
    window_seconds: float = 300.0
    at_least: int = 1
    agent: str | None = None
    workflow: str | None = None
    step: str | None = None
    circuit: str | None = None
    on_unknown: OnUnknown = OnUnknown.KEEP
    description: str | None = None

    @property
    def clears_at(self) -> float:
        """The greatest figure at which it is cleared."""
        return self.above if self.clear_at is None else self.clear_at


def check_rules(rules: Iterable[AlertRule | Mapping[str, Any]]) -> tuple[AlertRule, ...]:
    """Return rules that can be watched.

    Args:
        rules: as such, or their fields by name.

    Raises:
        AlertRulesInvalid: when they cannot, with all problems.
    """
    given: list[AlertRule] = []
    problems: list[AlertProblem] = []
    for place, rule in enumerate(rules):
        if isinstance(rule, AlertRule):
            given.append(rule)
            continue
        problems += _unreadable(rule, place)
        with suppress(ValidationError):
            given.append(AlertRule.model_validate(rule))
    problems += [problem for rule in given for problem in _problems_of(rule)]
    for name, times in Counter(rule.name for rule in given).items():
        if times > 1:
            message = f"{times} rules are named so; give each its own name"
            problems.append(AlertProblem("duplicate_rule", message, name, "name"))
    if problems:
        raise AlertRulesInvalid(problems)
    return tuple(given)


def _unreadable(rule: Mapping[str, Any], place: int) -> Iterator[AlertProblem]:
    """Yield what keeps fields from being those of a rule."""
    name = str(rule.get("name", f"[{place}]"))
    for field in rule:
        if field not in AlertRule.model_fields:
            known = ", ".join(AlertRule.model_fields)
            message = f"there is no such field; there are {known}"
            yield AlertProblem("unknown_field", message, name, str(field))
    try:
        AlertRule.model_validate(rule)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False):
            field = ".".join(map(str, one["loc"]))
            yield AlertProblem("invalid_field", one["msg"], name, field)


def _problems_of(rule: AlertRule) -> Iterator[AlertProblem]:
    name = rule.name
    if not name.strip() or name != name.strip() or not name.isprintable():
        message = "give printable text without blanks around it"
        yield AlertProblem("invalid_name", message, name, "name")
    elif len(name) > longest_rule_name:
        message = f"it is longer than {longest_rule_name} characters"
        yield AlertProblem("invalid_name", message, name, "name")
    yield from _number_problems(rule)
    yield from _target_problems(rule)


def _number_problems(rule: AlertRule) -> Iterator[AlertProblem]:
    name = rule.name
    for field in ("above", "clear_at"):
        value = getattr(rule, field)
        if value is not None and not (isfinite(value) and value >= 0):
            yield AlertProblem(
                "invalid_threshold", f"{value} is no figure; give 0 or more", name, field
            )
    if rule.clear_at is not None and rule.clear_at > rule.above:
        message = f"{rule.clear_at} is above {rule.above}, where it is raised; give that or less"
        yield AlertProblem("invalid_threshold", message, name, "clear_at")
    if rule.measure is Measure.ERROR_RATE and rule.above >= 1:
        message = f"no error rate is above {rule.above}; give less than 1"
        yield AlertProblem("never_raised", message, name, "above")
    if not (isfinite(rule.for_seconds) and rule.for_seconds >= 0):
        message = f"{rule.for_seconds} is no time; give 0 or more"
        yield AlertProblem("invalid_time", message, name, "for_seconds")
    if not (isfinite(rule.window_seconds) and rule.window_seconds > 0):
        message = f"{rule.window_seconds} is no time; give more than 0"
        yield AlertProblem("invalid_time", message, name, "window_seconds")
    if rule.at_least < 1:
        yield AlertProblem("invalid_count", f"{rule.at_least} is below 1", name, "at_least")


def _target_problems(rule: AlertRule) -> Iterator[AlertProblem]:
    is_circuit = rule.measure is Measure.OPEN_CIRCUITS
    wrong = ("workflow", "step") if is_circuit else ("circuit",)
    for field in wrong:
        if getattr(rule, field) is not None:
            message = f"{rule.measure.value} is not known of a {field}; leave it out"
            yield AlertProblem("unfit_target", message, rule.name, field)
    if rule.step is not None and rule.workflow is None and not is_circuit:
        message = "a step is one of a workflow; name that, too"
        yield AlertProblem("missing_workflow", message, rule.name, "workflow")
