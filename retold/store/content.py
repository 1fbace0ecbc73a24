"""Contents recorded once and referred to by their hash: prompts, tool lists, import documents."""

from __future__ import annotations

import hashlib
from typing import Any
from weakref import WeakKeyDictionary

import orjson

from retold.domain.recording import ContentRecorded, content_stream
from retold.errors import ContentNotFound
from retold.store.append import Append, ExpectedVersion
from retold.store.log import EventStore
from retold.store.request import to_json
from retold.store.row import derived_event_id

# What each open log is known to hold: a prompt is referred to by every call that used it.
_recorded: WeakKeyDictionary[EventStore, set[str]] = WeakKeyDictionary()


def content_hash(kind: str, content: Any) -> str:
    """Return the SHA-256, in hex, of a content and its kind.

    Args:
        kind: what it is, such as ``prompt``.
        content: JSON-native. Equal contents have equal hashes, whatever the order of their keys.

    Raises:
        InvalidEvent: when it is not JSON-native.
    """
    return _hash(kind, _canonical(content))


async def record_content(store: EventStore, kind: str, content: Any) -> str:
    """Record a content unless it is in the log already.

    Args:
        store: the log.
        kind: what it is, such as ``prompt``.
        content: JSON-native; the order of keys is not kept.

    Returns:
        Its hash, to be kept in the events that refer to it.

    Raises:
        InvalidEvent: when it is not JSON-native.
        StoreError: when the log cannot be written, or it is too large for it.
    """
    digest = content_hash(kind, content)
    recorded = _recorded.setdefault(store, set())
    if digest not in recorded:
        await store.append_many([append_of_content(kind, content)])
        recorded.add(digest)
    return digest


def append_of_content(kind: str, content: Any) -> Append:
    """Return the append that records a content, to be made together with what refers to it.

    It has the same event id and the same bytes whoever makes it, so a second one is a no-op.

    Args:
        kind: what it is, such as ``prompt``.
        content: JSON-native; the order of keys is not kept.

    Raises:
        InvalidEvent: when it is not JSON-native.
    """
    canonical = _canonical(content)
    digest = _hash(kind, canonical)
    event = ContentRecorded(kind=kind, content=orjson.loads(canonical))
    new = event.to_new_event(event_id=derived_event_id(f"content:{digest}"))
    return Append(content_stream(digest), [new], ExpectedVersion.ANY)


async def read_content(store: EventStore, content_hash: str) -> Any:
    """Return a content by its hash.

    Raises:
        ContentNotFound: when the log does not hold it.
    """
    async for event in store.read_stream(content_stream(content_hash), limit=1, missing_ok=True):
        return ContentRecorded.from_recorded(event).content
    raise ContentNotFound(content_hash)


def _canonical(content: Any) -> bytes:
    return to_json(content, ContentRecorded.type, "it", sort_keys=True)


def _hash(kind: str, canonical: bytes) -> str:
    return hashlib.sha256(kind.encode() + b"\n" + canonical).hexdigest()
