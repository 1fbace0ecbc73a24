"""What the append path says to PostgreSQL, below SQLAlchemy."""

from __future__ import annotations

from retold.store.row import column_names

_columns = ", ".join(column_names)
take_locks = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
# One clock for all processes: the server's.
select_heads = """
SELECT wanted.name, version, digest,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
FROM unnest($2::text[]) AS wanted (name)
LEFT JOIN streams ON streams.tenant = $1 AND streams.name = wanted.name
"""
select_known = f"""
SELECT {_columns}, transaction_id::text::bigint AS transaction
FROM events WHERE tenant = $1 AND event_id = ANY($2::uuid[])
"""  # noqa: S608 - constants
insert_events = f"""
INSERT INTO events ({_columns})
SELECT {_columns}
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::int[], $7::text[],
            $8::text[], $9::text[], $10::uuid[], $11::bigint[], $12::bigint[], $13::bytea[])
     WITH ORDINALITY AS row ({_columns}, place)
ORDER BY place
"""  # noqa: S608 - constants
upsert_heads = """
INSERT INTO streams (tenant, name, version, digest, session)
SELECT $1, name, version, digest, session
FROM unnest($2::text[], $3::bigint[], $4::bytea[], $5::text[])
     AS row (name, version, digest, session)
ON CONFLICT (tenant, name) DO UPDATE SET version = excluded.version, digest = excluded.digest
RETURNING pg_current_xact_id()::text::bigint
"""
select_newest = """
SELECT transaction_id::text::bigint FROM events ORDER BY transaction_id DESC LIMIT 1
"""
