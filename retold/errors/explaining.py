"""Why a state, or a piece of it, cannot be explained."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from retold.errors.root import RetoldError


class ExplainError(RetoldError):
    """A piece of a state cannot be explained."""

    code = "explain_error"


class InvalidPath(ExplainError):
    """Raised when a text is no path into a state.

    Attributes:
        path: the text.
    """

    code = "invalid_path"

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(
            f"{path!r} is no path: {reason}. Write it as variables.topic, history[0] or "
            'variables["a.b"].'
        )


class UnknownState(ExplainError):
    """Raised when a path begins with a state that sessions do not have.

    Attributes:
        name: what was asked for.
        known: the states there are.
    """

    code = "unknown_state"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(
            f"There is no state {name!r}. A path begins with one of: {', '.join(self.known)}."
        )


class PathNotFound(ExplainError):
    """Raised when nothing was ever at a path.

    Attributes:
        path: what was asked for.
        stream: whose state it is.
        found: the longest beginning of the path where there is something now.
        names: what there is below it.
    """

    code = "path_not_found"

    def __init__(self, path: str, stream: str, found: str, names: Iterable[str]) -> None:
        self.path = path
        self.stream = stream
        self.found = found
        self.names = tuple(names)
        below = ", ".join(self.names) or "nothing"
        where = f"Below {found!r}" if found else "In the state"
        super().__init__(
            f"The state of {stream!r} never had anything at {path!r}. "
            f"{where} there is now: {below}."
        )


class NothingByThen(ExplainError):
    """Raised when a conversation, or a state of it, is asked for as of before its first event.

    Attributes:
        stream: of the conversation.
        at: the version or the moment, as text.
        undated_events: events of it that have no time by the clock asked for.
    """

    code = "nothing_by_then"

    def __init__(self, stream: str, at: object, *, undated_events: int = 0) -> None:
        self.stream = stream
        self.at = at.isoformat() if isinstance(at, datetime) else str(at)
        self.undated_events = undated_events
        why = (
            f"{undated_events:,} events have no time by the source's clock; ask by the recording "
            "clock (--clock recorded, clock='recorded'), or give a version."
            if undated_events
            else "Give a later moment, or a version: they begin at 1."
        )
        super().__init__(f"Nothing of {stream!r} had happened by {self.at}. {why}")


class VersionNotFound(ExplainError):
    """Raised when a stream has no event of a version.

    Attributes:
        stream: the stream.
        version: what was asked for.
        last: its last version; 0 when it has none.
    """

    code = "version_not_found"

    def __init__(self, stream: str, version: int, last: int) -> None:
        self.stream = stream
        self.version = version
        self.last = last
        super().__init__(f"{stream!r} has no version {version}: it has 1 to {last}.")
