"""What a turn or a session has used so far, as policies count it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from retold.domain.model_call import ModelCallCompleted, ModelCallStarted
from retold.domain.policy import Point, PolicyFailureRecorded, RefusalRecorded
from retold.domain.recorded import RecordedEvent
from retold.domain.recording import EventRecorded, TurnStarted


@dataclass(slots=True)
class Tokens:
    """Tokens of one model.

    Attributes:
        prompt: sent to it.
        completion: it produced.
    """

    prompt: float = 0
    completion: float = 0


@dataclass(slots=True)
class Used:
    """Counts, nested conversations included.

    Attributes:
        turns: begun, the present one included.
        model_calls: attempts to call a model, one that is about to be made included.
        tool_calls: tools that models asked for, one that is being decided on included.
        by_model: tokens by the name of the model; that of one without a name is None.
    """

    turns: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    by_model: dict[str | None, Tokens] = field(default_factory=dict)

    @property
    def tokens(self) -> float:
        """All tokens that models reported."""
        return sum(one.prompt + one.completion for one in self.by_model.values())

    def spend(self, model: str | None, prompt: object, completion: object) -> None:
        """Add what a call took; what is no number of tokens is passed over."""
        one = self.by_model.setdefault(model, Tokens())
        one.prompt += _count(prompt)
        one.completion += _count(completion)

    def __add__(self, other: Used) -> Used:
        """Return the sum of both."""
        total = Used(
            self.turns + other.turns,
            self.model_calls + other.model_calls,
            self.tool_calls + other.tool_calls,
        )
        for part in (self, other):
            for model, tokens in part.by_model.items():
                total.spend(model, tokens.prompt, tokens.completion)
        return total


class UsedInSession:
    """What a session used, folded from the events of its conversations in the log's order.

    Attributes:
        used: so far.
    """

    types = frozenset(
        {
            TurnStarted.type,
            ModelCallStarted.type,
            ModelCallCompleted.type,
            EventRecorded.type,
            RefusalRecorded.type,
            PolicyFailureRecorded.type,
        }
    )
    """Of the events it reads."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.used = Used()
        self._models: dict[str, str | None] = {}
        # Conversations whose model answered by a recorded call, and whose answer AG2 is to send.
        self._answered: set[str] = set()

    def apply(self, event: RecordedEvent) -> None:
        """Take in the next event of the session."""
        data = event.data
        match event.type:
            case TurnStarted.type:
                self.used.turns += 1
            case ModelCallStarted.type:
                self.used.model_calls += 1
                self._models[str(data.get("call"))] = _text(data.get("model"))
            case ModelCallCompleted.type:
                self._answered.add(event.stream)
                usage = data.get("usage")
                usage = usage if isinstance(usage, Mapping) else {}
                model = self._models.pop(str(data.get("call")), None)
                self.used.spend(model, usage.get("prompt_tokens"), usage.get("completion_tokens"))
            case RefusalRecorded.type | PolicyFailureRecorded.type:
                self._apply_refusal(event.stream, data)
            case _:
                self._apply_ag2(event.stream, data.get("event"))

    def _apply_refusal(self, stream: str, data: Mapping[str, Any]) -> None:
        if data.get("told") is True:
            self.used.tool_calls -= data.get("point") == Point.TOOL_CALL
        elif data.get("point") in {Point.OUTPUT, Point.TOOL_CALL}:
            # A model answered, and its answer was not recorded.
            self.used.model_calls += stream not in self._answered
            self._answered.discard(stream)

    def _apply_ag2(self, stream: str, payload: Any) -> None:
        if not isinstance(payload, Mapping):
            return
        match payload.get("$"):
            case "ag2.ToolCallEvent":
                self.used.tool_calls += 1
            case "ag2.ModelResponse" if payload.get("response_force") is not True:
                # Of a model whose calls are not recorded, the answer is all there is.
                self.used.model_calls += stream not in self._answered
                self._answered.discard(stream)
            case "ag2.UsageEvent" if payload.get("kind") != "subtask":
                usage = payload.get("usage")
                if isinstance(usage, Mapping) and stream not in self._answered:
                    model = _text(payload.get("model"))
                    tokens = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
                    self.used.spend(model, *tokens)
            case _:
                pass


def _count(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0
    return value if 0 <= value < inf else 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
