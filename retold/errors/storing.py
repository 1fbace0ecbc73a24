"""What the event store refuses or cannot do."""

from __future__ import annotations

from uuid import UUID

from retold.errors.root import RetoldError


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


class StreamNotFound(StoreError):
    """Raised when a stream that must exist does not."""

    code = "stream_not_found"

    def __init__(self, stream: str) -> None:
        self.stream = stream
        super().__init__(
            f"There is no stream {stream!r} of this tenant. Check the name, and that this is the "
            "log it was appended to."
        )


class StreamTombstoned(StoreError):
    """Raised when a stream that has ended is to be appended to, forked or ended again."""

    code = "stream_tombstoned"

    def __init__(self, stream: str, version: int) -> None:
        self.stream = stream
        self.version = version
        super().__init__(
            f"Stream {stream!r} was ended by a tombstone at version {version}. It can be read; "
            "to go on, begin another stream."
        )


class InvalidForkVersion(StoreError):
    """Raised when a stream is to be forked at a version it does not have."""

    code = "invalid_fork_version"

    def __init__(self, parent: str, version: object, head: int) -> None:
        self.parent = parent
        self.version = version
        self.head = head
        super().__init__(
            f"Stream {parent!r} cannot be forked at version {version!r}: it has versions 1 to "
            f"{head}."
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


class AppendTooLarge(StoreError):
    """Raised when one append holds more than is committed in one transaction."""

    code = "append_too_large"

    def __init__(self, events: int, size: int | None, limit: int) -> None:
        self.events = events
        self.size = size
        self.limit = limit
        what = f"{events:,} events" if size is None else f"{size:,} bytes in {events:,} events"
        super().__init__(
            f"An append of {what} is more than the {limit:,} that go into one transaction. "
            "Append in several steps, each at the version the last one left."
        )


class EmptyAppend(StoreError):
    """Raised when an append holds no event, or names one stream twice."""

    code = "empty_append"


class InvalidCursor(StoreError):
    """Raised when a cursor is none, is of another database, or is beyond the end of its own."""

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
