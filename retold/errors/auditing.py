"""What asking the log refuses: named queries and SQL."""

from __future__ import annotations

from collections.abc import Iterable

from retold.errors.root import RetoldError


class AuditError(RetoldError):
    """A question about the log cannot be answered as it was put."""

    code = "audit_error"


class UnknownQuery(AuditError):
    """Raised when no named query has that name.

    Attributes:
        name: what was asked for.
        known: names of those there are.
    """

    code = "unknown_query"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"There is no query {name!r}; there are: {', '.join(self.known)}.")


class DuplicateQuery(AuditError):
    """Raised when two named queries have one name.

    Attributes:
        name: of both.
    """

    code = "duplicate_query"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Two queries are called {name!r}; name one of them differently.")


class UnknownParameter(AuditError):
    """Raised when a named query is given a parameter it does not have.

    Attributes:
        query: its name.
        parameter: what it was given.
        known: parameters it has.
    """

    code = "unknown_parameter"

    def __init__(self, query: str, parameter: str, known: Iterable[str]) -> None:
        self.query = query
        self.parameter = parameter
        self.known = tuple(known)
        shown = ", ".join(self.known) or "none"
        super().__init__(f"Query {query!r} has no parameter {parameter!r}; it has: {shown}.")


class InvalidParameter(AuditError):
    """Raised when a parameter of a named query is missing, or has no value it can take.

    Attributes:
        query: its name.
        parameter: name of the parameter.
    """

    code = "invalid_parameter"

    def __init__(self, query: str, parameter: str, reason: str) -> None:
        self.query = query
        self.parameter = parameter
        super().__init__(f"Parameter {parameter!r} of query {query!r}: {reason}.")


class InvalidPage(AuditError):
    """Raised when ``after`` is not the ``next`` of a page of the same question, or ``limit`` is
    no number of rows.

    Attributes:
        query: its name.
    """

    code = "invalid_page"

    def __init__(self, query: str, reason: str) -> None:
        self.query = query
        super().__init__(
            f"Page of query {query!r}: {reason}. Leave 'after' out for the first page."
        )


class MomentBeforeLog(AuditError):
    """Raised when the log is asked about a moment by which no conversation of it had begun.

    Attributes:
        moment: ISO 8601.
        clock: ``source`` or ``recorded``.
        undated_events: events of conversations that have no time by that clock.
    """

    code = "moment_before_log"

    def __init__(self, moment: str, clock: str, undated_events: int) -> None:
        self.moment = moment
        self.clock = clock
        self.undated_events = undated_events
        undated = (
            f" {undated_events:,} events have no time by it; ask by the clock 'recorded'."
            if undated_events
            else ""
        )
        super().__init__(
            f"No conversation in this log had begun by {moment} by the clock {clock!r}.{undated}"
        )


class UnknownRelease(AuditError):
    """Raised when an agent never called a model with the prompt, tools and schema named.

    Attributes:
        agent: its name.
        release: what was asked for.
        known: releases it has.
        tag: of the sessions asked about, as ``NAME=VALUE``; None for all sessions.
    """

    code = "unknown_release"

    def __init__(
        self, agent: str, release: object, known: Iterable[object], *, tag: str | None = None
    ) -> None:
        self.agent = agent
        self.release = release
        self.known = tuple(known)
        self.tag = tag
        shown = ", ".join(map(str, self.known)) or "none"
        where = "" if tag is None else f" in sessions with the tag {tag!r}"
        super().__init__(
            f"Agent {agent!r} has no release {release!r}{where}; it has: {shown}. "
            "`retold query releases` lists them."
        )


class SqlError(AuditError):
    """A statement over the views gave no result."""

    code = "sql_error"


class SqlRefused(SqlError):
    """Raised when a statement is more than one query over the documented views.

    Attributes:
        reason: what is refused.
    """

    code = "sql_refused"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"Refused: {reason}. Give one SELECT over the views; `retold sql --views` lists them."
        )


class SqlInvalid(SqlError):
    """Raised when the database cannot make sense of a statement, or of a value in it.

    Attributes:
        reason: what the database says.
    """

    code = "sql_invalid"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The database cannot run the statement: {reason}. `retold sql --views` lists the "
            "views and their columns."
        )


class SqlTimedOut(SqlError):
    """Raised when a statement took longer than it may.

    Attributes:
        seconds: how long it may take.
    """

    code = "sql_timed_out"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"The statement was stopped after {seconds:g} s; narrow it, or allow it more time "
            "(--timeout, timeout=)."
        )


class SqlResultTooLarge(SqlError):
    """Raised when the rows of a statement take more memory than they may.

    Attributes:
        size: bytes they may take.
    """

    code = "sql_result_too_large"

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(
            f"The statement's result is larger than {size // 1024**2} MiB; select fewer rows or "
            "columns, or parts of long texts (substr)."
        )
