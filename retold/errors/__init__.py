"""Every error Retold raises on purpose: one root, narrow leaves.

A message says what happened, to which stream, event or file, and what to do about it. The same
facts are attributes, so that code need not parse text. ``code`` is stable across releases. No
message holds a database password or the text of a driver's error.
"""

from __future__ import annotations

from retold.errors.consumers import (
    ConsumerError,
    GroupInUse,
    GroupMismatch,
    GroupNotFound,
    HandlerFailed,
    InvalidGroup,
    ParkedEventNotFound,
)
from retold.errors.encoding import TypeRegistrationError
from retold.errors.importing import (
    ExportFormatUnavailable,
    ImportFailed,
    MalformedRecord,
    SessionConflict,
    UnreadableFile,
    UnrecognisedFile,
)
from retold.errors.meaning import (
    FutureSchemaVersion,
    InvalidEventData,
    UnknownEventType,
    UpcasterRegistrationError,
    UpcastFailed,
)
from retold.errors.opening import (
    DatabaseDamaged,
    DatabaseMissing,
    DatabaseNotMigrated,
    DatabaseTooNew,
    InvalidTenant,
    MissingExtra,
    NotARetoldDatabase,
    NotWritable,
    OpenError,
    UnsupportedUrl,
)
from retold.errors.root import RetoldError
from retold.errors.sessions import (
    SessionBusy,
    SessionClosed,
    SessionError,
    SessionMismatch,
    SessionNotFound,
    TurnAborted,
)
from retold.errors.storing import (
    ContentNotFound,
    CorruptEvent,
    DuplicateEventId,
    EmptyAppend,
    EventTooLarge,
    InvalidCursor,
    InvalidEvent,
    InvalidExpectedVersion,
    InvalidForkVersion,
    InvalidStreamName,
    LeaseHeld,
    LeaseLost,
    MigrationRefused,
    StoreClosed,
    StoreError,
    StoreUnavailable,
    StreamNotFound,
    StreamTombstoned,
    WrongExpectedVersion,
)

__all__ = [
    "ConsumerError",
    "ContentNotFound",
    "CorruptEvent",
    "DatabaseDamaged",
    "DatabaseMissing",
    "DatabaseNotMigrated",
    "DatabaseTooNew",
    "DuplicateEventId",
    "EmptyAppend",
    "EventTooLarge",
    "ExportFormatUnavailable",
    "FutureSchemaVersion",
    "GroupInUse",
    "GroupMismatch",
    "GroupNotFound",
    "HandlerFailed",
    "ImportFailed",
    "InvalidCursor",
    "InvalidEvent",
    "InvalidEventData",
    "InvalidExpectedVersion",
    "InvalidForkVersion",
    "InvalidGroup",
    "InvalidStreamName",
    "InvalidTenant",
    "LeaseHeld",
    "LeaseLost",
    "MalformedRecord",
    "MigrationRefused",
    "MissingExtra",
    "NotARetoldDatabase",
    "NotWritable",
    "OpenError",
    "ParkedEventNotFound",
    "RetoldError",
    "SessionBusy",
    "SessionClosed",
    "SessionConflict",
    "SessionError",
    "SessionMismatch",
    "SessionNotFound",
    "StoreClosed",
    "StoreError",
    "StoreUnavailable",
    "StreamNotFound",
    "StreamTombstoned",
    "TurnAborted",
    "TypeRegistrationError",
    "UnknownEventType",
    "UnreadableFile",
    "UnrecognisedFile",
    "UnsupportedUrl",
    "UpcastFailed",
    "UpcasterRegistrationError",
    "WrongExpectedVersion",
]
