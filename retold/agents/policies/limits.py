"""Limits: on turns, model calls, tool calls, tokens, dollars, and on the size of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite

from retold.agents.policies.policy import Check, Decision, Refuse
from retold.domain.policy import Point
from retold.domain.usage_so_far import Used
from retold.errors import InvalidPolicy, LimitExceeded


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs.

    Attributes:
        prompt_usd: dollars for a million tokens sent to it.
        completion_usd: dollars for a million tokens it produces.
    """

    prompt_usd: float
    completion_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """What a turn or a session may use; None for any."""

    model_calls: int | None = None
    tool_calls: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    tell_model: bool = False
    name: str = "limits"

    def __post_init__(self) -> None:
        """Check the limits."""
        _check_limits(
            self.name,
            model_calls=self.model_calls,
            tool_calls=self.tool_calls,
            tokens=self.tokens,
            cost_usd=self.cost_usd,
        )
        if self.cost_usd is not None and not self.prices:
            raise InvalidPolicy(repr(self.name), "a limit in dollars needs the prices of models")

    def _refused(self, check: Check, used: Used, what: str) -> Decision:
        if check.point is Point.TOOL_CALL:
            if self.tool_calls is not None and used.tool_calls > self.tool_calls:
                reason = f"a {what} may call {self.tool_calls} tools"
                return Refuse(reason=reason, error=LimitExceeded, tell_model=self.tell_model)
            return None
        for reason in self._reasons(check, used, what):
            return Refuse(reason=reason, error=LimitExceeded)
        return None

    def _reasons(self, check: Check, used: Used, what: str) -> Iterator[str]:
        if self.model_calls is not None and used.model_calls > self.model_calls:
            yield f"a {what} may make {self.model_calls} model calls"
        if self.tokens is not None and used.tokens >= self.tokens:
            yield f"a {what} may use {self.tokens} tokens, and has used {used.tokens:g}"
        if self.cost_usd is None:
            return
        spent, unpriced = self._spent(used)
        if check.model not in self.prices:
            unpriced = check.model or "a model without a name"
        if unpriced is not None:
            yield f"a {what} may cost {self.cost_usd:g} dollars, and {unpriced} has no price"
        elif spent >= self.cost_usd:
            yield f"a {what} may cost {self.cost_usd:g} dollars, and has cost {spent:.6g}"

    def _spent(self, used: Used) -> tuple[float, str | None]:
        """Return the dollars spent, and a model with tokens and no price."""
        spent, unpriced = 0.0, None
        for model, tokens in used.by_model.items():
            price = self.prices.get(model or "")
            if price is not None:
                dollars = tokens.prompt * price.prompt_usd
                spent += (dollars + tokens.completion * price.completion_usd) / 1_000_000
            elif tokens.prompt or tokens.completion:
                unpriced = model or "a model without a name"
        return spent, unpriced


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLimits(_Limits):
    """What one turn may use, nested conversations included.

    A call that would be one too many is not made. Tokens and dollars are known after a call: the
    one that goes over the limit is the last.

    Attributes:
        model_calls: attempts to call a model, repeated ones included.
        tool_calls: tools that models ask for.
        tokens: sent and produced.
        cost_usd: dollars, by ``prices``; a model without a price is not called.
        prices: of models, by name.
        tell_model: one tool call too many is told to the model, and the turn goes on.
        name: under which refusals are recorded.
    """

    name: str = "turn limits"

    def check(self, check: Check) -> Decision:
        """Refuse a call that is one too many."""
        if check.point not in {Point.MODEL_CALL, Point.TOOL_CALL}:
            return None
        return self._refused(check, check.used, "turn")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits(_Limits):
    """What a session may use, all its turns and their nested conversations included.

    What earlier turns used is read from the log, so it counts whichever process ran them.

    Attributes:
        turns: begun, failed ones and the present one included.
        model_calls, tool_calls, tokens, cost_usd, prices, tell_model, name: as of
            :class:`TurnLimits`.
    """

    name: str = "session limits"
    turns: int | None = None

    def __post_init__(self) -> None:
        """Check the limits."""
        _Limits.__post_init__(self)
        _check_limits(self.name, turns=self.turns)

    async def check(self, check: Check) -> Decision:
        """Refuse a turn or a call that is one too many."""
        if check.point is Point.AGENT and not check.is_nested and self.turns is not None:
            used = await check.used_in_session()
            reason = f"a session may have {self.turns} turns"
            is_over = used.turns > self.turns
            return Refuse(reason=reason, error=LimitExceeded) if is_over else None
        if check.point not in {Point.MODEL_CALL, Point.TOOL_CALL}:
            return None
        return self._refused(check, await check.used_in_session(), "session")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimits:
    """How long texts may be, in characters; None for any.

    Attributes:
        input: a message to an agent, all its parts together.
        output: what a model says in one response.
        arguments: of one tool call, as JSON.
        result: of one tool call.
        tell_model: arguments and results that are too long are told to the model, and the turn
            goes on.
        name: under which refusals are recorded.
    """

    input: int | None = None
    output: int | None = None
    arguments: int | None = None
    result: int | None = None
    tell_model: bool = False
    name: str = "size limits"

    def __post_init__(self) -> None:
        """Check the limits."""
        _check_limits(
            self.name,
            input=self.input,
            output=self.output,
            arguments=self.arguments,
            result=self.result,
        )

    def check(self, check: Check) -> Decision:
        """Refuse a text that is too long."""
        limit = {
            Point.INPUT: self.input,
            Point.OUTPUT: self.output,
            Point.TOOL_CALL: self.arguments,
            Point.TOOL_RESULT: self.result,
        }.get(check.point)
        if limit is None or check.size <= limit:
            return None
        reason = f"it has {check.size} characters, and may have {limit}"
        return Refuse(reason=reason, error=LimitExceeded, tell_model=self.tell_model)


def _check_limits(name: str, **limits: float | None) -> None:
    for what, limit in limits.items():
        if limit is None:
            continue
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if not is_number or not isfinite(limit) or limit < 0:
            raise InvalidPolicy(repr(name), f"{what} is {limit!r}, and must be 0 or more")
