"""The documented views of caches, as those of :mod:`retold.projections.audit.views`."""

from __future__ import annotations

from retold.projections.audit.view import View
from retold.projections.models.cache_entries import cache_entries as entry_list
from retold.projections.models.cache_lookups import cache_lookups as lookup_list
from retold.projections.models.cache_table import cache_entry_rows, cache_lookup_rows

cache_entries = View(
    name="cache_entries",
    description="a row a cached answer, as it is now",
    projection=entry_list,
    table=cache_entry_rows,
    columns={
        "entry": "its id, which is the id of the event that stored it",
        "key": "of the request; its stream is cache-<key>",
        "partition": "of the request: all of it but the messages",
        "context": "of the request: the messages before the last user text",
        "cache": "name of the cache it counts for",
        "provider": "of the model",
        "model": "its name",
        "question": "the last user text of the request",
        "answer": "the text that is given again",
        "tools": "a JSON list of the tools the answer calls",
        "tags": "a JSON object",
        "source": "of what it says",
        "session": "id of the session whose call it was stored by",
        "agent": "name of the agent",
        "prompt_tokens": "the answer took",
        "completion_tokens": "the answer took",
        "cost_usd": "dollars it cost",
        "value": "what eviction by cost compares",
        "bytes": "of the answer as it is stored",
        "stored_at": "by the clock of the process that stored it",
        "expires_at": "when its time is over",
        "sliding": "whether hits put that off",
        "gone": "expired, evicted, invalidated, rejected or replaced; null while it is served",
        "gone_at": "when the log took that",
        "gone_why": "what it was chosen by, or what was wrong",
        "hits": "how often it was served",
        "coalesced": "how often it was given to who waited for it",
        "last_used_at": "when the log took the newest of these, or the entry",
        "confirmed": "how often it was reported to be right",
        "version": "its newest event in its stream",
        "recorded_at": "when the log took it",
    },
)
cache_lookups = View(
    name="cache_lookups",
    description="a row a time a cache was asked",
    projection=lookup_list,
    table=cache_lookup_rows,
    columns={
        "session": "id of the conversation",
        "version": "of the event",
        "root_session": "id of the session it belongs to",
        "turn": "id of the turn",
        "agent": "name of the agent that called",
        "event_id": "of the event",
        "outcome": "hit, coalesced, missed or not_stored",
        "entry": "id of the entry that was served",
        "key": "of the request; that of the entry where one was served",
        "partition": "of the request",
        "cache": "name of the cache",
        "level": "that found the entry",
        "reason": "why nothing was served, or the answer was not stored",
        "similarity": "of the two requests, where a meaning is compared",
        "threshold": "it had to reach",
        "seconds": "the age of the entry that was served; or how long a request waited",
        "tokens_saved": "both ways",
        "cost_usd_saved": "dollars",
        "occurred_at": "when, by the clock of the process",
        "recorded_at": "when the log took it",
    },
)
