"""The policies of one turn: they are asked in order, and what they decide is recorded."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn
from uuid import UUID

from ag2.events import BaseEvent, ToolCallEvent, ToolErrorEvent

from retold.agents.conversation import Conversation
from retold.agents.policies.passed import Passed
from retold.agents.policies.policy import Check, Decision, Policy, Refuse, Replace, default_errors
from retold.domain.event import DomainEvent
from retold.domain.policy import (
    Point,
    PolicyFailureRecorded,
    RefusalRecorded,
    ReplacementRecorded,
)
from retold.domain.recording import Stage, conversation_stream
from retold.domain.usage_so_far import Used
from retold.errors import PolicyError, PolicyFailed, PolicyRefused, TurnAborted
from retold.logs import get_logger
from retold.store.codec.values import made_plain

log = get_logger("retold.policies")

# A reason that quotes a text of this length gives it away.
shortest_quoted = 8
longest_reason = 1_000

Record = Callable[[DomainEvent], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What policies are asked about, before it is known where in a turn it is.

    Attributes:
        point, agent, is_nested, text, size, tool, tool_call_id, model: as of
            :class:`~retold.agents.policies.policy.Check`.
        stage: of the turn; None for the one that is going on.
    """

    point: Point
    agent: str | None
    is_nested: bool = False
    text: str | None = None
    size: int = 0
    tool: str | None = None
    tool_call_id: str | None = None
    model: str | None = None
    stage: Stage | None = None


class TurnPolicies:
    """The policies of a turn and of all conversations nested in it.

    Once something was refused, and no model was told, everything else is: AG2 shows what a tool
    raises to the model and goes on, so whatever comes next raises the same error again.

    Attributes:
        policies: in order.
        scopes: of whoever asked.
        stream: of the conversation whose turn it is.
        used: by the turn.
        stage: of the turn that is going on.
        refusal: what ended the turn; None while nothing did.
        told: calls that are not to be made, with what their model is told, by object.
        answered: what models were told in place of results, by the id of the call.
        counts: how many decisions there were, by what was decided.
    """

    def __init__(
        self,
        policies: Sequence[Policy],
        scopes: frozenset[str],
        *,
        session: str,
        turn: str | None,
        stream: str,
        read_session: Callable[[], Awaitable[Used]],
        mask: Callable[[str], str] = str,
    ) -> None:
        """Store what is needed.

        Args:
            policies: in order.
            scopes: of whoever asked.
            session: id of the session.
            turn: id of the turn; None outside of turns.
            stream: of the conversation whose turn it is.
            read_session: returns what the session used beside this turn.
            mask: takes the secrets the log knows of out of a reason.
        """
        self.policies = tuple(policies)
        self.scopes = scopes
        self.stream = stream
        self.used = Used(turns=1)
        self.stage = Stage.EXECUTION
        self.refusal: PolicyError | None = None
        self.told: dict[int, tuple[ToolCallEvent, Subject, str, Refuse]] = {}
        self.answered: dict[str, ToolErrorEvent] = {}
        self.counts = {"refused": 0, "replaced": 0}
        self._session = session
        self._turn = turn
        self._read_session = read_session
        self._mask = mask
        self._session_use: Used | None = None
        self._reading = asyncio.Lock()
        self._passed = Passed()
        self._seen_agents: set[tuple[str, str | None]] = set()
        self._withheld: set[tuple[str | None, str]] = set()

    # What was decided ------------------------------------------------------------------------

    def raise_refusal(self) -> None:
        """Do nothing, unless something was refused.

        Raises:
            PolicyError: what ended the turn.
        """
        if self.refusal is not None:
            raise self.refusal

    def passes(self, *subjects: object) -> None:
        """Note that events, or parts of them, need not be checked again."""
        self._passed.note(*subjects)

    def has_passed(self, subject: object) -> bool:
        """Return whether an event, or a part of one, was checked before as it is."""
        return subject in self._passed

    def sees(self, stream: str, agent: str | None) -> bool:
        """Note that an agent works in a conversation; return whether that is new."""
        is_new = (stream, agent) not in self._seen_agents
        self._seen_agents.add((stream, agent))
        return is_new

    @property
    def holder(self) -> Policy | None:
        """The first policy that holds back what models publish; None when none does."""
        return next((p for p in self.policies if getattr(p, "holds_output", False) is True), None)

    # Asking ----------------------------------------------------------------------------------

    async def text_of(self, subject: Subject, record: Record) -> str | None:
        """Ask about something, and return the text it goes on with.

        Args:
            subject: what it is about.
            record: records what is decided.

        Raises:
            PolicyError: when it is refused; then everything else of the turn is, too.
            TurnAborted: when a decision cannot be recorded.
        """
        text, refused = await self.decided(subject, record)
        if refused is not None:
            await self.refuse(subject, *refused, record)
        return text

    async def decided(
        self, subject: Subject, record: Record
    ) -> tuple[str | None, tuple[str, Refuse] | None]:
        """Ask about something; return the text it goes on with, or who refuses it.

        Args:
            subject: what it is about.
            record: records what is replaced.

        Raises:
            PolicyFailed: when a policy fails.
            TurnAborted: when a decision cannot be recorded.
        """
        self.raise_refusal()
        text = subject.text
        for policy in self.policies:
            current = replace(subject, text=text)
            match await self._asked(policy, current, record):
                case None:
                    pass
                case Refuse() as refused:
                    return text, (policy.name, refused)
                case Replace() as replaced:
                    if replaced.text != text:
                        self.counts["replaced"] += 1
                        await record(self._replacement(policy.name, current, replaced))
                        text = replaced.text
        return text, None

    async def _asked(self, policy: Policy, subject: Subject, record: Record) -> Decision:
        try:
            decided = policy.check(self._check(subject))
            decision = await decided if inspect.isawaitable(decided) else decided
        except TurnAborted:
            raise
        except Exception as error:
            await self._fail(policy, subject, type(error).__name__, record)
        wrong = _what_is_wrong(decision, subject)
        if wrong is not None:
            await self._fail(policy, subject, wrong, record)
        return decision

    def _check(self, subject: Subject) -> Check:
        return Check(
            point=subject.point,
            stage=subject.stage or self.stage,
            session=self._session,
            agent=subject.agent,
            is_nested=subject.is_nested,
            scopes=self.scopes,
            text=subject.text,
            size=subject.size or len(subject.text or ""),
            tool=subject.tool,
            tool_call_id=subject.tool_call_id,
            model=subject.model,
            used=self.used,
            read_session=self._used_before,
        )

    async def _used_before(self) -> Used:
        # In a conversation of its own, nothing but this turn goes on in a session.
        is_alone = self.stream == conversation_stream(self._session)
        async with self._reading:
            if self._session_use is None or not is_alone:
                self._session_use = await self._read_session()
        return self._session_use

    # Refusing --------------------------------------------------------------------------------

    def error_of(self, subject: Subject, policy: str, refused: Refuse) -> PolicyRefused:
        """Return the error of a refusal."""
        error = refused.error or default_errors.get(subject.point, PolicyRefused)
        return error(
            made_plain(policy),
            self._reason(refused.reason, subject),
            stage=subject.stage or self.stage,
            point=subject.point,
            session=self._session,
            agent=subject.agent,
            tool=subject.tool,
        )

    async def refuse(
        self, subject: Subject, policy: str, refused: Refuse, record: Record
    ) -> NoReturn:
        """Record a refusal and end the turn by it.

        Raises:
            PolicyRefused: always.
            TurnAborted: when it cannot be recorded.
        """
        error = self.error_of(subject, policy, refused)
        self.stop(error)
        await record(self.refusal_of(subject, error, told=False))
        raise error

    def stop(self, error: PolicyError) -> None:
        """Refuse everything else of the turn; the first error is the one that is told."""
        self.refusal = self.refusal or error

    def refusal_of(self, subject: Subject, error: PolicyRefused, *, told: bool) -> RefusalRecorded:
        """Return what is recorded of a refusal, which is counted.

        Args:
            subject: what was refused.
            error: what the caller gets, or the model is told.
            told: whether the model was.
        """
        self.counts["refused"] += 1
        return RefusalRecorded(
            policy=error.policy,
            stage=subject.stage or self.stage,
            point=subject.point,
            reason=error.reason,
            error=type(error).__name__,
            turn=self._turn,
            tool=_plain(subject.tool),
            tool_call_id=_plain(subject.tool_call_id),
            model=_plain(subject.model),
            told=told,
        )

    async def _fail(self, policy: Policy, subject: Subject, error: str, record: Record) -> NoReturn:
        failed = PolicyFailed(
            made_plain(policy.name),
            made_plain(error),
            stage=subject.stage or self.stage,
            point=subject.point,
            session=self._session,
            agent=subject.agent,
            tool=subject.tool,
        )
        self.stop(failed)
        self.counts["refused"] += 1
        log.warning("a policy failed", policy=policy.name, error=error, turn=self._turn)
        await record(
            PolicyFailureRecorded(
                policy=failed.policy,
                stage=subject.stage or self.stage,
                point=subject.point,
                error=failed.error,
                turn=self._turn,
                tool=_plain(subject.tool),
                tool_call_id=_plain(subject.tool_call_id),
            )
        )
        # Without its cause: AG2 gives tracebacks to models, and records them.
        raise failed from None

    def _replacement(self, policy: str, subject: Subject, replaced: Replace) -> ReplacementRecorded:
        reason = replaced.reason
        return ReplacementRecorded(
            policy=made_plain(policy),
            stage=subject.stage or self.stage,
            point=subject.point,
            reason=None if reason is None else self._reason(reason, subject),
            turn=self._turn,
            tool=_plain(subject.tool),
            tool_call_id=_plain(subject.tool_call_id),
            characters_before=len(subject.text or ""),
            characters_after=len(replaced.text),
        )

    def _reason(self, reason: str, subject: Subject) -> str:
        """Return a reason without the text it is about, and without secrets."""
        text = subject.text or ""
        if len(text) >= shortest_quoted:
            # As it is, as Python shows it, and as JSON.
            for quoted in (text, repr(text)[1:-1], json.dumps(text)[1:-1]):
                reason = reason.replace(quoted, "***")
        return made_plain(self._mask(reason))[:longest_reason]

    # Tools on offer --------------------------------------------------------------------------

    def withholds(self, agent: str | None, tool: str) -> bool:
        """Note that a tool is not offered to an agent; return whether that is new in this turn."""
        is_new = (agent, tool) not in self._withheld
        self._withheld.add((agent, tool))
        return is_new


def recorder(conversation: Conversation, agent: str | None, caused_by: UUID | None) -> Record:
    """Return what records decisions in a conversation.

    Args:
        conversation: where.
        agent: whom they concern.
        caused_by: id of the event they are about; None for the newest.
    """

    async def record(event: DomainEvent) -> None:
        await conversation.record(event, agent=agent, caused_by=caused_by)

    return record


def is_refusal(event: BaseEvent) -> bool:
    """Return whether a result is what a model was told in place of one."""
    return isinstance(event, ToolErrorEvent) and isinstance(event.error, PolicyRefused)


def _what_is_wrong(decision: object, subject: Subject) -> str | None:
    """Return what is wrong with a decision; None when it can be done."""
    match decision:
        case None:
            return None
        case Refuse():
            error = PolicyRefused if decision.error is None else decision.error
            if not isinstance(error, type) or not issubclass(error, PolicyRefused):
                return "a refusal with an error that is none of policies"
            is_reason = isinstance(decision.reason, str) and bool(decision.reason.strip())
            return None if is_reason else "a refusal without a reason"
        case Replace():
            if subject.text is None or not isinstance(decision.text, str):
                return "a replacement where there is no text"
            if subject.point is Point.TOOL_CALL and not _is_object(decision.text):
                return "a replacement that is no JSON object"
            return None
        case _:
            return f"a decision that is none ({type(decision).__name__})"


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _plain(text: str | None) -> str | None:
    return None if text is None else made_plain(text)
