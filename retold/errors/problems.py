"""What is refused of a problem that is to be split and solved."""

from __future__ import annotations

from retold.errors.root import RetoldError


class ProblemError(RetoldError):
    """What was asked of a problem makes no sense. Nothing was recorded."""

    code = "problem_error"


class EmptyProblem(ProblemError):
    """Raised when a problem to be solved has no text."""

    code = "empty_problem"

    def __init__(self) -> None:
        super().__init__("There is no problem to solve: its text is empty. Say what is to be done.")


class InvalidLimit(ProblemError):
    """Raised when a limit of how much may be done is no whole number from 1.

    Attributes:
        name: of the limit.
        limit: what was given.
    """

    code = "invalid_limit"

    def __init__(self, name: str, limit: object) -> None:
        self.name = name
        self.limit = limit
        super().__init__(
            f"{name} is {limit!r}; give a whole number from 1. "
            "A problem that is not to be split is a question to the agent itself: session.ask."
        )


class InvalidProblemContext(ProblemError):
    """Raised when the context of a problem is not JSON by name."""

    code = "invalid_problem_context"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The context of a problem cannot be recorded: {reason}. Give a dictionary of JSON."
        )


class InvalidSolveId(ProblemError):
    """Raised when what names a solve is not 1 to 100 printable characters."""

    code = "invalid_solve_id"

    def __init__(self, solve: object) -> None:
        self.solve = solve
        super().__init__(f"{solve!r} names no solve: give 1 to 100 printable characters.")


class UnknownProblem(ProblemError):
    """Raised when a problem is asked for that the conversation does not have.

    Attributes:
        solve: name of the solve; None when any would do.
        node: within its tree.
    """

    code = "unknown_problem"

    def __init__(self, solve: str | None, node: str | None = None) -> None:
        self.solve = solve
        self.node = node
        where = "" if node is None else f" with a node {node!r}"
        what = "a problem" if solve is None else f"a problem {solve!r}"
        super().__init__(
            f"This session has not been posed {what}{where}. Pose it with solve(session, problem)."
        )


class ProblemConflict(ProblemError):
    """Raised when something is decided of a problem that does not go with where it stands."""

    code = "problem_conflict"

    def __init__(self, solve: str, node: str, reason: str) -> None:
        self.solve = solve
        self.node = node
        self.reason = reason
        super().__init__(f"Node {node!r} of problem {solve!r}: {reason}. Nothing was recorded.")
