"""The statements on the tables of consumer groups; ``{now}`` is the time."""

from __future__ import annotations

begin = """
INSERT INTO consumer_groups (tenant, name, partitions, selection, begun_at)
VALUES (:tenant, :name, :partitions, :selection, {now})
ON CONFLICT (tenant, name) DO NOTHING
"""
first_checkpoint = """
INSERT INTO consumer_checkpoints (tenant, consumer_group, partition, cursor, token, moved_at)
VALUES (:tenant, :name, :partition, :cursor, 0, {now})
"""
definition = """
SELECT name, partitions, selection FROM consumer_groups WHERE tenant = :tenant AND name = :name
"""
definitions = """
SELECT name, partitions, selection FROM consumer_groups WHERE tenant = :tenant ORDER BY name
"""
delete = tuple(
    f"DELETE FROM {table} WHERE tenant = :tenant AND {column} = :name"  # noqa: S608 - constants
    for table, column in (
        # First of all: whoever holds a partition waits for this, and then finds nothing.
        ("consumer_checkpoints", "consumer_group"),
        ("parked_events", "consumer_group"),
        ("consumer_groups", "name"),
    )
)
checkpoints = """
SELECT partition, cursor, moved_at FROM consumer_checkpoints
WHERE tenant = :tenant AND consumer_group = :name ORDER BY partition
"""

# The lease may be taken between the reading of its row and the end of this transaction. But its
# taker claims the checkpoint before it reads it, and that waits for this row, or this finds a
# greater token in it: either the taker sees what was written here, or this writes nothing.
_mine = """
WHERE tenant = :tenant AND consumer_group = :name AND partition = :partition
  AND EXISTS (
    SELECT 1 FROM leases
    WHERE leases.tenant = :tenant AND leases.resource = :resource
      AND leases.owner = :owner AND leases.token = :token
  )
"""
claim = f"""
UPDATE consumer_checkpoints SET token = :token {_mine} AND token <= :token RETURNING cursor
"""  # noqa: S608 - constants
move = f"""
UPDATE consumer_checkpoints SET cursor = :cursor, moved_at = {{now}} {_mine} AND token = :token
"""  # noqa: S608 - constants
hold = f"""
UPDATE consumer_checkpoints SET token = :token {_mine} AND token = :token
"""  # noqa: S608 - constants

park = """
INSERT INTO parked_events (
  tenant, consumer_group, event_tenant, event_id, partition, stream, version, type, cursor,
  reason, attempts, parked_at
) VALUES (
  :tenant, :name, :event_tenant, :event_id, :partition, :stream, :version, :type, :cursor,
  :reason, :attempts, {now}
)
ON CONFLICT (tenant, consumer_group, event_tenant, event_id) DO UPDATE
SET reason = excluded.reason, attempts = parked_events.attempts + excluded.attempts,
    parked_at = excluded.parked_at, retry_at = NULL, discarded_at = NULL, discard_reason = NULL
"""
_this = """
WHERE tenant = :tenant AND consumer_group = :name
  AND event_tenant = :event_tenant AND event_id = :event_id
"""
park_again = f"""
UPDATE parked_events
SET reason = :reason, attempts = attempts + :attempts, parked_at = {{now}}, retry_at = NULL
{_this} AND discarded_at IS NULL
"""  # noqa: S608 - constants
unpark = f"DELETE FROM parked_events {_this}"  # noqa: S608 - constants
parked = """
SELECT event_id, event_tenant, partition, stream, version, type, cursor, reason, attempts,
       parked_at, retry_at, discarded_at, discard_reason
FROM parked_events WHERE tenant = :tenant AND consumer_group = :name
"""
parked_counts = """
SELECT partition, count(*) FROM parked_events
WHERE tenant = :tenant AND consumer_group = :name AND discarded_at IS NULL GROUP BY partition
"""
partitions_to_retry = """
SELECT DISTINCT partition FROM parked_events
WHERE tenant = :tenant AND consumer_group = :name
  AND retry_at IS NOT NULL AND discarded_at IS NULL
"""
ask_for_retry = """
UPDATE parked_events SET retry_at = {now}
WHERE tenant = :tenant AND consumer_group = :name AND discarded_at IS NULL
"""
discard = """
UPDATE parked_events SET discarded_at = {now}, discard_reason = :reason, retry_at = NULL
WHERE tenant = :tenant AND consumer_group = :name AND event_id = :event_id
  AND discarded_at IS NULL
"""
