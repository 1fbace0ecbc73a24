"""An agent that splits a problem until its pieces can be solved, and puts them together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal

from ag2 import Agent

from retold.agents.recursive.solving import Asking, Solving
from retold.agents.work import Work
from retold.agents.working_session import WorkingSession
from retold.domain.json_copy import NotJsonNative, copied_object, deepest
from retold.domain.problem.decider import Command, Pose, Resume, problem_solving
from retold.domain.problem.solution import Solution, solution_of
from retold.domain.problem.state import Problems, ProblemTree
from retold.domain.problem.values import Budget, Limits, OnFailure, check_limit, problem_key
from retold.domain.result import Result, ResultStatus, ResultUsage
from retold.domain.value import ErrorInfo
from retold.errors import (
    EmptyProblem,
    InvalidLimit,
    InvalidProblemContext,
    InvalidSolveId,
    SessionNotFound,
    UnknownProblem,
)
from retold.store.codec.values import made_plain

longest_solve_id = 100


class RecursiveAgent:
    """Solves problems by splitting them into subproblems, and those again.

    A problem is assessed; unless it is simple it is split into 2 to 4 subproblems, which are solved
    in the same way, several at once, and its answer is made of theirs. Every question goes to one
    AG2 agent, each in a nested conversation of its own, and everything that is decided is recorded
    in the conversation of the session. It keeps nothing itself: after a crash, :meth:`solve` with
    the same problem or :meth:`resume` goes on where the log ends, and no question whose answer is
    in the log is asked again. Equal subproblems are solved once.
    """

    def __init__(
        self,
        agent: Agent[Any],
        *,
        max_depth: int = 3,
        concurrency: int = 4,
        budget: Budget | None = None,
        on_failure: Literal["synthesise", "fail"] = "synthesise",
        timeout: float | None = None,
        response_schemas: bool = True,
    ) -> None:
        """Store what is needed.

        Args:
            agent: who is asked.
            max_depth: levels of subproblems below the problem, from 1; what is at the lowest is
                solved as it is. An agent that is not to split anything is asked with
                ``session.ask``.
            concurrency: questions at once, in the whole tree.
            budget: what a whole tree may take; None for anything.
            on_failure: what becomes of a problem when some of its subproblems failed:
                ``synthesise`` for an answer made of the others, which says what is missing, or
                ``fail``. When all of them failed, it fails.
            timeout: seconds one question may take; None for any.
            response_schemas: whether AG2 is given the form of an assessment and of a split, for
                providers that hold their models to one. Answers are read in any case.

        Raises:
            InvalidLimit: when a limit is below 1, or no number.
            ValueError: when ``on_failure`` is neither.
        """
        budget = Budget() if budget is None else budget
        check_limit("max_depth", max_depth)
        check_limit("concurrency", concurrency)
        if timeout is not None and (not isinstance(timeout, int | float) or not timeout > 0):
            raise InvalidLimit("timeout", timeout)
        self.agent = agent
        self._limits = Limits(
            max_depth=max_depth,
            model_calls=budget.model_calls,
            tokens=budget.tokens,
            on_failure=OnFailure(on_failure),
        )
        self._asking = Asking(
            agent=agent, concurrency=concurrency, timeout=timeout, with_schemas=response_schemas
        )

    async def solve(
        self,
        session: WorkingSession | Work,
        problem: str,
        *,
        context: Mapping[str, Any] | None = None,
        solve_id: str | None = None,
    ) -> Result[Solution]:
        """Solve a problem, or go on with it.

        Args:
            session: where it is solved, in a turn of its own; or the work of a turn under way,
                such as a tool's.
            problem: what is to be solved.
            context: what else the agent is told of it; JSON by name.
            solve_id: names this solve within the session. The same problem with the same context
                is the same solve unless it is given another name: one that is solved is returned
                as it was recorded, one that stopped, failed or was interrupted is gone on with,
                under the limits of this agent.

        Returns:
            The tree. ``completed`` when it is solved; ``stopped`` when the budget was spent, with
            what was solved by then; ``failed`` when it could not be solved. The usage is that of
            the whole tree, whoever worked on it.

        Raises:
            EmptyProblem: when there is no text.
            InvalidProblemContext: when the context is not JSON.
            InvalidSolveId: when ``solve_id`` names nothing.
            ProblemConflict: when ``solve_id`` names the solve of another problem.
            SessionBusy, SessionClosed, StoreError, TurnAborted: as of ``session.turn``.
            HumanInputError: when a tool of the agent cannot ask a human.
            WaitsForItself: when a tool of the agent asks for what it is part of.
        """
        if not isinstance(problem, str) or not problem.strip():
            raise EmptyProblem
        problem = made_plain(problem.strip())
        known = _checked_context(context)
        solve = _solve_id(problem, known) if solve_id is None else _checked_id(solve_id)
        pose = Pose(solve=solve, problem=problem, context=known, limits=self._limits)
        return await self._in_turn(session, pose)

    async def resume(
        self, session: WorkingSession | Work, solve_id: str | None = None
    ) -> Result[Solution]:
        """Go on with a problem that was posed before.

        Args:
            session: as of :meth:`solve`.
            solve_id: of the solve; the one that was posed last when None.

        Returns:
            As of :meth:`solve`.

        Raises:
            UnknownProblem: when there is none.
            SessionBusy, SessionClosed, StoreError, TurnAborted: as of ``session.turn``.
            HumanInputError: when a tool of the agent cannot ask a human.
            WaitsForItself: when a tool of the agent asks for what it is part of.
        """
        if isinstance(session, Work):
            problems = await session.state(problem_solving)
        else:
            try:
                problems = await session.state(problem_solving.name)
            except SessionNotFound:
                problems = Problems()
        solve = next(reversed(problems.trees), None) if solve_id is None else solve_id
        if solve is None or solve not in problems.trees:
            raise UnknownProblem(solve)
        return await self._in_turn(session, Resume(solve=solve, limits=self._limits))

    async def _in_turn(self, session: WorkingSession | Work, command: Command) -> Result[Solution]:
        if isinstance(session, Work):
            return await self._solved(session, command)
        async with session.turn(self.agent.name) as work:
            return await self._solved(work, command)

    async def _solved(self, work: Work, command: Command) -> Result[Solution]:
        async with work.alone("solve", command.solve):
            await work.decide(problem_solving, command)
            solving = Solving(work, command.solve, self._asking)
            await solving.run()
            tree = await solving.tree()
        status, error = _outcome(tree)
        return Result(
            status=status,
            value=solution_of(tree, command.solve),
            error=error,
            ids=work.ids,
            usage=ResultUsage(
                model_calls=tree.spent.model_calls,
                prompt_tokens=tree.spent.prompt_tokens,
                completion_tokens=tree.spent.completion_tokens,
            ),
        )


def _outcome(tree: ProblemTree) -> tuple[ResultStatus, ErrorInfo | None]:
    if tree.root.is_solved:
        return ResultStatus.COMPLETED, None
    if tree.root.is_failed or tree.stopped is None:
        return ResultStatus.FAILED, tree.root.error
    solved = sum(node.is_solved for node in tree.nodes.values())
    message = (
        f"The budget of {tree.stopped.value} is spent: {tree.spent.model_calls} model calls, "
        f"{tree.spent.tokens} tokens. {solved} of {len(tree.nodes)} problems are solved; solve it "
        "again with a larger budget to go on."
    )
    return ResultStatus.STOPPED, ErrorInfo(type="BudgetSpent", message=message)


def _checked_context(context: Mapping[str, Any] | None) -> dict[str, Any]:
    if context is None:
        return {}
    if not isinstance(context, Mapping) or not all(isinstance(name, str) for name in context):
        raise InvalidProblemContext("it is no dictionary with names for keys")
    try:
        text = json.dumps(dict(context), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidProblemContext(str(error)) from None
    try:
        copied = json.loads(text, object_pairs_hook=_with_plain_text)
        return copied_object(copied, levels=deepest)
    except NotJsonNative as error:
        raise InvalidProblemContext(str(error)) from None


def _with_plain_text(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object without the characters that databases refuse."""
    return {made_plain(name): _plain(value) for name, value in pairs}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return made_plain(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _solve_id(problem: str, context: dict[str, Any]) -> str:
    known = json.dumps(context, sort_keys=True)
    return sha256(f"{problem_key(problem)}\n{known}".encode()).hexdigest()[:16]


def _checked_id(solve_id: object) -> str:
    if (
        not isinstance(solve_id, str)
        or not 0 < len(solve_id) <= longest_solve_id
        or not solve_id.isprintable()
        or made_plain(solve_id) != solve_id
    ):
        raise InvalidSolveId(solve_id)
    return solve_id
