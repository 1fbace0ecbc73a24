"""Which open transactions hold readers of the whole log back."""

from __future__ import annotations

from typing import Any

from retold.store.queries import Query
from retold.store.stall import Stall

# The snapshot names exactly those transactions that readers wait for: it passes over VACUUM, and
# a transaction without an id holds nobody back. Each holds a lock on its own id, which every role
# may see; a prepared one has no process. The ids of locks are the lower half of a snapshot's.
_stalls = """
WITH open AS MATERIALIZED (SELECT pg_snapshot_xip(pg_current_snapshot()) AS id)
SELECT locks.pid,
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
FROM open
LEFT JOIN pg_locks AS locks
       ON locks.locktype = 'transactionid' AND locks.mode = 'ExclusiveLock' AND locks.granted
          AND locks.transactionid = open.id::xid
LEFT JOIN pg_prepared_xacts AS prepared ON prepared.transaction = open.id::xid
LEFT JOIN pg_stat_activity AS activity ON activity.pid = locks.pid
WHERE locks.pid IS NOT NULL OR prepared.gid IS NOT NULL
ORDER BY open.id
"""


def select_stalls(epoch: int) -> Query:
    """Select the transactions with an id that are open, the one readers wait for first.

    Args:
        epoch: that the server's transactions belong to.
    """
    return Query(_stalls, {"epoch": epoch})


def to_stall(row: tuple[Any, ...]) -> Stall:
    """Return the transaction in a row of :func:`select_stalls`."""
    pid, database, user, application, age_seconds, state, holds_back, prepared = row
    if age_seconds is not None:
        age_seconds = max(age_seconds, 0.0)
    return Stall(pid, database, user, application, age_seconds, state, holds_back, prepared)
