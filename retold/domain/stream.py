"""Facts about a stream: where it was forked, what is said of it, that it ended.

They are events of a stream of their own, so that a stream's versions are its history's alone.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from retold.domain.event import DomainEvent, longest_stream_name

category = "stream"


class StreamForked(DomainEvent):
    """A stream began as a fork of another.

    Attributes:
        stream: the fork.
        parent: the stream it was asked to be a fork of.
        version: the last version it has of its parent.
        digest: of that version, 64 hex digits.
    """

    type: ClassVar[str] = "stream.forked"

    stream: str
    parent: str
    version: int
    digest: str


class StreamMetadataSet(DomainEvent):
    """All that is said of a stream was said anew.

    Attributes:
        stream: the stream.
        metadata: JSON-native, by free keys; it replaces what was there.
    """

    type: ClassVar[str] = "stream.metadata_set"

    stream: str
    metadata: dict[str, Any]


class StreamEnded(DomainEvent):
    """A stream was given a tombstone: nothing is appended to it any more.

    Attributes:
        stream: the stream.
        version: its last version.
        reason: why it ended, when that was said.
    """

    type: ClassVar[str] = "stream.ended"

    stream: str
    version: int
    reason: str | None = None


def facts_stream(stream: str) -> str:
    """Return the name of the stream that holds the facts about ``stream``."""
    name = f"{category}-{stream}"
    if len(name) <= longest_stream_name:
        return name
    return f"{category}-sha256:{hashlib.sha256(stream.encode()).hexdigest()}"
