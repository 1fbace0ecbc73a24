"""The definition of a workflow: its steps, and what is done when one of them goes wrong.

These are data without judgement: what is wrong with a definition is found all at once by
:mod:`retold.domain.workflow.checking`, and :func:`~retold.domain.workflow.defining.define_workflow`
makes a checked one.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Definition(BaseModel):
    """Base of the parts of a definition. A field it does not know is refused, never passed over.

    That holds for what is read from a log, too: a release that does not know a field of a step
    would run it otherwise than it was defined.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class RetryPolicy(Definition):
    """How often an agent is asked for a step, and how long is waited in between.

    The wait after the n-th failure is ``wait_initial * wait_exp_base ** (n - 1)`` seconds, at most
    ``wait_max``, and up to ``wait_jitter`` more.

    Attributes:
        attempts: how often at most, the first time included.
        restarts: how often at most a step is begun anew because its worker died in the midst of
            it; 0 for what must not be done twice. These do not count as attempts.
        wait_initial: seconds.
        wait_max: seconds.
        wait_jitter: seconds.
        wait_exp_base: factor from one wait to the next.
        not_on: names of the types of errors after which it is not tried again.
    """

    attempts: int = 1
    restarts: int = 3
    wait_initial: float = 1.0
    wait_max: float = 60.0
    wait_jitter: float = 1.0
    wait_exp_base: float = 2.0
    not_on: tuple[str, ...] = ()

    def wait_after(self, failures: int, seed: str) -> float:
        """Return the seconds until the next attempt.

        Args:
            failures: attempts that failed so far, from 1.
            seed: what the jitter is drawn from, so that a decision comes out the same again.
        """
        # Beyond this many doublings any wait is at its maximum, and a float would overflow.
        exponent = min(max(failures, 1) - 1, 64)
        try:
            wait = min(self.wait_initial * self.wait_exp_base**exponent, self.wait_max)
        except OverflowError:
            wait = self.wait_max
        drawn = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) / 2**64
        return wait + self.wait_jitter * drawn


class FallbackKind(StrEnum):
    """What is done when a step has failed for good.

    Attributes:
        AGENT: another agent is asked, by name or capability, with attempts of its own.
        ANSWER: a given answer is the result.
        SKIP: the step is left out; its result is null.
        FAIL: the step fails, and with it the run.
    """

    AGENT = "agent"
    ANSWER = "answer"
    SKIP = "skip"
    FAIL = "fail"


class Fallback(Definition):
    """What is done when a step has failed for good.

    It may be written as ``"skip"``, ``"fail"``, ``{"agent": name}``, ``{"capability": name}`` or
    ``{"answer": value}``.

    Attributes:
        kind: what.
        agent: whom to ask, by name.
        capability: whom to ask, by what it can do.
        answer: the result, JSON-native.
    """

    kind: FallbackKind
    agent: str | None = None
    capability: str | None = None
    answer: Any = None

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"kind": data}
        if isinstance(data, dict) and "kind" not in data:
            if "answer" in data:
                return {"kind": FallbackKind.ANSWER, **data}
            if "agent" in data or "capability" in data:
                return {"kind": FallbackKind.AGENT, **data}
        return data


class FanOut(Definition):
    """A step that is done once for each item of a list; its result is the list of theirs.

    It may be written as the expression, or the list, alone.

    Attributes:
        over: an expression that gives the list, such as ``plan.files``; or the list itself.
        max_parallel: items in work at once; None for no limit.
        max_items: a longer list fails the step.
    """

    over: str | tuple[Any, ...]
    max_parallel: int | None = None
    max_items: int = 1_000

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, data: Any) -> Any:
        return {"over": data} if isinstance(data, str | list | tuple) else data


class Refused(StrEnum):
    """What a refused approval means for its step: it fails without a fallback, or is left out."""

    FAIL = "fail"
    SKIP = "skip"


class Approval(Definition):
    """A human has to agree before a step begins. It may be written as the question alone.

    Attributes:
        ask: the question, a template over the results there are by then.
        timeout: seconds after which no answer is a refusal; None to wait for ever.
        refused: what a refusal means.
    """

    ask: str
    timeout: float | None = None
    refused: Refused = Refused.FAIL

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, data: Any) -> Any:
        return {"ask": data} if isinstance(data, str) else data


class Step(Definition):
    """One step: an agent is given a task.

    Attributes:
        name: unique in the workflow; a letter, then letters, digits, ``_`` and ``-``.
        agent: who does it, by name. Either this or ``capability``.
        capability: who does it, by what it can do.
        task: a template: ``Review {{ implementation }}``. It may refer to ``input``, the steps
            this one depends on (directly or not), its own ``inputs``, and in a fan-out to
            ``item`` and ``index``.
        depends_on: steps that have to be over before. Left out, it is the step before in the list,
            so that a plain list of steps runs in order; ``[]`` is none.
        inputs: what the agent is given beside the task: names to expressions, or a list of
            names that stand for themselves. Left out, it is the run's input and the results of all
            steps it depends on, directly or not; ``{}`` is nothing.
        retry: how often it is tried.
        timeout: seconds an attempt may take; None for no limit.
        fallback: what is done when it has failed for good, one after the other. When none is left,
            it fails.
        condition: an expression; when it is not true, the step is skipped and its result is null.
            The steps that depend on it run all the same: ``exists(name)`` tells them.
        fan_out: makes it one step for each item of a list.
        approval: who has to agree before it begins.
        priority: added to that of the run; of two that are ready, the greater goes first.
    """

    name: str
    agent: str | None = None
    capability: str | None = None
    task: str
    depends_on: tuple[str, ...] | None = None
    inputs: dict[str, str] | None = None
    retry: RetryPolicy = RetryPolicy()
    timeout: float | None = None
    fallback: tuple[Fallback, ...] = ()
    condition: str | None = None
    fan_out: FanOut | None = None
    approval: Approval | None = None
    priority: int = 0

    @model_validator(mode="before")
    @classmethod
    def _from_short_forms(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if isinstance(data.get("depends_on"), str):
            data["depends_on"] = [data["depends_on"]]
        if "fallback" in data and isinstance(data["fallback"], str | dict | Fallback):
            data["fallback"] = [data["fallback"]]
        inputs = data.get("inputs")
        if isinstance(inputs, list | tuple) and all(isinstance(name, str) for name in inputs):
            data["inputs"] = {name: name for name in inputs}
        return data


class OnFailure(StrEnum):
    """What a failed step means for the rest of its run, which fails in either case.

    Attributes:
        STOP: no other step begins. Those in flight finish, and their results are recorded.
        FINISH: steps that do not depend on it run to their end.
    """

    STOP = "stop"
    FINISH = "finish"


class Workflow(Definition):
    """The definition of a workflow.

    Attributes:
        name: letters, digits, ``_`` and ``-``; a letter first.
        version: from 1; None until it is defined, and then one more than the one before.
        description: for people.
        needs: names that the input of a run must have; None when any input will do. When given,
            references to other parts of the input are refused.
        on_failure: what a failed step means for the others.
        steps: in the order they are listed.
    """

    name: str
    version: int | None = None
    description: str | None = None
    needs: tuple[str, ...] | None = None
    on_failure: OnFailure = OnFailure.STOP
    steps: tuple[Step, ...] = Field(default=())

    @property
    def content_hash(self) -> str:
        """SHA-256 of what is defined, 64 hex digits: the same for equal definitions.

        The version does not enter; nor does what is left at its default, so that a field a later
        release adds changes no hash.
        """
        content = self.model_dump(mode="json", exclude={"version"}, exclude_defaults=True)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def dependencies(self) -> dict[str, tuple[str, ...]]:
        """Return the steps each step depends on directly, in the order they are listed."""
        found: dict[str, tuple[str, ...]] = {}
        before: tuple[str, ...] = ()
        for step in self.steps:
            found[step.name] = before if step.depends_on is None else step.depends_on
            before = (step.name,)
        return found
