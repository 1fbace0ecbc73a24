"""What policies let pass in a turn: they are not asked about it again while it stays as it is."""

from __future__ import annotations

from ag2.events import ModelResponse, TextInput, ToolCallEvent


class Passed:
    """Events, and parts of them, that were checked.

    AG2 hands the same objects to several places. A middleware may change one in between.
    """

    def __init__(self) -> None:
        """Begin with none."""
        # By object, which is kept so that no other takes its place.
        self._passed: dict[int, tuple[object, object]] = {}

    def note(self, *subjects: object) -> None:
        """Note that they were checked as they are."""
        self._passed.update((id(subject), (subject, _said_by(subject))) for subject in subjects)

    def __contains__(self, subject: object) -> bool:
        """Return whether one was checked, and says the same still."""
        passed = self._passed.get(id(subject))
        return passed is not None and passed[1] == _said_by(subject)


def _said_by(subject: object) -> object:
    match subject:
        case ModelResponse():
            return subject.content, [id(call) for call in subject.tool_calls.calls]
        case TextInput():
            return subject.content
        case ToolCallEvent():
            return subject.name, subject.arguments
        case _:
            return None
