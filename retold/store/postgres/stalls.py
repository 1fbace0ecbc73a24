"""Which open transactions hold readers of the whole log back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from retold.store.queries import Query
from retold.store.stall import Stall

# Every transaction with an id holds a lock on it, which every role may see; so does each of its
# subtransactions, whose ids are greater. A prepared one has no process. Locks show the lower 32
# bits of an id, which is less than 2**31 away from the snapshot's. The snapshot passes over VACUUM,
# for which readers do not wait.
_stalls = """
WITH now AS MATERIALIZED (
    SELECT pg_current_snapshot() AS snapshot,
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
),
open AS (
    SELECT DISTINCT ON (virtualtransaction) pid, transactionid,
           (next + (transactionid::text::bigint - next % 4294967296 + 6442450944) % 4294967296
                 - 2147483648)::text::xid8 AS id
    FROM now, pg_locks
    WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
    ORDER BY virtualtransaction, id
)
SELECT open.pid,
       coalesce(prepared.database, activity.datname),
       coalesce(prepared.owner, activity.usename),
       activity.application_name,
       CAST(extract(epoch FROM clock_timestamp()
                               - coalesce(prepared.prepared, activity.xact_start))
            AS double precision),
       activity.state,
       (SELECT count(*) FROM events
        WHERE (events.epoch, events.transaction_id)
              > (greatest((SELECT max(epoch) FROM epochs), CAST(:epoch AS integer)), open.id)),
       prepared.gid
FROM now, open
LEFT JOIN pg_prepared_xacts AS prepared ON prepared.transaction = open.transactionid
LEFT JOIN pg_stat_activity AS activity ON activity.pid = open.pid
WHERE NOT pg_visible_in_snapshot(open.id, now.snapshot)
      AND (open.pid IS NOT NULL OR prepared.gid IS NOT NULL)
ORDER BY open.id
"""


def select_stalls(epoch: int) -> Query:
    """Select the transactions with an id that are open, the one readers wait for first.

    Args:
        epoch: that the server's transactions belong to.
    """
    return Query(_stalls, {"epoch": epoch})


def to_stalls(rows: Iterable[Sequence[Any]]) -> list[Stall]:
    """Return the transactions in rows of :func:`select_stalls`."""
    return [
        Stall(
            pid,
            database,
            user,
            application,
            None if age_seconds is None else max(age_seconds, 0.0),
            state,
            holds_back,
            prepared,
        )
        for pid, database, user, application, age_seconds, state, holds_back, prepared in rows
    ]
