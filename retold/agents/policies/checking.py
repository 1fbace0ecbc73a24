"""Asking policies about what an agent, its model and its tools do in one conversation."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import dataclass
from uuid import UUID

from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    BuiltinToolCallEvent,
    Input,
    ModelMessage,
    ModelResponse,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolErrorEvent,
    ToolResult,
    ToolResultEvent,
    ToolResultsEvent,
)

from retold.agents.conversation import Conversation
from retold.agents.policies.parts import are_same, text_of, with_text
from retold.agents.policies.policy import Refuse
from retold.agents.policies.turn_policies import (
    Record,
    Subject,
    TurnPolicies,
    is_refusal,
    recorder,
)
from retold.domain.policy import Point
from retold.domain.recording import Stage


@dataclass(frozen=True, slots=True)
class Checking:
    """Asks the policies of a turn about what happens in one of its conversations.

    Attributes:
        policies: of the turn.
        conversation: the one it happens in.
        agent: name of the agent whose it is.
        can_tell: whether AG2's events are recorded there, so that a model can be told of refusals.
    """

    policies: TurnPolicies
    conversation: Conversation
    agent: str | None
    can_tell: bool = True

    @property
    def is_nested(self) -> bool:
        """Whether it is another conversation than that of the turn."""
        return self.conversation.stream != self.policies.stream

    def recorder(self, cause: UUID | None = None) -> Record:
        """Return what records decisions on an event.

        Args:
            cause: its id, or that of what led to it; None for the newest.
        """
        return recorder(self.conversation, self.agent, cause)

    async def begin(self, event: BaseEvent) -> None:
        """Ask whether an agent may work in the conversation, when it begins to."""
        if self.policies.sees(self.conversation.stream, self.agent):
            subject = Subject(point=Point.AGENT, agent=self.agent, is_nested=self.is_nested)
            await self.policies.text_of(subject, self.recorder(self._cause_of(event)))

    async def before_model_call(self, model: str | None) -> None:
        """Count a model call that is about to be made, and ask about it.

        Args:
            model: its name, when known.

        Raises:
            PolicyError: when it is refused; no model is called.
        """
        self.policies.raise_refusal()
        self.policies.used.model_calls += 1
        subject = Subject(
            point=Point.MODEL_CALL, agent=self.agent, is_nested=self.is_nested, model=model
        )
        try:
            await self.policies.text_of(
                subject, self.recorder(self.conversation.causes.of_model_call)
            )
        except BaseException:
            self.policies.used.model_calls -= 1
            raise

    async def offers(self, tool: str) -> bool:
        """Return whether a model may be shown a tool; a refusal is recorded once in a turn."""
        subject = Subject(
            point=Point.TOOL_OFFER, agent=self.agent, is_nested=self.is_nested, tool=tool
        )
        record = self.recorder(self.conversation.causes.of_model_call)
        _, refused = await self.policies.decided(subject, record)
        if refused is not None and self.policies.withholds(self.agent, tool):
            error = self.policies.error_of(subject, *refused)
            await record(self.policies.refusal_of(subject, error, told=False))
        return refused is None

    async def response(self, response: ModelResponse) -> None:
        """Ask about what a model said and the tools it asks for; what is replaced is so in place.

        Raises:
            PolicyError: when any of it is refused.
        """
        self.policies.raise_refusal()
        if self.policies.has_passed(response):
            return
        record = self.recorder(self._cause_of(response))
        calls = list(response.tool_calls.calls)
        text = response.content
        if text:
            # The last word of a turn is its output; what is said on the way to it is not.
            is_output = not calls and not self.is_nested and self.can_tell
            subject = Subject(
                point=Point.OUTPUT,
                agent=self.agent,
                is_nested=self.is_nested,
                text=text,
                stage=Stage.POLICY_CHECKS if is_output else None,
            )
            checked = await self.policies.text_of(subject, record)
            if checked is not None and checked != text:
                # A new one: the old message may be somebody else's, and was published.
                response.message = ModelMessage(checked, metadata=dict(response.metadata))
        checked_calls = await self.calls(calls, record)
        if not are_same(checked_calls, calls):
            response.tool_calls = ToolCallsEvent(checked_calls)
        self.policies.passes(response)

    async def calls(self, calls: list[ToolCallEvent], record: Record) -> list[ToolCallEvent]:
        """Ask about the tools a model asks for, all of them before any is called.

        Returns:
            The calls, with the arguments they go on with.
        """
        checked = [
            call if self.policies.has_passed(call) else await self._call(call, record)
            for call in calls
        ]
        self.policies.passes(*checked)
        return checked

    async def _call(self, call: ToolCallEvent, record: Record) -> ToolCallEvent:
        self.policies.used.tool_calls += 1
        arguments = call.arguments or "{}"
        subject = Subject(
            point=Point.TOOL_CALL,
            agent=self.agent,
            is_nested=self.is_nested,
            text=arguments,
            tool=call.name,
            tool_call_id=call.id,
        )
        text, refused = await self.policies.decided(subject, record)
        if refused is not None:
            self.policies.used.tool_calls -= 1
            policy, decision = refused
            is_told = decision.tell_model and self.can_tell
            if not is_told or isinstance(call, BuiltinToolCallEvent):
                await self.policies.refuse(subject, policy, decision, record)
            self.policies.told[id(call)] = (call, subject, policy, decision)
        elif text is not None and text != arguments:
            call = copy(call)
            call.arguments = text
            call.serialized_arguments = json.loads(text)
        return call

    async def tell(self, call: ToolCallEvent, context: ConversationContext) -> None:
        """Give a refused call, now recorded, its refusal for a result.

        Raises:
            PolicyRefused: when it is one, so that AG2 does not call the tool.
        """
        told = self.policies.told.pop(id(call), None)
        if told is None:
            return
        _, subject, policy, decision = told
        error = self.policies.error_of(subject, policy, decision)
        answer = ToolErrorEvent(
            parent_id=call.id, name=call.name, error=error, result=ToolResult(str(error))
        )
        record = self.recorder(self._cause_of(answer))
        await record(self.policies.refusal_of(subject, error, told=True))
        self.policies.answered[call.id] = answer
        await context.send(answer)
        raise error

    async def result(self, event: ToolResultEvent) -> None:
        """Ask about what a tool gave; what is replaced or refused is replaced in place."""
        if is_refusal(event) or event.result is None:
            return
        parts = list(event.result.parts)
        size = sum(len(text_of(part) or "") for part in parts)
        record = self.recorder(self._cause_of(event))
        for index, part in enumerate(parts):
            subject = Subject(
                point=Point.TOOL_RESULT,
                agent=self.agent,
                is_nested=self.is_nested,
                text=text_of(part),
                size=size,
                tool=event.name,
                tool_call_id=event.parent_id,
            )
            text, refused = await self.policies.decided(subject, record)
            if refused is not None:
                await self._refuse_result(event, subject, *refused, record)
                return
            if text is not None and text != subject.text:
                parts[index] = with_text(part, text)
        self._replace_result(event, parts)

    async def _refuse_result(
        self,
        event: ToolResultEvent,
        subject: Subject,
        policy: str,
        decision: Refuse,
        record: Record,
    ) -> None:
        error = self.policies.error_of(subject, policy, decision)
        # What the tool gave is kept from the log, as it is from the model.
        self._replace_result(event, [TextInput(str(error))])
        if not decision.tell_model:
            # AG2 would show it to the model; the results of the batch are where the turn ends.
            self.policies.stop(error)
        await record(self.policies.refusal_of(subject, error, told=decision.tell_model))

    def _replace_result(self, event: ToolResultEvent, parts: list[Input]) -> None:
        given = event.result
        if parts != given.parts:
            # A new one: a tool may return the same object each time.
            event.result = ToolResult(parts=parts, final=given.final, metadata=given.metadata)

    def results(self, event: ToolResultsEvent) -> None:
        """Put what was told in place of results of calls into the batch.

        Raises:
            PolicyError: when something was refused, and the model not told.
        """
        self.policies.raise_refusal()
        answered = self.policies.answered
        event.results = [answered.pop(result.parent_id, result) for result in event.results]

    def _cause_of(self, event: BaseEvent) -> UUID | None:
        return self.conversation.causes.cause_of(event)
