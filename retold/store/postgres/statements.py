"""What the append path says to PostgreSQL, below SQLAlchemy."""

from __future__ import annotations

from retold.store.row import column_names

_columns = ", ".join(column_names)
# In the order given, and before the transaction has an id.
take_locks = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
select_held_locks = """
SELECT key FROM unnest($1::bigint[]) AS key WHERE NOT pg_try_advisory_xact_lock(key)
"""
# One clock for all processes: the server's.
lock_for_append = "LOCK TABLE events IN ROW EXCLUSIVE MODE"
select_heads = """
SELECT wanted.name, version, digest, tombstoned_at IS NOT NULL AS tombstoned,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
FROM unnest($2::text[]) AS wanted (name)
LEFT JOIN streams ON streams.tenant = $1 AND streams.name = wanted.name
"""
select_known = f"""
SELECT {_columns}, epoch, transaction_id::text::bigint AS transaction
FROM events WHERE tenant = $1 AND event_id = ANY($2::uuid[])
"""  # noqa: S608 - constants
insert_events = f"""
INSERT INTO events (epoch, {_columns})
SELECT (SELECT max(epoch) FROM epochs), {_columns}
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::int[], $7::text[],
            $8::text[], $9::text[], $10::uuid[], $11::bigint[], $12::bigint[], $13::bytea[])
     WITH ORDINALITY AS row ({_columns}, place)
ORDER BY place
"""  # noqa: S608 - constants
upsert_heads = """
INSERT INTO streams (tenant, name, version, digest, session, parent_stream, parent_version,
                     tombstoned_at)
SELECT *
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::text[], $6::text[],
            $7::bigint[], $8::bigint[])
ON CONFLICT (tenant, name)
DO UPDATE SET version = excluded.version, digest = excluded.digest,
              tombstoned_at = excluded.tombstoned_at
RETURNING pg_current_xact_id()::text::bigint
"""
append = """
SELECT retold_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                     $18, $19, $20, $21)
"""
select_newest = """
SELECT epoch, transaction_id::text::bigint FROM events
ORDER BY events.epoch DESC, events.transaction_id DESC LIMIT 1
"""
# An operator may have split the table, at any level; see docs/growth.md.
is_by_tenant = """
SELECT EXISTS (
    SELECT FROM pg_partition_tree('events') AS part
    JOIN pg_partitioned_table ON partrelid = part.relid
    JOIN pg_attribute ON attrelid = partrelid AND attnum = ANY(partattrs)
    WHERE attname = 'tenant'
)
"""
# Which cluster of servers this is, and which of its lives: a promoted replica and a recovery to
# a point in time begin another timeline, which the name of a file of the write-ahead log tells.
_select_cluster = """
SELECT pg_is_in_recovery() AS replica, epoch, cluster AS last,
       CASE WHEN NOT pg_is_in_recovery() THEN
           (SELECT system_identifier FROM pg_control_system()) || '/' || {timeline}
       END AS cluster
FROM epochs ORDER BY epoch DESC LIMIT 1
"""
select_cluster = _select_cluster.format(
    timeline="('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer"
)
select_cluster_of_checkpoint = _select_cluster.format(
    timeline="(SELECT timeline_id FROM pg_control_checkpoint())"
)
select_epoch = "SELECT max(epoch) FROM epochs"
# Nobody is appending when an epoch begins, so that every event of the earlier ones is settled.
lock_events = "LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"
begin_epoch = """
INSERT INTO epochs (epoch, cluster, begun_at)
SELECT max(epoch) + 1, $1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM epochs
HAVING (SELECT cluster FROM epochs ORDER BY epoch DESC LIMIT 1) <> $1
"""
# Projections whose rows every append of a tenant writes; see inline.py. Neither gives the
# transaction an id.
declare_inline = """
SELECT set_config('retold.inline', $2::text, true),
       (SELECT count(pg_advisory_xact_lock(key)) FROM unnest($1::bigint[]) AS key)
"""
is_inline = """
SELECT EXISTS (SELECT FROM pg_trigger
               WHERE tgrelid = 'events'::regclass AND tgname = 'events_inline')
       AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS wanted (name)
                       LEFT JOIN projections AS kept ON kept.tenant = $1 AND kept.name = wanted.name
                       WHERE kept.inline IS NOT TRUE)
"""
is_any_inline = "SELECT EXISTS (SELECT FROM projections WHERE inline)"
mark_inline = "UPDATE projections SET inline = true WHERE tenant = $1 AND name = ANY($2::text[])"
unmark_inline = "UPDATE projections SET inline = false WHERE tenant = $1 AND name = $2"
inline_required = "RT001"
# Asked of every statement that inserts events, whosever they are, so only where there is one.
make_inline_check = """
CREATE OR REPLACE FUNCTION retold_check_inline() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  missed text;
BEGIN
  SELECT string_agg(DISTINCT kept.name, ', ') INTO missed
  FROM projections AS kept
  WHERE kept.inline AND kept.tenant IN (SELECT tenant FROM appended)
        AND kept.name <> ALL (string_to_array(
              coalesce(current_setting('retold.inline', true), ''), ','));
  IF missed IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'RT001', DETAIL = missed, MESSAGE =
      'open the log with inline=[...]: rows of ' || missed || ' are written with each append';
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS events_inline ON events;
CREATE TRIGGER events_inline AFTER INSERT ON events REFERENCING NEW TABLE AS appended
FOR EACH STATEMENT EXECUTE FUNCTION retold_check_inline();
"""
remove_inline_check = """
DROP TRIGGER IF EXISTS events_inline ON events;
DROP FUNCTION IF EXISTS retold_check_inline();
"""
