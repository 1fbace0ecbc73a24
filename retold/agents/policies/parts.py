"""The parts of messages: what policies are shown of them, and what takes their place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from operator import is_

from ag2.events import DataInput, Input, TextInput

from retold.agents.inbox import with_mark_of
from retold.agents.policies.turn_policies import Record, Subject, TurnPolicies
from retold.domain.policy import Point
from retold.domain.recording import Stage


async def check_input(
    policies: TurnPolicies,
    parts: list[Input],
    record: Record,
    *,
    agent: str | None,
    is_nested: bool = False,
    stage: Stage | None = None,
) -> list[Input]:
    """Return the parts of a message with what policies have replaced in them.

    Args:
        policies: of the turn.
        parts: of the message; those that passed before are left as they are.
        record: records what is decided.
        agent: name of the agent it is for.
        is_nested: whether that is in a nested conversation.
        stage: of the turn; None for the one that is going on.

    Raises:
        PolicyError: when a part is refused.
        TurnAborted: when a decision cannot be recorded.
    """
    size = sum(len(text_of(part) or "") for part in parts)
    checked = [
        part
        if policies.has_passed(part)
        else await _checked_part(
            policies,
            part,
            Subject(
                point=Point.INPUT,
                agent=agent,
                is_nested=is_nested,
                text=text_of(part),
                size=size,
                stage=stage,
            ),
            record,
        )
        for part in parts
    ]
    policies.passes(*checked)
    return checked


async def _checked_part(
    policies: TurnPolicies, part: Input, subject: Subject, record: Record
) -> Input:
    text = await policies.text_of(subject, record)
    return part if text is None or text == subject.text else with_text(part, text)


def text_of(part: Input) -> str | None:
    """Return what is checked of a part: a text, or data as JSON; None of files and the like."""
    match part:
        case TextInput():
            return part.content
        case DataInput():
            try:
                return json.dumps(part.data, ensure_ascii=False, default=str)
            except (TypeError, ValueError):
                return str(part.data)
        case _:
            return None


def are_same(these: Sequence[object], others: Sequence[object]) -> bool:
    """Return whether two lists hold the same objects in the same order."""
    return len(these) == len(others) and all(map(is_, these, others))


def with_text(part: Input, text: str) -> Input:
    """Return a part that says something else, and delivers what this one does."""
    if isinstance(part, TextInput):
        replaced = copy(part)
        replaced.content = text
        return replaced
    return with_mark_of(part, TextInput(text))
