"""What every agent system returns: how it ended, what it gave, where it is recorded, its cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from retold.domain.value import ErrorInfo

ValueT_co = TypeVar("ValueT_co", covariant=True)


class ResultStatus(StrEnum):
    """How a piece of work ended, or where it stands.

    Attributes:
        COMPLETED: it is done.
        IN_PROGRESS: it goes on with the next message.
        WAITING: it goes on once a human, or the caller, has decided something.
        STOPPED: a limit that was set stopped it; the value holds what was done by then.
        EXPIRED: it took longer than it may.
        CANCELLED: somebody cancelled it.
        FAILED: it could not be done; the error says why.
    """

    COMPLETED = "completed"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    STOPPED = "stopped"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultIds:
    """Where a piece of work is recorded.

    Attributes:
        session: id of the session.
        stream: of the conversation it was done in; that of a nested one where it has its own.
        turn: id of the turn; None when it had none.
        correlation_id: of the whole piece of work.
        task: id of the delegated task, when it was one.
    """

    session: str
    stream: str
    turn: str | None = None
    correlation_id: str | None = None
    task: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultUsage:
    """What a piece of work took, nested conversations included.

    Attributes:
        model_calls: answers of models.
        prompt_tokens: sent to models, as far as they said; None when none did.
        completion_tokens: models produced, likewise.
    """

    model_calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    @property
    def tokens(self) -> int:
        """Tokens known of, both ways."""
        return (self.prompt_tokens or 0) + (self.completion_tokens or 0)

    def __add__(self, other: ResultUsage) -> ResultUsage:
        """Return both together."""
        return ResultUsage(
            model_calls=self.model_calls + other.model_calls,
            prompt_tokens=_added(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=_added(self.completion_tokens, other.completion_tokens),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Generic[ValueT_co]):
    """What an agent system returns.

    What goes wrong while it works is in ``status`` and ``error``. Raised are misuse, such as an
    unknown name or a negative limit, and a log that does not record.

    Attributes:
        status: how it ended, or where it stands.
        value: what it gave; None when it gave nothing.
        error: why it failed or stopped; None when it did not.
        ids: where it is recorded.
        usage: what it took.
    """

    status: ResultStatus
    value: ValueT_co | None = None
    error: ErrorInfo | None = None
    ids: ResultIds
    usage: ResultUsage = field(default_factory=ResultUsage)

    @property
    def ok(self) -> bool:
        """Whether nothing went wrong: it is done, goes on, or waits."""
        return self.status in {
            ResultStatus.COMPLETED,
            ResultStatus.IN_PROGRESS,
            ResultStatus.WAITING,
        }


def _added(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other
