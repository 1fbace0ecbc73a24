"""How one delegation is carried out: decided, worked on in a nested conversation, and ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from typing import Any

from retold.agents.hierarchical.sub_agents import SubAgents
from retold.agents.hierarchical.turn_limit import TurnLimit
from retold.agents.nested_task import Answer
from retold.agents.work import Work
from retold.domain.json_copy import NotJsonNative, copied_object, deepest
from retold.domain.nested_chat import Delegate, EndDelegation, RefuseDelegation, delegations
from retold.domain.recorded import JsonObject
from retold.domain.result import Result, ResultStatus
from retold.domain.value import ErrorInfo
from retold.errors import DelegationError, InvalidDelegation, TurnAborted, TurnLimitReached
from retold.store.codec.values import made_plain
from retold.store.uninterrupted import uninterrupted


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a delegation may take; None for any.

    Attributes:
        max_turns: model calls of the sub-agent itself.
        timeout: seconds.
        max_depth: levels of delegation below the outermost agent.
    """

    max_turns: int | None = None
    timeout: float | None = None
    max_depth: int | None = None


@dataclass(frozen=True, slots=True)
class _Above:
    """Who waits for what is done in this context, and how deep it may go."""

    agents: tuple[str, ...] = ()
    max_depth: int | None = None


_nobody = _Above()
_above: ContextVar[_Above] = ContextVar("retold_delegating", default=_nobody)


class Delegator:
    """Carries out the delegations of one agent."""

    def __init__(self, agent: str, sub_agents: SubAgents) -> None:
        """Store what is needed.

        Args:
            agent: name of the agent that delegates.
            sub_agents: whom it delegates to.
        """
        self._agent = made_plain(agent)
        self._sub_agents = sub_agents

    async def delegate(
        self,
        work: Work,
        task: str,
        *,
        to: str,
        context: Mapping[str, Any],
        key: str,
        limits: Limits,
        tool_call_id: str | None = None,
    ) -> Result[str]:
        """Delegate a task and return how it went.

        Args:
            work: where it is recorded.
            task: what is to be done.
            to: name of the sub-agent.
            context: facts given along, of :func:`plain_context`.
            key: names the delegation, uniquely within the conversation.
            limits: what it may take.
            tool_call_id: the tool call that delegates, if one does.

        Raises:
            DelegationError: when there cannot be such a delegation; nothing was recorded.
            asyncio.CancelledError: when the caller is cancelled; that is recorded.
            HumanInputError: when a human cannot be asked, inside a tool.
            WaitsForItself: when the delegation of this key waits for this call.
            TurnAborted: when it cannot be recorded.
        """
        if not isinstance(task, str) or not isinstance(to, str):
            raise InvalidDelegation("task", "it and the sub-agent's name are texts")
        above = self._waiting(limits.max_depth)
        key = made_plain(key)
        # Two at once under one key are one delegation: the second takes the first one's answer.
        async with work.alone("delegation", key):
            delegation = str(await work.task_id(key))
            command = Delegate(
                delegation=delegation,
                key=key,
                task=made_plain(task),
                to=made_plain(to),
                known=self._sub_agents.names,
                above=above.agents,
                context=context,
                tool_call_id=None if tool_call_id is None else made_plain(tool_call_id),
                max_turns=limits.max_turns,
                timeout_seconds=None if limits.timeout == inf else limits.timeout,
                max_depth=above.max_depth,
                ended=await work.tasks_without_answer(),
            )
            try:
                await work.decide(delegations, command)
                answer = await self._answer(work, command, above)
            except asyncio.CancelledError:
                ended = EndDelegation(delegation=delegation, status=ResultStatus.CANCELLED)
                await uninterrupted(work.decide(delegations, ended))
                raise
            status = _status_of(answer)
            ended = EndDelegation(delegation=delegation, status=status, error=answer.error)
            await uninterrupted(work.decide(delegations, ended))
        return Result(
            status=status,
            value=answer.said if status is ResultStatus.STOPPED else answer.text,
            error=answer.error,
            ids=answer.ids,
            usage=answer.usage,
        )

    async def refuse(
        self, work: Work, task: str, *, to: str, error: DelegationError, tool_call_id: str | None
    ) -> None:
        """Record that a model delegated what cannot be.

        Args:
            work, task, to, tool_call_id: as of :meth:`delegate`.
            error: why it cannot be.
        """
        refused = RefuseDelegation(
            task=made_plain(task),
            to=made_plain(to),
            above=self._waiting(None).agents,
            tool_call_id=None if tool_call_id is None else made_plain(tool_call_id),
            error=ErrorInfo.of(error),
        )
        await work.decide(delegations, refused)

    def _waiting(self, max_depth: int | None) -> _Above:
        outer = _above.get()
        agents = (*outer.agents, self._agent)
        if max_depth is None or max_depth < 1:
            # One that is no limit is refused with the command.
            return _Above(agents, outer.max_depth if max_depth is None else max_depth)
        # It is counted from whoever set it, and those above may have set a stricter one.
        limit = len(outer.agents) + max_depth
        return _Above(agents, limit if outer.max_depth is None else min(limit, outer.max_depth))

    async def _answer(self, work: Work, command: Delegate, above: _Above) -> Answer:
        try:
            with _waited_for(above):
                return await self._ask(work, command)
        except TurnAborted:
            raise
        except Exception as error:
            failed = EndDelegation(
                delegation=command.delegation,
                status=ResultStatus.FAILED,
                error=work.describe(error),
            )
            await uninterrupted(work.decide(delegations, failed))
            raise

    async def _ask(self, work: Work, command: Delegate) -> Answer:
        agent = self._sub_agents[command.to]
        options: dict[str, Any] = {}
        if command.max_turns is not None:
            options["middleware"] = [TurnLimit(agent.name, command.max_turns)]
        return await work.ask(
            agent,
            message_of(command.task, command.context),
            key=command.key,
            objective=command.task,
            timeout=command.timeout_seconds,
            **options,
        )


@contextmanager
def _waited_for(above: _Above) -> Iterator[None]:
    token = _above.set(above)
    try:
        yield
    finally:
        _above.reset(token)


def _status_of(answer: Answer) -> ResultStatus:
    return ResultStatus.STOPPED if isinstance(answer.exception, TurnLimitReached) else answer.status


def message_of(task: str, context: Mapping[str, Any]) -> str:
    """Return what a sub-agent is told: the task, and the context as JSON below it."""
    if not context:
        return task
    facts = json.dumps(context, indent=2, ensure_ascii=False)
    return f"{task}\n\n## Context\n{facts}"


def plain_context(context: Mapping[str, Any]) -> JsonObject:
    """Return a copy of a context, whose texts any database takes.

    Raises:
        InvalidDelegation: when it is no JSON object.
    """
    try:
        return copied_object(_plain(context), levels=deepest)
    except NotJsonNative as error:
        raise InvalidDelegation("context", f"{error}; it takes a JSON object") from None
    except RecursionError:
        raise InvalidDelegation("context", "it is nested too deep") from None


def _plain(value: Any) -> Any:
    match value:
        case str():
            return made_plain(value)
        case Mapping():
            return {_plain(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def key_of(to: str, task: str, context: Mapping[str, Any]) -> str:
    """Return what equal delegations have in common, short enough for a key."""
    told = json.dumps([to, task, context], sort_keys=True)
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    return f"{to}/{digest}"
