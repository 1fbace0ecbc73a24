"""One conversation into the log: its events and the contents it shares, in one transaction."""

from __future__ import annotations

from retold.domain.recording import content_stream
from retold.errors import DuplicateEventId, SessionConflict, WrongExpectedVersion
from retold.importers.conversation import ImportedConversation
from retold.importers.keeping import same_json
from retold.projections.exports.imported import read_imported
from retold.store import EventStore
from retold.store.append import Append, ExpectedVersion
from retold.store.content import append_of_content

# Names of shared contents that tell where a conversation was found, not what it is.
_provenance = frozenset({"file"})


async def land(store: EventStore, conversation: ImportedConversation) -> bool:
    """Append a conversation as a new session, unless the log has it.

    Args:
        store: the log.
        conversation: what to append.

    Returns:
        True when it was added, False when the log held the same conversation already: the same
        record, wherever it was found.

    Raises:
        SessionConflict: when the log holds a session of that id with other content.
        StoreError: when the store refuses the events; nothing of them was written.
    """
    added = await _append(store, conversation)
    if added is not None:
        return added
    if await _is_known(store, conversation):
        return False
    raise SessionConflict(conversation.session, conversation.source.path)


async def _append(store: EventStore, conversation: ImportedConversation) -> bool | None:
    """Return whether it was added; None when there is a stream of that name."""
    own = Append(conversation.stream, conversation.events, ExpectedVersion.NO_STREAM)
    nested = [
        Append(stream, events, ExpectedVersion.NO_STREAM)
        for stream, events in conversation.nested.items()
    ]
    attempts_left = 3
    while await store.head(conversation.stream) is None:
        attempts_left -= 1
        try:
            contents = [
                append_of_content(content.kind, content.content)
                for content in conversation.source.shared
                if await store.head(content_stream(content.hash)) is None
            ]
            results = await store.append_many([*contents, *nested, own])
        except (DuplicateEventId, WrongExpectedVersion):
            # Another process recorded the session, or a content it shares, in this moment.
            if not attempts_left:
                raise
        else:
            return not results[-1].duplicate
    return None


async def _is_known(store: EventStore, conversation: ImportedConversation) -> bool:
    known = await read_imported(store, conversation.session)
    if known is None or known.origin.format != conversation.source.format:
        return False
    shared = {content.name: content.hash for content in conversation.source.shared}
    return _substance(shared) == _substance(known.origin.shared) and same_json(
        known.record(), conversation.source.record
    )


def _substance(shared: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in shared.items() if name not in _provenance}
