"""What keeps a cache from being used, or an entry from being found."""

from __future__ import annotations

from retold.errors.root import RetoldError


class CacheError(RetoldError):
    """A cache cannot do what it was asked for."""

    code = "cache_error"


class CacheWithoutLog(CacheError):
    """Raised when a cache is put around a model of no log, where its answers cannot live.

    Attributes:
        cache: its name.
    """

    code = "cache_without_log"

    def __init__(self, cache: str) -> None:
        self.cache = cache
        super().__init__(
            f"The cache {cache!r} has no log for its answers to live in. Put it around "
            "log.model(config), or use log.cached(config)."
        )


class CacheEntryNotFound(CacheError):
    """Raised when the log holds no cache entry of an id.

    Attributes:
        entry: the id.
    """

    code = "cache_entry_not_found"

    def __init__(self, entry: object) -> None:
        self.entry = str(entry)
        super().__init__(
            f"The log holds no cache entry {self.entry!r}. `retold cache list` "
            "shows those there are."
        )


class NotServed(CacheError):
    """Raised when an event that is to be rejected or confirmed tells of no served answer.

    Attributes:
        event_id: the id that was given.
    """

    code = "not_served"

    def __init__(self, event_id: object) -> None:
        self.event_id = str(event_id)
        super().__init__(
            f"No event {self.event_id!r} of the log tells of an answer that a cache served. "
            "Give the id of a `cache.hit` or `cache.coalesced` event; `retold cache recall` "
            "shows them."
        )


class NothingToInvalidate(CacheError):
    """Raised when entries are to be invalidated, and it is not said which."""

    code = "nothing_to_invalidate"

    def __init__(self) -> None:
        super().__init__(
            "Say which entries to invalidate: by entry, tag, source, partition, model, age, "
            "cache or predicate; a predicate that is true of each takes all of them."
        )


class NotALookup(CacheError):
    """Raised when an event that is to be explained tells of no time a cache was asked.

    Attributes:
        event_id: the id that was given.
    """

    code = "not_a_lookup"

    def __init__(self, event_id: object) -> None:
        self.event_id = str(event_id)
        super().__init__(
            f"No event {self.event_id!r} of the log tells of a time a cache was asked. Give the id "
            "of a `cache.hit`, `cache.missed` or `cache.coalesced` event."
        )


class AnswersNotJudged(CacheError):
    """Raised when a judge does not say whether two answers are the same; nothing is learnt then.

    Attributes:
        judge: its name.
    """

    code = "answers_not_judged"

    def __init__(self, judge: str) -> None:
        self.judge = judge
        super().__init__(
            f"The judge {judge!r} did not say whether two answers are the same. The answer that "
            "was given is not affected; look at what the model is asked."
        )
