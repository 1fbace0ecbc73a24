"""What a delegated task took, as AG2 adds it to the usage of whoever delegated.

AG2's reports sum the ``UsageEvent`` of one stream. So what a nested conversation took is sent to
its parent's once, as a roll-up; see ``ag2.tools.subagents.run_task``, whose rules these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ag2.events import BaseEvent, Usage, UsageEvent

from retold.domain.answers import Answers
from retold.domain.result import ResultUsage

_mark = "_retold_rolled_up"


def rolled_up(usages: Sequence[UsageEvent], *, agent: str, task: str) -> UsageEvent | None:
    """Return what a task took as one event for its parent; None when it took nothing.

    Args:
        usages: of the nested conversation, in order.
        agent: name of the agent that worked on it.
        task: its id, under which the log remembers that it was added.
    """
    spent = [event.usage for event in usages if event.usage]
    usage = sum(spent, Usage())
    if any(one.total_tokens is None for one in spent):
        # A sum of some of the totals would be below the counts it is meant to cover.
        usage = replace(usage, total_tokens=None)
    if not usage:
        return None
    pairs = {(event.provider, event.model) for event in usages if event.usage}
    provider, model = pairs.pop() if len(pairs) == 1 else (None, None)
    event = UsageEvent(
        usage, kind="subtask", label=agent, provider=provider, model=model, parts=_calls(usages)
    )
    # AG2 skips such attributes when it compares, shows or serialises an event.
    vars(event)[_mark] = task
    return event


def rolled_up_task(event: BaseEvent) -> str | None:
    """Return the id of the task whose usage an event adds to its parent's; None for any other."""
    task = vars(event).get(_mark)
    return task if isinstance(task, str) else None


def usage_of(history: Iterable[BaseEvent], answers: Answers) -> ResultUsage:
    """Return what a conversation took, those nested in it included.

    Args:
        history: AG2's events; a compacted one still has what was taken.
        answers: those of its own models.
    """
    events = list(history)
    nested = [event for event in events if isinstance(event, UsageEvent) and event.parts]
    spent = sum((event.usage for event in events if isinstance(event, UsageEvent)), Usage())
    return ResultUsage(
        model_calls=answers.count + sum(len(event.parts) for event in nested),
        prompt_tokens=_count(spent.prompt_tokens),
        completion_tokens=_count(spent.completion_tokens),
    )


def _calls(usages: Iterable[UsageEvent]) -> list[UsageEvent]:
    return [call for event in usages if event.usage for call in (event.parts or [event])]


def _count(tokens: float | None) -> int | None:
    return None if tokens is None else int(tokens)
