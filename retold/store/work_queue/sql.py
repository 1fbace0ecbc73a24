"""The statements on the items of work queues; ``{now}`` is the time."""

from __future__ import annotations

_queue = "tenant = :tenant AND queue = :queue"
_begins = "substr(item_id, 1, :length) = :prefix"
_mine = f"""
WHERE {_queue} AND item_id = :item_id AND state = 'taken' AND owner = :owner AND token = :token
"""

put = """
INSERT INTO work_items (
  tenant, queue, item_id, rank, ready_at, payload, state, token, attempts, put_at
) VALUES {rows}
ON CONFLICT (tenant, queue, item_id) DO NOTHING
RETURNING item_id
"""
put_row = """(
  :tenant, :queue, :item_id_{n}, :rank_{n}, coalesce(:ready_at_{n}, {now}), :payload_{n},
  'waiting', 0, 0, {now}
)"""

# Chosen first and by itself: joined in one step, PostgreSQL may choose again for every row it
# changes, and then takes more than it was asked for.
take = f"""
WITH chosen AS MATERIALIZED (
  SELECT number FROM work_items
  WHERE {_queue} AND state = 'waiting' AND ready_at <= {{now}}
  ORDER BY rank, ready_at, number LIMIT :limit {{skip_locked}}
)
UPDATE work_items
SET state = 'taken', owner = :owner, token = token + 1, attempts = attempts + 1,
    taken_at = {{now}}, lease_until = {{now}} + :duration
FROM chosen WHERE work_items.number = chosen.number
RETURNING rank, ready_at, work_items.number, item_id, payload, token, attempts,
          taken_at - ready_at
"""  # noqa: S608 - constants
skip_locked = "FOR UPDATE SKIP LOCKED"

extend = f"UPDATE work_items SET lease_until = {{now}} + :duration {_mine}"  # noqa: S608
finish = f"""
UPDATE work_items SET state = 'done', lease_until = NULL, finished_at = {{now}} {_mine}
"""  # noqa: S608 - constants
# Said twice, as after an answer that was lost on the way.
is_finished = f"""
SELECT 1 FROM work_items
WHERE {_queue} AND item_id = :item_id AND state = 'done' AND owner = :owner AND token = :token
"""  # noqa: S608 - constants
release = f"""
UPDATE work_items
SET state = 'waiting', lease_until = NULL, ready_at = {{now}} + :delay,
    attempts = attempts - :unattempted {_mine}
"""  # noqa: S608 - constants
cancel = f"""
UPDATE work_items SET state = 'cancelled', lease_until = NULL, finished_at = {{now}}
WHERE {_queue} AND item_id = :item_id AND state IN ('waiting', 'taken')
"""  # noqa: S608 - constants

hasten = f"""
UPDATE work_items SET ready_at = {{now}}
WHERE {_queue} AND item_id = :item_id AND state = 'waiting' AND ready_at > {{now}}
"""  # noqa: S608 - constants

# It keeps its place in the order: it became ready when it did.
sweep = f"""
WITH lapsed AS MATERIALIZED (
  SELECT number FROM work_items
  WHERE {_queue} AND state = 'taken' AND lease_until <= (SELECT {{now}})
  ORDER BY lease_until LIMIT :limit {{skip_locked}}
)
UPDATE work_items SET state = 'waiting', lease_until = NULL
FROM lapsed WHERE work_items.number = lapsed.number
RETURNING item_id, owner, token
"""  # noqa: S608 - constants

# Apart from each other, since each has an index of its own.
waiting_figures = f"""
SELECT
  count(CASE WHEN ready_at <= {{now}} THEN 1 END),
  count(CASE WHEN ready_at <= {{now}} AND token = 0 THEN 1 END),
  count(CASE WHEN ready_at > {{now}} THEN 1 END),
  {{now}} - min(ready_at)
FROM work_items WHERE {_queue} AND state = 'waiting' AND {_begins}
"""  # noqa: S608 - constants
taken_figures = f"""
SELECT count(*), count(CASE WHEN lease_until <= {{now}} THEN 1 END)
FROM work_items WHERE {_queue} AND state = 'taken' AND {_begins}
"""  # noqa: S608 - constants

columns = """
SELECT item_id, payload, rank, state, token, attempts, owner, put_at, ready_at, taken_at,
       lease_until, finished_at
FROM work_items
"""
find = f"{columns} WHERE {_queue} AND item_id = :item_id"
page = f"{columns} WHERE {_queue} AND item_id > :after"

forget = f"""
DELETE FROM work_items WHERE number IN (
  SELECT number FROM work_items
  WHERE {_queue} AND finished_at <= (SELECT {{now}} - :age)
  ORDER BY finished_at LIMIT :limit
)
"""  # noqa: S608 - constants
