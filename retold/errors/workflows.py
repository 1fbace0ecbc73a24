"""What a workflow, a run of one and its expressions refuse."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from retold.errors.root import RetoldError


class WorkflowProblem(NamedTuple):
    """One thing that is wrong with a definition.

    Attributes:
        code: stable identifier of the kind of problem, such as ``unknown_step``.
        message: what is wrong, and what to do.
        path: where in the definition, such as ``("steps", 2, "retry", "attempts")``.
        step: name of the step; None when it concerns none.
        line: line in the file, from 1; None when it came from no file.
        column: column in the file, from 1; likewise.
    """

    code: str
    message: str
    path: tuple[str | int, ...] = ()
    step: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}, column {self.column}: "
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        where = place.lstrip(".")
        if self.step is not None:
            where = f"{where} (step {self.step!r})"
        return f"{line}{where}: {self.message}" if where else f"{line}{self.message}"


class WorkflowError(RetoldError):
    """A workflow, or a run of one, refused what was asked of it; nothing was recorded."""

    code = "workflow_error"


class WorkflowInvalid(WorkflowError):
    """Raised when a definition cannot be run as it stands.

    Attributes:
        workflow: its name; None when it has none, or when it is several.
        problems: everything that is wrong with it.
        source: the file it was read from; None when it came from no file.
    """

    code = "workflow_invalid"

    def __init__(
        self,
        workflow: str | None,
        problems: Sequence[WorkflowProblem],
        source: str | None = None,
    ) -> None:
        self.workflow = workflow
        self.problems = tuple(problems)
        self.source = source
        what = "A workflow" if workflow is None else f"Workflow {workflow!r}"
        where = "" if source is None else f" in {source}"
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        count = f"{len(self.problems)} problem{'' if len(self.problems) == 1 else 's'}"
        super().__init__(f"{what}{where} has {count}; nothing was defined:{lines}")


class WorkflowFileUnreadable(WorkflowError):
    """Raised when a file of workflows cannot be opened, or is no UTF-8 text."""

    code = "workflow_file_unreadable"

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        super().__init__(f"{source} cannot be read: {reason}. Nothing was defined.")


class WorkflowVersionConflict(WorkflowError):
    """Raised when a version of a workflow is to be defined that is taken, or not the next.

    Attributes:
        workflow: its name.
        version: as given.
        newest: the newest version defined.
    """

    code = "workflow_version_conflict"

    def __init__(self, workflow: str, version: int, newest: int) -> None:
        self.workflow = workflow
        self.version = version
        self.newest = newest
        super().__init__(
            f"Workflow {workflow!r} has version {newest} already, and what is to be version "
            f"{version} is another definition. Give it a version above {newest}, or none to have "
            "it numbered."
        )


class WorkflowMismatch(WorkflowError):
    """Raised when a definition is to be kept among those of another workflow."""

    code = "workflow_mismatch"

    def __init__(self, workflow: str, given: str) -> None:
        self.workflow = workflow
        self.given = given
        super().__init__(f"These are the definitions of workflow {workflow!r}, not of {given!r}.")


class ExpressionInvalid(WorkflowError):
    """Raised when a text is no expression, or no template.

    Attributes:
        text: as given.
        place: where it cannot be read on, from 0.
    """

    code = "expression_invalid"

    def __init__(self, text: str, place: int, reason: str) -> None:
        self.text = text
        self.place = place
        self.reason = reason
        shown = text if len(text) <= 80 else f"{text[:80]}..."
        super().__init__(f"{shown!r} cannot be read at character {place + 1}: {reason}.")


class ExpressionFailed(WorkflowError):
    """Raised when an expression has no value over the results there are.

    Attributes:
        expression: its text.
        reason: why it has none.
    """

    code = "expression_failed"

    def __init__(self, expression: str, reason: str) -> None:
        self.expression = expression
        self.reason = reason
        super().__init__(f"{expression!r} has no value: {reason}.")


class MissingRunInput(WorkflowError):
    """Raised when a run is to begin without what its workflow says it needs.

    Attributes:
        workflow: its name.
        missing: the names that are missing.
    """

    code = "missing_run_input"

    def __init__(self, workflow: str, missing: Collection[str]) -> None:
        self.workflow = workflow
        self.missing = tuple(missing)
        names = ", ".join(map(repr, self.missing))
        super().__init__(f"A run of workflow {workflow!r} needs {names} in its input.")


class RunError(WorkflowError):
    """A run of a workflow refused what was asked of it.

    Attributes:
        run: id of the run.
    """

    code = "run_error"

    def __init__(self, run: str, message: str) -> None:
        self.run = run
        super().__init__(message)


class RunExists(RunError):
    """Raised when a run is to be queued under an id that is taken."""

    code = "run_exists"

    def __init__(self, run: str) -> None:
        super().__init__(run, f"There is a run {run!r} already. Give another id, or none.")


class RunNotFound(RunError):
    """Raised when a run is asked for that the log does not hold."""

    code = "run_not_found"

    def __init__(self, run: str | None) -> None:
        what = "There is no such run" if run is None else f"There is no run {run!r}"
        super().__init__(run or "", f"{what} in this log; nothing was queued under its id.")


class RunOver(RunError):
    """Raised when a run that has ended is to go on.

    Attributes:
        status: how it ended.
    """

    code = "run_over"

    def __init__(self, run: str, status: str) -> None:
        self.status = status
        super().__init__(
            run, f"Run {run!r} is {status}. Retry it from a step, or start another run."
        )


class RunNotOver(RunError):
    """Raised when a run is to be retried from a step before it has ended.

    Attributes:
        status: where it stands.
    """

    code = "run_not_over"

    def __init__(self, run: str, status: str) -> None:
        self.status = status
        super().__init__(run, f"Run {run!r} is {status}. Let it end, or cancel it, and retry then.")


class RunNotRunning(RunError):
    """Raised when a step is to begin in a run that begins none: it waits, is paused or failing.

    Attributes:
        status: where it stands.
    """

    code = "run_not_running"

    def __init__(self, run: str, status: str) -> None:
        self.status = status
        super().__init__(run, f"Run {run!r} is {status}; none of its steps may begin now.")


class RunStepError(RunError):
    """A step of a run refused what was asked of it.

    Attributes:
        step: name of the step.
        item: which of its fan-out, from 0; None without one.
    """

    code = "run_step_error"

    def __init__(self, run: str, step: str, item: int | None, message: str) -> None:
        self.step = step
        self.item = item
        super().__init__(run, message)


class UnknownRunStep(RunStepError):
    """Raised when a run's workflow has no such step, or its fan-out no such item."""

    code = "unknown_run_step"

    def __init__(self, run: str, step: str, item: int | None, known: Collection[str]) -> None:
        if item is None or step not in known:
            message = f"Run {run!r} has no step {step!r}; it has {', '.join(known)}."
        else:
            message = f"Step {step!r} of run {run!r} has no item {item}."
        super().__init__(run, step, item, message)


class StepNotReady(RunStepError):
    """Raised when a step is to begin that may not: by what it waits for, or by its attempt.

    Attributes:
        status: where the step stands.
        attempt: the one that was to begin.
    """

    code = "step_not_ready"

    def __init__(
        self, run: str, step: str, item: int | None, *, status: str, attempt: int, expected: int
    ) -> None:
        self.status = status
        self.attempt = attempt
        super().__init__(
            run,
            step,
            item,
            f"Attempt {attempt} of step {_named(step, item)} of run {run!r} cannot begin: it is "
            f"{status}, and its next attempt is number {expected}. Drop it from the queue.",
        )


class StepFinished(RunStepError):
    """Raised when a step that has finished is to begin again.

    Attributes:
        status: how it finished.
    """

    code = "step_finished"

    def __init__(self, run: str, step: str, item: int | None, status: str) -> None:
        self.status = status
        super().__init__(
            run,
            step,
            item,
            f"Step {_named(step, item)} of run {run!r} is {status}; it is not run again. "
            "Drop it from the queue.",
        )


class StaleFencingToken(RunStepError):
    """Raised when a worker reports on a step that is no longer its own.

    Attributes:
        token: the worker's.
        current: of the attempt in flight; None when none is.
    """

    code = "stale_fencing_token"

    def __init__(
        self, run: str, step: str, item: int | None, *, token: int, current: int | None
    ) -> None:
        self.token = token
        self.current = current
        now = "nobody works on it" if current is None else f"it is held under token {current}"
        super().__init__(
            run,
            step,
            item,
            f"The work on step {_named(step, item)} of run {run!r} under fencing token {token} "
            f"does not count any more: {now}. Discard its result.",
        )


class ApprovalNotPending(RunStepError):
    """Raised when an approval is given or refused that nobody asked for."""

    code = "approval_not_pending"

    def __init__(self, run: str, step: str) -> None:
        super().__init__(
            run, step, None, f"Step {step!r} of run {run!r} does not wait for an approval."
        )


def _named(step: str, item: int | None) -> str:
    return repr(step) if item is None else f"{step!r}[{item}]"
