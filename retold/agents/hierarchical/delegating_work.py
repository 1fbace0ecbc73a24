"""A piece of work in which code delegates to the sub-agents of an agent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ag2 import Agent
from ag2.events import Input
from ag2.types import SendableMessage

from retold.agents.hierarchical.delegator import Delegator, Limits, key_of, plain_context
from retold.agents.work import Work
from retold.domain.nested_chat import Delegations, delegations
from retold.domain.result import Result
from retold.errors import InvalidDelegation


class DelegatingWork:
    """Delegates, several at once where asked to; ``agent.in_session(session)`` gives one.

    Attributes:
        name: of the piece of work, within the session.
    """

    def __init__(
        self, agent: Agent[Any], work: Work, delegator: Delegator, limits: Limits, *, name: str
    ) -> None:
        """Store what is needed.

        Args:
            agent: that delegates.
            work: the turn it is done in.
            delegator: carries the delegations out.
            limits: of each delegation that sets none.
            name: of the piece of work.
        """
        self.name = name
        self._agent = agent
        self._work = work
        self._delegator = delegator
        self._limits = limits
        self._given: Counter[str] = Counter()

    async def delegate(
        self,
        task: str,
        *,
        to: str,
        context: Mapping[str, Any] | None = None,
        key: str | None = None,
        max_turns: int | None = None,
        timeout: float | None = None,
    ) -> Result[str]:
        """Delegate a task to a sub-agent and return its answer.

        Done again after a crash, what was answered is in the log and nobody is asked; what was
        under way is gone on with; what failed, expired or was cancelled is tried anew.

        Args:
            task: what is to be done.
            to: name of the sub-agent.
            context: facts it is told beside the task; a JSON object.
            key: names the delegation in this piece of work. By default it is named by sub-agent,
                task and context, and equal ones are told apart by the order they are made in:
                give a key where a task holds what differs from run to run, such as the time.
            max_turns: model calls the sub-agent may make; None for the agent's default.
            timeout: seconds it may take; None for the agent's default.

        Returns:
            ``completed`` with its text; ``stopped`` at the limit of its turns, with the last it
            said; ``expired`` or ``failed`` with the error. To cancel it, cancel the asyncio task
            that waits for it.

        Raises:
            UnknownSubAgent: when there is no sub-agent of that name.
            CyclicDelegation, DelegationTooDeep: when it may not delegate there.
            InvalidDelegation: when the task is empty, the context no JSON object, or a limit not
                above 0. After none of these anything was recorded.
            asyncio.CancelledError: when the caller is cancelled; that is recorded.
            TurnAborted: when it cannot be recorded.
        """
        facts = plain_context({} if context is None else context)
        limits = Limits(
            max_turns=self._limits.max_turns if max_turns is None else max_turns,
            timeout=self._limits.timeout if timeout is None else timeout,
            max_depth=self._limits.max_depth,
        )
        return await self._delegator.delegate(
            self._work,
            task,
            to=to,
            context=facts,
            key=f"work/{self.name}/{self._key(to, task, facts) if key is None else key}",
            limits=limits,
        )

    async def ask(self, *message: SendableMessage | Input, key: str | None = None) -> Result[str]:
        """Let the agent's own model work on it, and delegate as it sees fit.

        It does so in a nested conversation of its own, so that after a crash it is gone on with
        like a delegation, those it made in the middle of a tool call included.

        Args:
            message: text or AG2 inputs.
            key: as of :meth:`delegate`.

        Raises:
            InvalidDelegation: when the message is empty; nothing was recorded.
            asyncio.CancelledError: when the caller is cancelled; that is recorded.
            TurnAborted: when it cannot be recorded.
        """
        if not any(part.strip() if isinstance(part, str) else True for part in message):
            raise InvalidDelegation("message", "it is empty")
        texts = " ".join(part for part in message if isinstance(part, str))
        named = self._key("", texts, {}) if key is None else key
        answer = await self._work.ask(
            self._agent, *message, key=f"ask/{self.name}/{named}", timeout=self._limits.timeout
        )
        return Result(
            status=answer.status,
            value=answer.text,
            error=answer.error,
            ids=answer.ids,
            usage=answer.usage,
        )

    async def state(self) -> Delegations:
        """Return what was delegated in this session; it is not to be changed.

        Raises:
            TurnAborted: when the log cannot be read.
        """
        return await self._work.state(delegations)

    def _key(self, to: str, task: str, facts: Mapping[str, Any]) -> str:
        # Before anything is awaited, so that the order is that of the calls.
        equal = key_of(to, task, facts)
        self._given[equal] += 1
        return f"{equal}/{self._given[equal]}"
