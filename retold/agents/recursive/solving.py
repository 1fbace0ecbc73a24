"""Work on one problem: its tree is walked, and what the log does not hold is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from ag2 import Agent

from retold.agents.nested_task import Answer
from retold.agents.recursive import prompts
from retold.agents.recursive.slots import Slots
from retold.agents.work import Work
from retold.domain.problem.causes import problem_causes
from retold.domain.problem.decider import (
    Assess,
    Decompose,
    Fail,
    NodeCommand,
    SolveDirectly,
    Stop,
    Synthesise,
    TakeAnswer,
    problem_solving,
)
from retold.domain.problem.events import Step, StopReason
from retold.domain.problem.reading import read_complexity, read_subproblems
from retold.domain.problem.state import ProblemNode, ProblemTree
from retold.domain.problem.values import Complexity, Spent, depth_of, is_within, place_of, root_node
from retold.domain.result import ResultStatus, ResultUsage
from retold.domain.value import ErrorInfo
from retold.store.codec.values import made_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who is asked, and how.

    Attributes:
        agent: who.
        concurrency: questions at once, in the whole tree.
        timeout: seconds a question may take; None for any.
        with_schemas: models are given the form of their answers, beside being told in words.
    """

    agent: Agent[Any]
    concurrency: int
    timeout: float | None
    with_schemas: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A step that a model takes.

    Attributes:
        step: which one.
        prompt: what is asked about a node of a tree.
        command: what is decided of a node, given the answer and what it took.
        schema: form of the answer; None for any text.
    """

    step: Step
    prompt: Callable[[ProblemTree, str], str]
    command: Callable[[str, str, str, Spent], NodeCommand]
    schema: type[Any] | None = None


def _assessed(solve: str, node: str, text: str, spent: Spent) -> NodeCommand:
    complexity, reading = read_complexity(text)
    return Assess(solve=solve, node=node, complexity=complexity, reading=reading, spent=spent)


def _split_up(solve: str, node: str, text: str, spent: Spent) -> NodeCommand:
    offered, reading = read_subproblems(text)
    return Decompose(solve=solve, node=node, offered=offered, reading=reading, spent=spent)


def _solved_directly(solve: str, node: str, text: str, spent: Spent) -> NodeCommand:
    return SolveDirectly(solve=solve, node=node, answer=text, spent=spent)


def _synthesised(solve: str, node: str, text: str, spent: Spent) -> NodeCommand:
    return Synthesise(solve=solve, node=node, answer=text, spent=spent)


_assess = Question(
    step=Step.ASSESS, prompt=prompts.assessment, command=_assessed, schema=prompts.Assessment
)
_decompose = Question(
    step=Step.DECOMPOSE,
    prompt=prompts.decomposition,
    command=_split_up,
    schema=prompts.Decomposition,
)
_solve = Question(step=Step.SOLVE, prompt=prompts.solution, command=_solved_directly)
_synthesise = Question(step=Step.SYNTHESISE, prompt=prompts.synthesis, command=_synthesised)


class Solving:
    """One process's work on one problem, within a turn.

    Attributes:
        solve: name of the solve.
    """

    def __init__(self, work: Work, solve: str, asking: Asking) -> None:
        """Store what is needed; the problem has been posed."""
        self.solve = solve
        self._work = work
        self._asking = asking
        # Held during a question only, never while subproblems are waited for.
        self._slots = Slots(asking.concurrency)
        self._in_flight = 0
        self._stopped = False
        self._ended: set[str] = set()
        self._progress = asyncio.Condition()

    async def run(self) -> None:
        """Work until the problem is solved, has failed, or its budget is spent.

        Raises:
            HumanInputError: when a human cannot be asked, inside a tool.
            TurnAborted: when the log cannot be read or written.
        """
        await self._visit(root_node)

    async def tree(self) -> ProblemTree:
        """Return the tree as it stands."""
        return (await self._work.state(problem_solving)).trees[self.solve]

    async def _visit(self, name: str) -> None:
        await self._work_on(name)
        async with self._progress:
            self._ended.add(name)
            self._progress.notify_all()

    async def _work_on(self, name: str) -> None:
        node = (await self.tree()).nodes[name]
        if node.is_solved:
            return
        if node.equal_to is not None and not await self._must_solve_equal(name, node):
            return
        if await self._is_to_split(name, node) and not await self._split(name, node):
            return
        children = (await self.tree()).children_of(name)
        if not children:
            await self._ask(name, _solve)
            return
        await together(self._visit(child) for child in children)
        await self._put_together(name)

    # Equal problems --------------------------------------------------------------------------

    async def _must_solve_equal(self, name: str, node: ProblemNode) -> bool:
        """Wait for the equal problem and take its answer; say whether there will be none."""
        owner = node.equal_to or ""
        async with self._progress:
            await self._progress.wait_for(lambda: self._has_ended(owner))
        found = (await self.tree()).nodes[owner]
        if found.is_solved:
            await self._decide(TakeAnswer(solve=self.solve, node=name))
        elif found.is_failed:
            if node.failures:
                # It was taken up again, which the other may not be any more.
                return True
            error = found.error or ErrorInfo(type="Unsolved", message="It was not solved.")
            message = f"The equal problem {owner} failed: {error.type}: {error.message}"
            await self._fail(name, Step.EQUAL, ErrorInfo(type=error.type, message=message))
        return False

    def _has_ended(self, name: str) -> bool:
        return any(is_within(name, ended) for ended in self._ended)

    # Splitting ---------------------------------------------------------------------------------

    async def _is_to_split(self, name: str, node: ProblemNode) -> bool:
        if node.children or node.is_whole or node.repeats is not None:
            return False
        return depth_of(name) < (await self.tree()).limits.max_depth

    async def _split(self, name: str, node: ProblemNode) -> bool:
        """Assess a problem, and split it unless it is simple; say whether it can be gone on."""
        complexity = node.complexity
        if complexity is None:
            if not await self._ask(name, _assess):
                return False
            complexity = (await self.tree()).nodes[name].complexity
        if complexity is Complexity.SIMPLE:
            return True
        return await self._ask(name, _decompose)

    async def _put_together(self, name: str) -> None:
        tree = await self.tree()
        children = {child: tree.nodes[child] for child in tree.children_of(name)}
        if not all(child.is_solved or child.is_failed for child in children.values()):
            # The budget is spent.
            return
        failed = {child: node for child, node in children.items() if node.is_failed}
        if len(failed) == len(children) or (failed and tree.limits.on_failure == "fail"):
            reasons = [
                f"{child}: {node.error.message}" for child, node in failed.items() if node.error
            ]
            message = f"{len(failed)} of {len(children)} subproblems failed. " + " ".join(reasons)
            error = ErrorInfo(type="SubproblemsFailed", message=message)
            await self._fail(name, Step.SUBPROBLEMS, error)
            return
        await self._ask(name, _synthesise)

    # Questions ---------------------------------------------------------------------------------

    async def _ask(self, name: str, question: Question) -> bool:
        """Ask, and decide upon the answer; say whether there was one."""
        async with self._slots.held(place_of(name)):
            tree = await self.tree()
            if not await self._may_ask(tree):
                return False
            self._in_flight += 1
            try:
                return await self._asked(tree, name, question)
            finally:
                self._in_flight -= 1

    async def _asked(self, tree: ProblemTree, name: str, question: Question) -> bool:
        node, step = tree.nodes[name], question.step
        key = f"problem/{self.solve}/{name}/{step}"
        if node.failures:
            # An answer that failed it is not to be served again.
            key += f"/{node.failures + 1}"
        options: dict[str, Any] = {}
        if question.schema is not None and self._asking.with_schemas:
            options["response_schema"] = question.schema
        answer = await self._work.ask(
            self._asking.agent,
            question.prompt(tree, name),
            key=key,
            objective=f"{step} {name}: {node.problem}",
            timeout=self._asking.timeout,
            **options,
        )
        # An attempt of this key that ended without an answer was in no event of the problem yet.
        spent = _spent(answer.usage + answer.earlier)
        text = made_plain(answer.text or "").strip()
        if answer.status is not ResultStatus.COMPLETED:
            await self._fail(name, step, _why(answer, self._asking.timeout), spent)
            return False
        if not text and question.schema is None:
            nothing = ErrorInfo(type="EmptyAnswer", message="The model answered nothing.")
            await self._fail(name, step, nothing, spent)
            return False
        await self._decide(question.command(self.solve, name, text, spent))
        return True

    async def _may_ask(self, tree: ProblemTree) -> bool:
        """Say whether the budget has room for a question; stop the work when it has none."""
        if self._stopped:
            return False
        limits, spent = tree.limits, tree.spent
        calls = spent.model_calls + self._in_flight
        if limits.model_calls is not None and calls >= limits.model_calls:
            reason = StopReason.MODEL_CALLS
        elif limits.tokens is not None and spent.tokens >= limits.tokens:
            reason = StopReason.TOKENS
        else:
            return True
        self._stopped = True
        await self._work.decide(problem_solving, Stop(solve=self.solve, reason=reason))
        return False

    async def _fail(
        self, name: str, step: Step, error: ErrorInfo, spent: Spent | None = None
    ) -> None:
        spent = Spent() if spent is None else spent
        await self._decide(Fail(solve=self.solve, node=name, step=step, error=error, spent=spent))

    async def _decide(self, command: NodeCommand) -> None:
        causes = await self._work.folded(problem_causes)
        caused_by = causes.of(self.solve, command.node)
        await self._work.decide(problem_solving, command, caused_by=caused_by)


def _spent(usage: ResultUsage) -> Spent:
    return Spent(
        model_calls=usage.model_calls,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )


def _why(answer: Answer, timeout: float | None) -> ErrorInfo:
    if answer.status is ResultStatus.EXPIRED:
        return ErrorInfo(type="Expired", message=f"It took longer than {timeout} s.")
    return answer.error or ErrorInfo(type="Unanswered", message="There was no answer.")


async def together(parts: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run parts at once; when one raises, the others are cancelled and have ended before it does.

    Args:
        parts: what is to be run.

    Raises:
        Exception: what the first of them raised.
    """
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
