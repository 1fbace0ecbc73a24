"""Forking, ending and describing streams: events about a stream, beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from retold.domain.event import check_stream_name
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.domain.stream import StreamEnded, StreamForked, StreamMetadataSet, facts_stream
from retold.errors import InvalidForkVersion, StreamNotFound, StreamTombstoned
from retold.store.access import Access
from retold.store.append import (
    Append,
    BeginFork,
    ExpectedVersion,
    SetTombstone,
    check_expected_version,
)
from retold.store.backend import Backend
from retold.store.heads import StreamHead
from retold.store.lineage import Lineages
from retold.store.row import decode_rows


@dataclass(frozen=True, slots=True)
class StreamMetadata:
    """What is said of a stream.

    Attributes:
        version: to expect when it is said anew; 0 when nothing was said yet.
        data: JSON-native, by free keys.
    """

    version: int = 0
    data: JsonObject = field(default_factory=dict)


class StreamFacts(Access):
    """The part of an :class:`~retold.store.log.EventStore` that is about streams as such."""

    def __init__(self, backend: Backend) -> None:
        """Store what keeps the log."""
        super().__init__(backend)
        self._lineages = Lineages(backend.head)

    async def fork(
        self, parent: str, stream: str, *, at: int | None = None, session: str | None = None
    ) -> StreamHead:
        """Begin a stream as a fork of another: it has its parent's events up to a version.

        Nothing is copied: the fork points to its parent, and goes on at the version after.
        Forks of forks work. Later events of the parent are not the fork's.

        Args:
            parent: the stream to fork.
            stream: name of the fork; it must not exist.
            at: last version of the parent that the fork has; None for its last.
            session: id of the root session the fork belongs to, when it does.

        Returns:
            The fork.

        Raises:
            StreamNotFound: when there is no such parent.
            InvalidForkVersion: when the parent has no such version.
            WrongExpectedVersion: when the fork exists already.
            StreamTombstoned: when the parent has ended.
            InvalidStreamName: when a name is none.
            StoreUnavailable: when the database does not do its work.
        """
        check_stream_name(stream)
        head = await self._existing(parent)
        version = head.version if at is None else at
        if type(version) is not int or not 1 <= version <= head.version:
            raise InvalidForkVersion(parent, at, head.version)
        held = await self._event_at(parent, version)
        forked = StreamForked(
            stream=stream, parent=parent, version=version, digest=held.digest.hex()
        )
        await self._backend.submit(
            [
                _fact(forked, {} if session is None else {"session": session}),
                BeginFork(stream, held.stream, version, held.digest, session),
            ]
        )
        return StreamHead(stream, version, held.digest, session, held.stream, version)

    async def end_stream(
        self,
        stream: str,
        *,
        expected_version: int | ExpectedVersion = ExpectedVersion.STREAM_EXISTS,
        reason: str | None = None,
    ) -> None:
        """Give a stream a tombstone: nothing can be appended to it, nor can it be forked.

        It can still be read, and is no longer listed unless asked for.

        Args:
            stream: name of the stream.
            expected_version: as of :meth:`append`.
            reason: why, for who reads it later.

        Raises:
            StreamNotFound: when the stream does not exist.
            StreamTombstoned: when it has ended already.
            WrongExpectedVersion, InvalidExpectedVersion: as of :meth:`append`.
            StoreUnavailable: when the database does not do its work.
        """
        check_expected_version(stream, expected_version)
        head = await self._existing(stream)
        if head.tombstoned_at is not None:
            raise StreamTombstoned(stream, head.version)
        # The event says which version ends, so the stream must not go on meanwhile.
        if expected_version in (ExpectedVersion.ANY, ExpectedVersion.STREAM_EXISTS):
            expected_version = head.version
        ended = StreamEnded(stream=stream, version=head.version, reason=reason)
        await self._backend.submit([_fact(ended), SetTombstone(stream, expected_version)])

    async def stream_metadata(self, stream: str) -> StreamMetadata:
        """Return what is said of a stream; nothing, at version 0, when nothing was.

        Raises:
            InvalidStreamName: when the name is none.
        """
        check_stream_name(stream)
        self._check_open("Reading")
        # Beside what was said, a stream has two facts at the most.
        rows = await self._backend.page_of_stream(
            facts_stream(stream), 1, 2**63 - 1, 3, backwards=True
        )
        facts = decode_rows(rows)
        for event in facts:
            if event.type == StreamMetadataSet.type:
                said = StreamMetadataSet.from_recorded(event).metadata
                return StreamMetadata(facts[0].version, said)
        return StreamMetadata(facts[0].version if facts else 0)

    async def set_stream_metadata(
        self,
        stream: str,
        metadata: JsonObject,
        *,
        expected_version: int | ExpectedVersion = ExpectedVersion.ANY,
    ) -> StreamMetadata:
        """Say something of a stream, in place of what was said before.

        Args:
            stream: name of the stream.
            metadata: JSON-native, by free keys.
            expected_version: version of the metadata (:class:`StreamMetadata`), not of the
                stream.

        Raises:
            StreamNotFound: when the stream does not exist.
            WrongExpectedVersion: when somebody else set the metadata meanwhile.
            InvalidEvent: when the metadata is not JSON-native.
            StoreUnavailable: when the database does not do its work.
        """
        check_expected_version(stream, expected_version)
        await self._existing(stream)
        said = StreamMetadataSet(stream=stream, metadata=dict(metadata))
        results = await self._backend.submit([_fact(said, expected_version=expected_version)])
        return StreamMetadata(results[0].last_version, said.metadata)

    async def _existing(self, stream: str) -> StreamHead:
        check_stream_name(stream)
        self._check_open("Reading")
        head = await self._backend.head(stream)
        if head is None:
            raise StreamNotFound(stream)
        return head

    async def _event_at(self, stream: str, version: int) -> RecordedEvent:
        (span,) = await self._lineages.spans(stream, version, version) or []
        rows = await self._backend.page_of_stream(span.stream, version, version, 1, backwards=False)
        (event,) = decode_rows(rows)
        return event


def _fact(
    fact: StreamForked | StreamMetadataSet | StreamEnded,
    metadata: JsonObject | None = None,
    *,
    expected_version: int | ExpectedVersion = ExpectedVersion.ANY,
) -> Append:
    new = fact.to_new_event(metadata=metadata)
    return Append(facts_stream(fact.stream), [new], expected_version)
