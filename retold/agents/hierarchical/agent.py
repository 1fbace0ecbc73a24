"""``HierarchicalAgent``: an AG2 agent with named sub-agents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from ag2 import Agent
from ag2.config import ModelConfig
from ag2.hitl import HumanHook
from ag2.tools.tool import Tool

from retold.agents.hierarchical.delegate_tool import delegate_tool, tool_name
from retold.agents.hierarchical.delegating_work import DelegatingWork
from retold.agents.hierarchical.delegator import Delegator, Limits
from retold.agents.hierarchical.sub_agents import SubAgents
from retold.agents.working_session import WorkingSession
from retold.domain.nested_chat import CompleteDelegatedWork, check_limits, delegations
from retold.store.codec.values import made_plain

default_max_turns = 5


class HierarchicalAgent(Agent[str]):
    """An agent that delegates tasks to named sub-agents, each in a nested conversation.

    Code delegates with :meth:`in_session`; its own model does with the tool ``delegate``, wherever
    the agent is asked in a session. A sub-agent is any AG2 agent, one of these included. Every
    delegation is recorded with its lineage, and goes on after a crash of its process.
    """

    def __init__(
        self,
        name: str,
        prompt: str | Iterable[str] = (),
        *,
        sub_agents: Mapping[str, Agent[Any]],
        config: ModelConfig | None = None,
        max_turns: int | None = default_max_turns,
        timeout: float | None = None,
        max_depth: int | None = None,
        tools: Iterable[Callable[..., Any] | Tool] = (),
        **options: Any,
    ) -> None:
        """Store what is needed.

        Args:
            name: of the agent.
            prompt: its system prompt.
            sub_agents: by the name each goes by.
            config: its model; None where only code delegates.
            max_turns: model calls a sub-agent may make in one delegation; None for any number.
            timeout: seconds a delegation may take; None for any.
            max_depth: levels of delegation below this agent; None for any number.
            tools: further tools of its model.
            **options: as of ``ag2.Agent``. Its ``hitl_hook`` also answers what sub-agents that have
                none ask a human.

        Raises:
            InvalidDelegation: when a limit is not above 0, or a name is none.
        """
        check_limits(max_turns=max_turns, timeout_seconds=timeout, max_depth=max_depth)
        self._sub_agents = SubAgents(sub_agents)
        self._limits = Limits(max_turns=max_turns, timeout=timeout, max_depth=max_depth)
        self._delegator = Delegator(name, self._sub_agents)
        self._answers_questions: HumanHook | None = options.get("hitl_hook")
        by_model = delegate_tool(self._delegator, self._sub_agents, self._limits)
        super().__init__(
            name,
            prompt,
            config=config,
            tools=[*tools, by_model],
            **options,
        )

    @property
    def sub_agents(self) -> Mapping[str, Agent[Any]]:
        """The sub-agents by name, in the order they joined; a view."""
        return MappingProxyType(self._sub_agents)

    def add_sub_agent(self, name: str, agent: Agent[Any]) -> None:
        """Let a sub-agent join, so that two may be each other's.

        Args:
            name: by which it is delegated to.
            agent: any AG2 agent.

        Raises:
            InvalidDelegation: when the name is none, or another one's.
        """
        self._sub_agents.add(name, agent)

    @property
    def tools_that_resume(self) -> frozenset[str]:
        """Tools that repeat nothing when they are called again after a crash."""
        return frozenset({tool_name})

    @asynccontextmanager
    async def in_session(
        self, session: WorkingSession, *, work: str | None = None
    ) -> AsyncIterator[DelegatingWork]:
        """Hold a turn of a session in which code delegates.

        Left without an error, the piece of work is over. Left with one, or by a crash, it is not:
        the next turn of the same name goes on with it, and what it had done is in the log.

        Args:
            session: of ``log.session(...)``.
            work: names the piece of work in the session; the agent's name when None.

        Raises:
            SessionBusy, SessionClosed, StoreError, TurnAborted: as of ``session.ask``.
        """
        name = made_plain(self.name if work is None else work)
        async with session.turn(self.name, hitl_hook=self._answers_questions) as turn:
            done = (await turn.state(delegations)).works.get(name, 0)
            yield DelegatingWork(
                self, turn, self._delegator, self._limits, name=f"{name}/{done + 1}"
            )
            await turn.decide(delegations, CompleteDelegatedWork(work=name))
