"""Every error Retold raises on purpose: one root, narrow leaves.

A message says what happened, to which stream, event or file, and what to do about it. The same
facts are attributes, so that code need not parse text. ``code`` is stable across releases. No
message holds a database password or the text of a driver's error.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from uuid import UUID


class RetoldError(Exception):
    """Root of every error raised by Retold.

    Attributes:
        code: stable identifier of the kind of error, in snake case.
    """

    code: ClassVar[str] = "retold_error"


# Opening a log ---------------------------------------------------------------------------------


class OpenError(RetoldError):
    """A log could not be opened; nothing was changed."""

    code = "open_error"


class UnsupportedUrl(OpenError):
    """Raised when a URL names no database Retold can use."""

    code = "unsupported_url"

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"Cannot open {url!r}: {reason}. "
            "Use sqlite:///file.db or postgresql://user@host:5432/database."
        )


class MissingExtra(OpenError):
    """Raised when the database driver or provider package is not installed."""

    code = "missing_extra"

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"The package {package!r} is not installed. Install it with: "
            f"pip install 'retold[{extra}]'"
        )


class NotWritable(OpenError):
    """Raised when the database file, or the folder it belongs in, cannot be written."""

    code = "not_writable"

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"Cannot write {str(path)!r}: {reason}. "
            "Choose another path, or give this user write permission on the file and its folder."
        )


class DatabaseMissing(OpenError):
    """Raised when a database that must exist already (to be read, say) does not."""

    code = "database_missing"

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"There is no Retold database at {url!r}. Check --url or RETOLD_URL; "
            "importing or recording creates a SQLite file, `retold db upgrade` any database."
        )


class NotARetoldDatabase(OpenError):
    """Raised when the database holds something else than a Retold log."""

    code = "not_a_retold_database"

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"{url!r} is not a Retold database: {reason}. Nothing was changed. "
            "Name an empty or a new database."
        )


class DatabaseNotMigrated(OpenError):
    """Raised when a PostgreSQL database is empty or older than this release."""

    code = "database_not_migrated"

    def __init__(self, url: str, found: str | None, needed: str) -> None:
        self.url = url
        self.found = found
        self.needed = needed
        super().__init__(
            f"The database {url!r} is at schema {found or 'none'}, this release needs {needed}. "
            f"Run: retold db upgrade --url {url}"
        )


class DatabaseDamaged(OpenError):
    """Raised when the database file is cut off or otherwise no longer what SQLite wrote."""

    code = "database_damaged"

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"The database {url!r} is damaged: {reason}. Nothing was changed. "
            "Restore it from a backup, or name a new file."
        )


class InvalidTenant(OpenError):
    """Raised when a log is opened for a tenant whose name cannot be stored."""

    code = "invalid_tenant"

    def __init__(self, tenant: object) -> None:
        self.tenant = tenant
        super().__init__(f"{tenant!r} is no tenant. Use printable text of 1 to 255 characters.")


class DatabaseTooNew(OpenError):
    """Raised when the database was written by a later release."""

    code = "database_too_new"

    def __init__(self, url: str, found: str, known: str) -> None:
        self.url = url
        self.found = found
        self.known = known
        super().__init__(
            f"The database {url!r} is at schema {found}, which this release does not know "
            f"(its newest is {known}). Upgrade the retold package; nothing was changed."
        )


# Storing and reading events --------------------------------------------------------------------


class StoreError(RetoldError):
    """The event store refused or could not do what was asked."""

    code = "store_error"


class StoreClosed(StoreError):
    """Raised when a closed log is used."""

    code = "store_closed"

    def __init__(self) -> None:
        super().__init__("This log is closed. Open it again with retold.open().")


class StoreUnavailable(StoreError):
    """Raised when the database does not do its work: locked, full, gone or read-only.

    Attributes:
        outcome_unknown: True when the append may have been committed. Append the same events
            again, with the same event ids: if they are there already, that is a no-op.
    """

    code = "store_unavailable"

    def __init__(self, what: str, reason: str, *, outcome_unknown: bool = False) -> None:
        self.reason = reason
        self.outcome_unknown = outcome_unknown
        tail = (
            "It is unknown whether it was committed: try again with the same event ids."
            if outcome_unknown
            else "Nothing was written."
        )
        super().__init__(f"{what} failed: {reason}. {tail}")


class MigrationRefused(StoreError):
    """Raised when a database cannot be brought to another schema without loss, or not at all."""

    code = "migration_refused"

    def __init__(self, url: str, revision: str, reason: str) -> None:
        self.url = url
        self.revision = revision
        super().__init__(
            f"The database {url!r} was not brought to schema {revision!r}: {reason}. "
            "Nothing was changed. To go back in time, restore a backup made before the upgrade."
        )


class WrongExpectedVersion(StoreError):
    """Raised when a stream is not at the version its appender expected.

    Attributes:
        stream: name of the stream.
        expected: what the caller expected: a version, or "no_stream" or "stream_exists".
        actual: the stream's version; 0 when it does not exist.
    """

    code = "wrong_expected_version"

    def __init__(self, stream: str, expected: int | str, actual: int) -> None:
        self.stream = stream
        self.expected = expected
        self.actual = actual
        super().__init__(
            f"Stream {stream!r} is at version {actual}, expected {expected}: someone else "
            "appended. Read the stream again, decide again, and append at its new version."
        )


class InvalidExpectedVersion(StoreError):
    """Raised when an expected version is neither a version nor an ExpectedVersion."""

    code = "invalid_expected_version"

    def __init__(self, stream: str, value: object) -> None:
        self.stream = stream
        super().__init__(
            f"{value!r} is no expected version for {stream!r}: give a version >= 0 or one of "
            "ExpectedVersion.NO_STREAM, STREAM_EXISTS, ANY."
        )


class DuplicateEventId(StoreError):
    """Raised when an event id is in the log already, with other content or in another place."""

    code = "duplicate_event_id"

    def __init__(self, event_id: UUID, stream: str, recorded_in: str, version: int) -> None:
        self.event_id = event_id
        self.stream = stream
        self.recorded_in = recorded_in
        self.version = version
        super().__init__(
            f"Event id {event_id} appended to {stream!r} was recorded before, as version "
            f"{version} of {recorded_in!r}, with other content or among other events. "
            "Give a new event a new id; to retry an append, repeat it exactly."
        )


class InvalidStreamName(StoreError):
    """Raised when a stream's name is not of the form category-id."""

    code = "invalid_stream_name"

    def __init__(self, stream: object) -> None:
        self.stream = stream
        super().__init__(
            f"{stream!r} is no stream name. Use 'category-id': a category of lower case letters, "
            "digits and underscores, a hyphen, an id without control characters or surrounding "
            "blanks, 255 characters at most."
        )


class InvalidEvent(StoreError):
    """Raised when an event cannot be stored as it is."""

    code = "invalid_event"

    def __init__(self, event_type: object, reason: str) -> None:
        self.event_type = event_type
        super().__init__(f"Event of type {event_type!r} cannot be stored: {reason}.")


class EventTooLarge(StoreError):
    """Raised when an event's data and metadata exceed the size limit of the log."""

    code = "event_too_large"

    def __init__(self, event_type: str, stream: str, size: int, limit: int) -> None:
        self.event_type = event_type
        self.stream = stream
        self.size = size
        self.limit = limit
        super().__init__(
            f"Event of type {event_type!r} for {stream!r} takes {size:,} bytes, the limit is "
            f"{limit:,}. Store large payloads elsewhere and record a reference, or open the log "
            "with a larger max_event_bytes."
        )


class EmptyAppend(StoreError):
    """Raised when an append holds no event, or names one stream twice."""

    code = "empty_append"


class InvalidCursor(StoreError):
    """Raised when a cursor is not one, or belongs to another database."""

    code = "invalid_cursor"

    def __init__(self, cursor: str, reason: str) -> None:
        self.cursor = cursor
        super().__init__(
            f"Cursor {cursor!r} cannot be used: {reason}. Use one this database gave out, "
            "or read from the start."
        )


class CorruptEvent(StoreError):
    """Raised when a stored payload is not what was written."""

    code = "corrupt_event"

    def __init__(self, stream: str, version: int, reason: str) -> None:
        self.stream = stream
        self.version = version
        super().__init__(
            f"Version {version} of {stream!r} cannot be read: {reason}. Run `retold verify` to "
            "see what was altered, and restore from a backup."
        )


class ContentNotFound(StoreError):
    """Raised when a content is asked for by a hash the log does not hold."""

    code = "content_not_found"

    def __init__(self, content_hash: str) -> None:
        self.content_hash = content_hash
        super().__init__(
            f"The log holds no content {content_hash!r}. Check that the event that refers to it "
            "is of this database and tenant."
        )


class LeaseHeld(StoreError):
    """Raised when a lease is held by somebody else.

    Attributes:
        resource: what is held.
        owner: who holds it.
        seconds_left: until it lapses unless its holder renews it.
    """

    code = "lease_held"

    def __init__(self, resource: str, owner: str, seconds_left: float) -> None:
        self.resource = resource
        self.owner = owner
        self.seconds_left = seconds_left
        super().__init__(
            f"{resource!r} is held by {owner} for another {seconds_left:.1f} s unless renewed. "
            "Try again later."
        )


class LeaseLost(StoreError):
    """Raised when a holder finds that its lease lapsed and somebody else took it."""

    code = "lease_lost"

    def __init__(self, resource: str, owner: str) -> None:
        self.resource = resource
        self.owner = owner
        super().__init__(
            f"The lease of {owner} on {resource!r} lapsed and was taken by another. "
            "Stop, read the stream again, and take a new lease."
        )


# The meaning of events -------------------------------------------------------------------------


class UnknownEventType(RetoldError):
    """Raised when an event type has no registered class."""

    code = "unknown_event_type"

    def __init__(self, event_type: str) -> None:
        self.event_type = event_type
        super().__init__(
            f"No class is registered for event type {event_type!r}. It was written by a later "
            "release or by code that is not loaded; read its data as it is, or register the type."
        )


class InvalidEventData(RetoldError):
    """Raised when a recorded event's data does not fit its type."""

    code = "invalid_event_data"

    def __init__(self, event_type: str, where: str, reason: str) -> None:
        self.event_type = event_type
        super().__init__(f"Data of {event_type!r} at {where} does not fit its type: {reason}.")


# Sessions and turns ----------------------------------------------------------------------------


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


# Importing -------------------------------------------------------------------------------------


class ImportFailed(RetoldError):
    """A recorded conversation could not be imported; nothing of it was written."""

    code = "import_failed"


class UnreadableFile(ImportFailed):
    """Raised when an import path is missing, cannot be read, or holds no valid JSON.

    Attributes:
        path: the file or folder.
        reason: what is wrong with it.
        line: where the JSON breaks, from 1; None when that is not the trouble.
        column: place in that line, from 1.
    """

    code = "unreadable_file"

    def __init__(
        self, path: Path, reason: str, *, line: int | None = None, column: int | None = None
    ) -> None:
        self.path = path
        self.reason = reason
        self.line = line
        self.column = column
        super().__init__(f"{path}: {reason}. Nothing of it was imported.")


class UnrecognisedFile(ImportFailed):
    """Raised when no importer knows the form of a file that was named."""

    code = "unrecognised_file"

    def __init__(self, path: Path, reason: str, looked_for: str = "") -> None:
        self.path = path
        self.reason = reason
        forms = f" Looked for {looked_for}." if looked_for else ""
        super().__init__(f"{path}: not a recording Retold can import: {reason}.{forms}")


class MalformedRecord(ImportFailed):
    """Raised when a record of an import file breaks the form the file is in.

    Attributes:
        path: the file.
        record: where in the file, as a JSON path such as ``$[3].traj[7]``.
        field: name of the offending field; empty when the record as a whole is at fault.
    """

    code = "malformed_record"

    def __init__(self, path: Path, record: str, field: str, reason: str) -> None:
        self.path = path
        self.record = record
        self.field = field
        where = f"{record}.{field}" if field else record
        super().__init__(f"{path}: {where}: {reason}. Nothing of this session was imported.")


class SessionConflict(ImportFailed):
    """Raised when a session of that id is in the log already, with other content."""

    code = "session_conflict"

    def __init__(self, session: str, path: Path) -> None:
        self.session = session
        self.path = path
        super().__init__(
            f"{path}: session {session!r} is in the log already with other content, and was left "
            "as it is. Import this file under other ids with --prefix."
        )


class ExportFormatUnavailable(SessionError):
    """Raised when a session cannot be exported in the format asked for."""

    code = "export_format_unavailable"

    def __init__(self, session: str, export_format: str, reason: str) -> None:
        self.session = session
        self.export_format = export_format
        super().__init__(f"Session {session!r} cannot be exported as {export_format!r}: {reason}.")


# Encoding values ---------------------------------------------------------------------------------


class TypeRegistrationError(RetoldError):
    """Raised when a type cannot be registered with a codec under the name given."""

    code = "type_registration_error"

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"Cannot register a type as {name!r}: {reason}.")
