"""What a session refuses."""

from __future__ import annotations

from retold.errors.root import RetoldError


class SessionError(RetoldError):
    """A session refused what was asked of it."""

    code = "session_error"


class SessionNotFound(SessionError):
    """Raised when a session is asked for that the log does not hold."""

    code = "session_not_found"

    def __init__(self, session: str) -> None:
        self.session = session
        super().__init__(
            f"There is no session {session!r} in this log. `retold sessions list` shows them."
        )


class SubjectNotFound(SessionError):
    """Raised when sessions of a subject are asked for, and no conversation concerns it.

    Attributes:
        subject: whom.
    """

    code = "subject_not_found"

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(
            f"No conversation in this log concerns {subject!r}. `retold sessions list` shows the "
            "subjects of sessions."
        )


class SessionMismatch(SessionError):
    """Raised when a session is opened for another subject than it was started for."""

    code = "session_mismatch"

    def __init__(self, session: str, recorded: str | None, given: str) -> None:
        self.session = session
        self.recorded = recorded
        self.given = given
        super().__init__(
            f"Session {session!r} was started for subject {recorded!r}, not {given!r}. "
            "Open it without a subject, or use another session id."
        )


class SessionClosed(SessionError):
    """Raised when a closed session is asked to go on."""

    code = "session_closed"

    def __init__(self, session: str) -> None:
        self.session = session
        super().__init__(f"Session {session!r} is closed. Start a new one.")


class SessionBusy(SessionError):
    """Raised when another holder is in the middle of a turn of the session.

    Attributes:
        session: id of the session.
        owner: who holds the lease.
        seconds_left: until the lease lapses unless its holder renews it.
    """

    code = "session_busy"

    def __init__(self, session: str, owner: str, seconds_left: float) -> None:
        self.session = session
        self.owner = owner
        self.seconds_left = seconds_left
        super().__init__(
            f"Session {session!r} is in a turn held by {owner}; its lease lapses in "
            f"{seconds_left:.1f} s unless renewed. Ask again later."
        )


class TurnAborted(SessionError):
    """Raised out of a turn whose events can no longer be recorded.

    Its cause is the store's error. The agent stops before the next model call.
    """

    code = "turn_aborted"

    def __init__(self, stream: str) -> None:
        self.stream = stream
        super().__init__(
            f"The turn on {stream!r} was aborted: one of its events could not be recorded. "
            "What was recorded before is safe; ask again once the log can be written."
        )


class NotRecorded(SessionError):
    """Raised when something that lives in a log is asked of a stream that is in none."""

    code = "not_recorded"

    def __init__(self, stream_id: str) -> None:
        self.stream_id = stream_id
        super().__init__(
            f"AG2's stream {stream_id} is not recorded in any log. Ask the agent in a session: "
            "session.ask(agent, ...), or agent.ask(..., stream=session.stream)."
        )


class WaitsForItself(SessionError):
    """Raised when what is done under a key would wait for itself to end, and so for ever.

    Attributes:
        what: is done: ``ask``, ``delegation`` or ``solve``.
        stream: of the conversation it is done in.
        key: what it is called there.
    """

    code = "waits_for_itself"

    def __init__(self, what: str, stream: str, key: str) -> None:
        self.what = what
        self.stream = stream
        self.key = key
        super().__init__(
            f"The {what} {key!r} in {stream!r} is under way, and waits for what asks for it here. "
            "Use another key, or do without it."
        )
