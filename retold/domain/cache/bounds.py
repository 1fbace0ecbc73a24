"""What share of wrong answers is accepted, and what share there was."""

from __future__ import annotations

from pydantic import Field

from retold.domain.value import Value


class RiskBounds(Value):
    """What share of wrong answers is accepted.

    Attributes:
        per_request: wrong answers served, of all requests.
        per_hit: wrong answers served, of those served; None for no such bound.
        confidence: of the bounds that keep them.
        audit_share: of would-be hits that are asked anew, on the whole; more of them near the
            threshold. With none, nothing is learnt of hits.
    """

    per_request: float = Field(default=0.01, gt=0, lt=1)
    per_hit: float | None = Field(default=None, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    audit_share: float = Field(default=0.03, ge=0, le=1)


class WrongRate(Value):
    """How many of the answers served were wrong, as far as is known.

    Attributes:
        per_request: of all requests; None when unknown.
        per_request_low: its lower bound.
        per_request_high: its upper bound.
        per_hit: of all answers served; None when unknown.
        per_hit_low: its lower bound.
        per_hit_high: its upper bound.
        confidence: of each bound, on its own.
        requests: how many there were.
        served: how many were served a stored answer.
        labels: of how many it was found out whether the nearest answer was right.
    """

    per_request: float | None = None
    per_request_low: float | None = None
    per_request_high: float | None = None
    per_hit: float | None = None
    per_hit_low: float | None = None
    per_hit_high: float | None = None
    confidence: float
    requests: int
    served: int
    labels: int
