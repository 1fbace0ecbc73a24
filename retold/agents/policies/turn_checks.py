"""What policies are asked at the stages of a turn, around the execution."""

from __future__ import annotations

from typing import Any, Protocol

from ag2.events import Input, ModelMessage, ModelResponse

from retold.agents.conversation import Conversation
from retold.agents.policies.parts import check_input
from retold.agents.policies.turn_policies import Subject, TurnPolicies, recorder
from retold.domain.event import DomainEvent
from retold.domain.policy import Point


class Recorded(Protocol):
    """What of a turn is needed; see :class:`~retold.agents.turn_stages.TurnStages`."""

    conversation: Conversation
    agent: str | None
    pending: list[DomainEvent]


class TurnChecks:
    """Asks the policies of a turn before anything is executed, and after everything was.

    What is decided before the execution is recorded together with the turn's start, and costs no
    append of its own.
    """

    def __init__(self, policies: TurnPolicies, turn: Recorded) -> None:
        """Store what is needed."""
        self._policies = policies
        self._turn = turn

    async def begin(self) -> None:
        """Ask whether the agent may work.

        Raises:
            PolicyError: when it may not.
        """
        self._policies.sees(self._turn.conversation.stream, self._turn.agent)
        subject = Subject(point=Point.AGENT, agent=self._turn.agent)
        await self._policies.text_of(subject, self._note)

    async def input(self, parts: list[Input]) -> list[Input]:
        """Return the parts of the message with what is replaced in them.

        Raises:
            PolicyError: when one is refused.
        """
        return await check_input(self._policies, parts, self._note, agent=self._turn.agent)

    async def conclude(self, response: ModelResponse | None, detail: dict[str, Any]) -> None:
        """Ask about the reply, unless that was done when the model gave it.

        Args:
            response: the turn's last; None when no model was asked.
            detail: of the stage; what was decided in the turn is added.

        Raises:
            PolicyError: when something was refused and nobody has raised it, or the reply is.
        """
        self._policies.raise_refusal()
        if isinstance(response, ModelResponse) and not self._policies.has_passed(response):
            # A middleware made another one of it.
            await self._check(response)
        detail["policies"] = [policy.name for policy in self._policies.policies]
        detail.update(self._policies.counts)

    async def _check(self, response: ModelResponse) -> None:
        subject = Subject(point=Point.OUTPUT, agent=self._turn.agent, text=response.content)
        if not subject.text:
            return
        conversation = self._turn.conversation
        record = recorder(conversation, self._turn.agent, None)
        text = await self._policies.text_of(subject, record)
        if text is not None and text != subject.text:
            response.message = ModelMessage(text, metadata=dict(response.metadata))

    async def _note(self, event: DomainEvent) -> None:
        self._turn.pending.append(event)
