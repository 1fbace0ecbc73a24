"""A task that an agent works on in a nested conversation of its own, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ag2 import Agent
from ag2.annotations import Context
from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    HumanInputRequest,
    Input,
    ModelRequest,
    ModelResponse,
    TaskCancelled,
    TaskCompleted,
    TaskExpired,
    TaskFailed,
    TaskStarted,
    ToolResultsEvent,
    Usage,
    UsageEvent,
)
from ag2.exceptions import HumanInputError
from ag2.middleware.builtin.tools.approval import BYPASS_KEY
from ag2.stream import MemoryStream
from ag2.types import SendableMessage

from retold.agents.codec import decode_event, encode_event
from retold.agents.conversation import Conversation
from retold.agents.going_on import GoingOn, ResumesTools, going_on, is_conversational
from retold.agents.human_question import as_asked, is_asked
from retold.agents.lineage import Delegation, within_task
from retold.agents.policies.checking import Checking
from retold.agents.storage import Storage
from retold.agents.subtask_usage import rolled_up, usage_of
from retold.domain.answers import answers_fold
from retold.domain.model_call import ModelCallCompleted
from retold.domain.recording import HumanInputRequested
from retold.domain.result import ResultIds, ResultStatus, ResultUsage
from retold.domain.tasks import Task, tasks_fold
from retold.domain.value import ErrorInfo
from retold.errors import TurnAborted
from retold.store import EventStore
from retold.store.codec.values import made_plain
from retold.store.uninterrupted import uninterrupted

_asking = (ModelRequest, ToolResultsEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an agent answered in a nested conversation.

    Attributes:
        status: ``completed``, ``failed`` or ``expired``.
        text: the answer; None when there is none.
        response: AG2's last response; None when there is none.
        said: the newest text of the agent, which is not its answer when there is none.
        error: why there is none.
        exception: the error itself.
        ids: of the nested conversation.
        usage: what it took, conversations nested in it included.
        earlier: what attempts before it took that failed, expired or were cancelled, likewise.
        is_recorded: whether it was in the log already, so that nobody was asked.
    """

    status: ResultStatus
    text: str | None = None
    response: ModelResponse | None = None
    said: str | None = None
    error: ErrorInfo | None = None
    exception: Exception | None = None
    ids: ResultIds
    usage: ResultUsage
    earlier: ResultUsage = field(default_factory=ResultUsage)
    is_recorded: bool = False


class NestedTask:
    """One task, from its start to its end; see :meth:`retold.agents.work.Work.ask`."""

    def __init__(
        self,
        storage: Storage,
        parent: Conversation,
        context: ConversationContext,
        *,
        agent: Agent[Any],
        task_id: UUID,
        objective: str,
        ids: ResultIds,
    ) -> None:
        """Store what is needed.

        Args:
            storage: where the nested conversation goes.
            parent: the conversation that delegates.
            context: AG2's, of that conversation.
            agent: who works on it.
            task_id: of the task, and AG2's id of the nested conversation.
            objective: what is recorded of it.
            ids: of the nested conversation.
        """
        self._storage = storage
        self._store: EventStore = storage.store
        self._parent = parent
        self._context = context
        self._agent = agent
        self._task_id = task_id
        self._objective = objective
        self._ids = ids

    async def recorded(self) -> Answer:
        """Return the answer of a task that was completed before."""
        conversation = await self._storage.nested(self._task_id)
        history = await conversation.history()
        return await self._answer(conversation, going_on(history).answer, history, is_recorded=True)

    async def run(
        self,
        task: Task | None,
        message: tuple[SendableMessage | Input, ...],
        timeout: float | None,
        options: Mapping[str, Any],
    ) -> Answer:
        """Work on the task, and record how it ends.

        Args:
            task: as a process that died left it; None when it has not begun.
            message: what is asked.
            timeout: seconds it may take; None for any.
            options: of ``agent.ask``.
        """
        with within_task(await self._delegation(task)):
            if task is None:
                await self._start()
            conversation = await self._storage.nested(self._task_id)
            if task is not None:
                # What a turn before could not record is no reason to refuse this one.
                await conversation.begin_unheld()
            limit = asyncio.timeout(timeout)
            try:
                async with limit:
                    response = await self._response(conversation, task, message, options)
            except asyncio.CancelledError:
                await uninterrupted(self._end(conversation, TaskCancelled(**self._naming())))
                raise
            except TurnAborted:
                raise
            except Exception as error:
                failed = self._failed(conversation, error, expired=limit.expired())
                answer = await uninterrupted(failed)
                policies = self._storage.policies.governing(self._parent)
                if policies is not None:
                    # It ends the turn; whoever works in it is not to go on with something else.
                    policies.raise_refusal()
                return answer
            return await uninterrupted(self._completed(conversation, response))

    async def _start(self) -> None:
        call = self._context.tool_call_id
        try:
            await self._send(TaskStarted(parent_tool_call_id=call, **self._naming()))
        except asyncio.CancelledError:
            tasks = await uninterrupted(self._parent.folded(tasks_fold))
            if str(self._task_id) in tasks.by_id:
                await uninterrupted(self._send(TaskCancelled(**self._naming())))
            raise

    async def _response(
        self,
        conversation: Conversation,
        task: Task | None,
        message: tuple[SendableMessage | Input, ...],
        options: Mapping[str, Any],
    ) -> ModelResponse:
        """Return the agent's answer, having asked for what the log does not hold of it."""
        where = GoingOn() if task is None else await self._where(conversation)
        if where.answer is not None:
            return where.answer
        given = {
            "dependencies": self._context.dependencies.copy(),
            # Copies, as AG2 does it: what one task changes, another beside it does not see.
            "variables": {k: v for k, v in self._context.variables.items() if k != BYPASS_KEY},
            **options,
            "stream": (stream := MemoryStream(self._storage, id=self._task_id)),
        }
        answers = self._agent.has_hitl_hook or given.get("hitl_hook") is not None
        with nullcontext() if answers else self._questions_asked_above(stream, conversation):
            if where.events:
                reply = await self._agent.resume(*where.events, **given)
            else:
                reply = await self._agent.ask(*message, **given)
        return reply.response

    @contextmanager
    def _questions_asked_above(
        self, stream: MemoryStream, conversation: Conversation
    ) -> Iterator[None]:
        """Let whoever answers the parent's questions to a human answer those of the task.

        As ``ag2.tools.subagents.run_task`` does it, but that the question is recorded where it is
        asked and its answer is.
        """

        async def ask_above(event: HumanInputRequest, context: Context) -> None:
            if not is_asked(event):
                asked = HumanInputRequested(event=encode_event(event))
                await conversation.record(asked, agent=self._agent.name)
            forwarded = as_asked(event)
            forwarded.task_id = str(self._task_id)
            await self._context.stream.send(forwarded, context)

        with stream.where(HumanInputRequest).sub_scope(ask_above, interrupt=True):
            yield

    async def _where(self, conversation: Conversation) -> GoingOn:
        """Return where the conversation stands, with every answer that the log holds."""
        history = await conversation.history()
        where = self._going_on(history)
        said_last = next((e for e in reversed(history) if is_conversational(e)), None)
        if where.answer is not None or not isinstance(said_last, _asking):
            # Nothing else is answered: what a model was asked then, a tool asked for itself.
            return where
        versions = (reference.version for reference in conversation.state.history)
        newest = max(v for v, e in zip(versions, history, strict=True) if is_conversational(e))
        taken = await self._take_answer_after(newest, conversation)
        return self._going_on(await conversation.history()) if taken else where

    def _going_on(self, history: list[BaseEvent]) -> GoingOn:
        again = self._agent.tools_that_resume if isinstance(self._agent, ResumesTools) else ()
        return going_on(history, tools_that_resume=again)

    async def _take_answer_after(self, version: int, conversation: Conversation) -> bool:
        """Take into the history what a model answered to its last event, and AG2 never saw."""
        completed, usage_is_recorded = None, False
        async for event in self._store.read_stream(conversation.stream, from_version=version + 1):
            payload = event.data.get("event")
            if event.type == ModelCallCompleted.type:
                if event.metadata.get("agent") != made_plain(self._agent.name):
                    # Asked beside AG2's loop, such as by a middleware.
                    continue
                completed, usage_is_recorded = ModelCallCompleted.from_recorded(event), False
            elif isinstance(payload, Mapping) and payload.get("$") == "ag2.UsageEvent":
                usage_is_recorded = True
        response = None if completed is None else decode_event(completed.response)
        if not isinstance(response, ModelResponse):
            return False
        if response.usage and not usage_is_recorded:
            spent = UsageEvent(
                response.usage,
                model=response.model,
                provider=response.provider,
                finish_reason=response.finish_reason,
            )
            await conversation.save(spent, agent=self._agent.name)
        policies = self._storage.policies.governing(conversation)
        if policies is not None:
            await Checking(policies, conversation, self._agent.name).response(response)
        await conversation.save(response, agent=self._agent.name)
        return True

    async def _completed(self, conversation: Conversation, response: ModelResponse) -> Answer:
        history = await conversation.history()
        completed = TaskCompleted(
            result=response.content,
            task_stream=self._task_id,
            usage=sum(_usages(history), Usage()),
            **self._naming(),
        )
        await self._end(conversation, completed)
        return await self._answer(conversation, response, history)

    async def _failed(
        self, conversation: Conversation, error: Exception, *, expired: bool
    ) -> Answer:
        naming = self._naming()
        ended = TaskExpired(**naming) if expired else TaskFailed(error=error, **naming)
        await self._end(conversation, ended)
        if isinstance(error, HumanInputError) and self._context.tool_call_id is not None:
            # Told to the parent's model, it would look for another way to the same effect.
            raise error
        history = await conversation.history()
        return await self._answer(conversation, None, history, error=error, expired=expired)

    async def _end(self, conversation: Conversation, ended: BaseEvent) -> None:
        """Record what the task took, once, and its end."""
        tasks = await self._parent.folded(tasks_fold)
        task = tasks.by_id.get(str(self._task_id))
        if task is None or not task.is_rolled_up:
            usages = [e for e in await conversation.history() if isinstance(e, UsageEvent)]
            spent = rolled_up(usages, agent=self._agent.name, task=str(self._task_id))
            if spent is not None:
                await self._send(spent)
        await self._send(ended)

    async def _send(self, event: BaseEvent) -> None:
        await self._context.send(event)

    async def _delegation(self, task: Task | None) -> Delegation | None:
        """Return what a process that died had begun; None when it has not begun."""
        if task is None or task.started_version is None:
            return None
        version = task.started_version
        async for event in self._store.read_stream(
            self._parent.stream, from_version=version, to_version=version
        ):
            started = decode_event(event.data["event"])
            if isinstance(started, TaskStarted):
                turn = self._parent.guard.turn
                return Delegation(self._parent, turn, event.event_id, started, None)
        return None

    def _naming(self) -> dict[str, Any]:
        return {
            "task_id": str(self._task_id),
            "agent_name": self._agent.name,
            "objective": self._objective,
        }

    async def _answer(
        self,
        conversation: Conversation,
        response: ModelResponse | None,
        history: list[BaseEvent],
        *,
        error: Exception | None = None,
        expired: bool = False,
        is_recorded: bool = False,
    ) -> Answer:
        status = ResultStatus.COMPLETED
        if error is not None:
            status = ResultStatus.EXPIRED if expired else ResultStatus.FAILED
        return Answer(
            status=status,
            text=None if response is None else response.content,
            response=response,
            said=next((text for text in map(_text_of, reversed(history)) if text), None),
            error=None if error is None else self._parent.describe(error),
            exception=error,
            ids=self._ids,
            usage=usage_of(history, await conversation.folded(answers_fold)),
            is_recorded=is_recorded,
        )


def _text_of(event: BaseEvent) -> str | None:
    return event.content if isinstance(event, ModelResponse) else None


def _usages(history: list[BaseEvent]) -> list[Usage]:
    return [event.usage for event in history if isinstance(event, UsageEvent)]
