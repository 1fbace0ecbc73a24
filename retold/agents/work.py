"""A turn in which code decides what happens: it decides commands, and asks agents.

A system of agents does its work through one of these. What it decides is recorded in the
conversation it works in, and whom it asks answers in a nested conversation of its own, under a name
that the work gives. So when its process dies, and the same work is done again, everything that has
its result in the log is taken from there.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from ag2 import Agent
from ag2.annotations import Context
from ag2.context import ConversationContext
from ag2.events import Input
from ag2.types import SendableMessage

from retold.agents.conversation import Conversation
from retold.agents.folded_states import Decided
from retold.agents.nested_task import Answer, NestedTask
from retold.agents.scope import current_turn
from retold.agents.storage import Storage, agent_name
from retold.agents.subtask_usage import usage_of
from retold.domain.answers import answers_fold
from retold.domain.decider import CommandT, Decider, StateT
from retold.domain.fold import Fold
from retold.domain.recording import conversation_stream
from retold.domain.result import ResultIds, ResultStatus, ResultUsage
from retold.domain.tasks import Task, tasks_fold
from retold.domain.value import ErrorInfo
from retold.errors import NotRecorded
from retold.store.codec.values import made_plain

# Names the tasks of a piece of work; it never changes.
task_namespace = UUID("0b1c9a52-6a0e-5b7e-9f0b-4f1f0f6f3a55")
_unsuccessful = frozenset({"failed", "expired", "cancelled"})


class Work:
    """A conversation in whose turn code works.

    ``session.turn(...)`` gives one; a tool takes that of the conversation it was called in with
    :meth:`of`. Its methods may be called by several asyncio tasks at once.
    """

    def __init__(
        self,
        storage: Storage,
        conversation: Conversation,
        context: ConversationContext,
        *,
        agent: str | None = None,
    ) -> None:
        """Store what is needed. Use ``session.turn(...)`` or :meth:`of`."""
        self._storage = storage
        self._conversation = conversation
        self._context = context
        self._agent = agent

    @classmethod
    async def of(cls, context: Context) -> Work:
        """Return the work in the conversation that a tool or a middleware was called in.

        Args:
            context: AG2's.

        Raises:
            NotRecorded: when the stream is not one of a log.
            TurnAborted: when the log cannot be read.
        """
        storage = context.stream.history.storage
        if not isinstance(storage, Storage):
            raise NotRecorded(str(context.stream.id))
        conversation = await storage.conversation(context.stream.id)
        return cls(storage, conversation, context, agent=agent_name(context))

    @property
    def session(self) -> str:
        """Id of the root session."""
        return self._conversation.session

    @property
    def stream(self) -> str:
        """Stream of the conversation."""
        return self._conversation.stream

    @property
    def variables(self) -> dict[Any, Any]:
        """The context variables; what is changed here is recorded at the end of the turn."""
        return self._context.variables

    @property
    def ids(self) -> ResultIds:
        """Where the work is recorded."""
        scope = current_turn.get()
        return ResultIds(
            session=self.session,
            stream=self.stream,
            turn=None if scope is None else scope.turn,
            correlation_id=None if scope is None else scope.correlation_id,
        )

    async def state(self, decider: Decider[Any, StateT]) -> StateT:
        """Return the state of a decider in this conversation; it is not to be changed.

        Raises:
            TurnAborted: when the log cannot be read.
        """
        return await self._conversation.folded(decider.fold)

    async def folded(self, fold: Fold[StateT]) -> StateT:
        """Return what this conversation adds up to by a fold; it is not to be changed.

        Args:
            fold: one whose ``evolve`` leaves the state it is given as it is.

        Raises:
            TurnAborted: when the log cannot be read.
        """
        return await self._conversation.folded(fold)

    async def decide(
        self,
        decider: Decider[CommandT, StateT],
        command: CommandT,
        *,
        caused_by: UUID | None = None,
    ) -> Decided[StateT]:
        """Decide a command, and record what happens, as one step.

        Args:
            decider: decides it.
            command: the command.
            caused_by: id of the event that led to it; None for the event before.

        Raises:
            TurnAborted: when it cannot be recorded.
            Exception: what the decider raises; then nothing happened.
        """
        return await self._conversation.decide(
            decider, command, agent=self._agent, caused_by=caused_by
        )

    async def ask(
        self,
        agent: Agent[Any],
        *message: SendableMessage | Input,
        key: str,
        objective: str | None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> Answer:
        """Ask an agent in a nested conversation, or return what it answered before.

        The conversation is named by the key. Asked again under the same key in the same
        conversation, after a crash for instance, an answer in the log is returned, one that was
        under way is gone on with, and one that failed, expired or was cancelled is asked for anew.
        Model calls whose answer is in the log are not repeated, nor are tools that were called.
        Asked by two asyncio tasks at once, the second waits, and takes the answer of the first.

        Args:
            agent: any AG2 agent.
            message: text or AG2 inputs.
            key: names what is asked, uniquely within this conversation.
            objective: what is recorded of the task; the first text of the message when None.
            timeout: seconds it may take; None for any.
            **options: as of ``agent.ask``, except ``stream``.

        Returns:
            The answer, or why there is none.

        Raises:
            asyncio.CancelledError: when the caller is cancelled; that is recorded.
            HumanInputError: when a human cannot be asked, inside a tool.
            WaitsForItself: when what is under way under this key waits for this call.
            TurnAborted: when it cannot be recorded.
        """
        key = made_plain(key)
        async with self.alone("ask", key):
            task_id, task, before = await self._task_of(key)
            nested = NestedTask(
                self._storage,
                self._conversation,
                self._context,
                agent=agent,
                task_id=task_id,
                objective=made_plain(_first_text(message) if objective is None else objective),
                ids=replace(self.ids, stream=conversation_stream(str(task_id)), task=str(task_id)),
            )
            if task is not None and task.status == "completed":
                answer = await nested.recorded()
            else:
                answer = await nested.run(task, message, timeout, options)
            return replace(answer, earlier=await self._usage_of(before))

    async def task_id(self, key: str) -> UUID:
        """Return the id of the task that :meth:`ask` would work on, or has, under a key.

        Args:
            key: as of :meth:`ask`.

        Raises:
            TurnAborted: when the log cannot be read.
        """
        return (await self._task_of(made_plain(key)))[0]

    async def tasks_without_answer(self) -> dict[str, ResultStatus]:
        """Return how the tasks of this conversation ended that gave no answer, by their ids.

        Raises:
            TurnAborted: when the log cannot be read.
        """
        tasks = await self._conversation.folded(tasks_fold)
        return {
            task_id: ResultStatus(task.status)
            for task_id, task in tasks.by_id.items()
            if task.status in _unsuccessful
        }

    def alone(self, what: str, key: str) -> AbstractAsyncContextManager[None]:
        """Do something in the block that no other asyncio task does meanwhile.

        Args:
            what: is done.
            key: names it within this conversation.

        Raises:
            WaitsForItself: when what is under way under this key waits for this block.
        """
        return self._storage.one_at_a_time.alone((what, self.stream, key))

    async def _task_of(self, key: str) -> tuple[UUID, Task | None, list[UUID]]:
        """Return the newest attempt at a task: its id, what the log holds of it, and those before.

        Args:
            key: as of :meth:`ask`.
        """
        tasks = await self._conversation.folded(tasks_fold)
        # A slash in the name of a session must not make its key another session's.
        stream = self.stream.replace("%", "%25").replace("/", "%2F")
        before: list[UUID] = []
        while True:
            task_id = uuid5(task_namespace, f"{stream}/{key}/{len(before) + 1}")
            task = tasks.by_id.get(str(task_id))
            if task is None or task.status not in _unsuccessful:
                return task_id, task, before
            before.append(task_id)

    async def _usage_of(self, tasks: list[UUID]) -> ResultUsage:
        usage = ResultUsage()
        for task_id in tasks:
            nested = await self._storage.nested(task_id)
            usage += usage_of(await nested.history(), await nested.folded(answers_fold))
        return usage

    def describe(self, error: BaseException) -> ErrorInfo:
        """Return an error as it may be recorded: without the secrets of model configurations."""
        return self._conversation.describe(error)

    async def answers_so_far(self) -> int:
        """Return how many answers of models the conversation has had."""
        return (await self._conversation.folded(answers_fold)).count


def _first_text(message: tuple[SendableMessage | Input, ...]) -> str:
    return next((part for part in message if isinstance(part, str)), "")
