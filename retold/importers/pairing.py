"""Which call a tool result answers: decided by order, because providers reuse ids.

Calls wait together when nothing stands between the messages that made them (as a rule, the
parallel calls of one message). The results that follow answer the waiting calls in order. Ids
speak only within such a group, and only when they cannot be mistaken: an id that one call and one
result of the group have, and no other. A call still open when a later group begins stays
unanswered; a result for which no call is open answers none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """What a message means for pairing.

    Attributes:
        calls: provider's id of each call it makes, None where it gives none.
        answers: True for a tool result.
        answered_id: the id of the call it answers, as the provider says.
    """

    calls: tuple[str | None, ...] = ()
    answers: bool = False
    answered_id: str | None = None


@dataclass(slots=True)
class _Group:
    """Calls that wait together (ordinal and id), and the results that follow (step and id)."""

    calls: list[tuple[int, str | None]] = field(default_factory=list)
    results: list[tuple[int, str | None]] = field(default_factory=list)


def pair(steps: Sequence[Step]) -> dict[int, int]:
    """Return the ordinal of the call each result answers.

    Args:
        steps: one per message, in order.

    Returns:
        Index of the result's step to the ordinal of its call among all calls of the
        conversation, from 0. Results that answer nothing are left out.
    """
    pairs: dict[int, int] = {}
    for group in _groups(steps):
        pairs |= _pair_group(group)
    return pairs


def _groups(steps: Sequence[Step]) -> list[_Group]:
    groups = [_Group()]
    ordinal = 0
    previous_called = False
    for index, step in enumerate(steps):
        if step.calls and not previous_called:
            groups.append(_Group())
        group = groups[-1]
        for call_id in step.calls:
            group.calls.append((ordinal, call_id))
            ordinal += 1
        if step.answers:
            group.results.append((index, step.answered_id))
        previous_called = bool(step.calls)
    return groups


def _pair_group(group: _Group) -> dict[int, int]:
    called = Counter(call_id for _, call_id in group.calls)
    answered = Counter(call_id for _, call_id in group.results)
    by_id: dict[str | None, int] = {
        call_id: ordinal
        for ordinal, call_id in group.calls
        if call_id is not None and called[call_id] == answered[call_id] == 1
    }
    pairs = {index: by_id[call_id] for index, call_id in group.results if call_id in by_id}
    claimed = set(pairs.values())
    open_calls = [ordinal for ordinal, _ in group.calls if ordinal not in claimed]
    open_results = [index for index, _ in group.results if index not in pairs]
    return pairs | dict(zip(open_results, open_calls, strict=False))
