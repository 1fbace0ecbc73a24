"""A question to a human that is passed on to whoever can answer it, and is recorded once."""

from __future__ import annotations

from copy import copy

from ag2.events import BaseEvent, HumanInputRequest

_mark = "_retold_asked"


def as_asked(question: HumanInputRequest) -> HumanInputRequest:
    """Return a copy that says the question is in the log."""
    passed_on = copy(question)
    # AG2 skips such attributes when it compares, shows or serialises an event.
    vars(passed_on)[_mark] = True
    return passed_on


def is_asked(event: BaseEvent) -> bool:
    """Return whether a question is in the log already, where it was asked first."""
    return vars(event).get(_mark) is True
