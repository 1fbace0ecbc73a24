"""Epochs, appending in one call, snapshots, consumer groups."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

name_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
event_id = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")

cluster = """
    (SELECT system_identifier FROM pg_control_system()) || '/' ||
    (SELECT timeline_id FROM pg_control_checkpoint())
"""
postgres_statements = (
    "ALTER TABLE events ADD COLUMN epoch integer NOT NULL DEFAULT 1",
    "DROP INDEX ix_events_transaction",
    "CREATE INDEX ix_events_order ON events (epoch, transaction_id, position)",
    """CREATE TABLE epochs (
         epoch integer PRIMARY KEY,
         cluster text NOT NULL,
         begun_at bigint NOT NULL
       )""",
    # A log whose transactions are ahead of this cluster's was restored from another one: to say
    # so makes whoever opens it next begin the second epoch.
    f"""INSERT INTO epochs
        SELECT 1,
               CASE WHEN EXISTS (SELECT 1 FROM events WHERE transaction_id >= pg_current_xact_id())
                    THEN 'another' ELSE {cluster} END,
               (extract(epoch FROM clock_timestamp()) * 1000000)::bigint""",  # noqa: S608 - constants
    # One call does what took six: the locks first, which give the transaction no id; then the
    # heads, read anew because each statement of a volatile function sees what is committed by
    # then; then all rows in one statement, whose first row makes PostgreSQL assign the id.
    """CREATE FUNCTION retold_append(
         of_tenant text, locks bigint[],
         read_streams text[], read_versions bigint[], read_digests bytea[],
         head_streams text[], head_versions bigint[], head_digests bytea[],
         head_sessions text[],
         event_streams text[], event_versions bigint[], event_ids uuid[], event_types text[],
         event_schema_versions integer[], event_data text[], event_metadata text[],
         event_correlation_ids text[], event_causation_ids uuid[], event_occurred_at bigint[],
         at bigint, event_digests bytea[]
       ) RETURNS bigint LANGUAGE plpgsql AS $$
       DECLARE
         now_epoch integer;
       BEGIN
         PERFORM pg_advisory_xact_lock(key) FROM unnest(locks) AS key;
         IF EXISTS (
           SELECT 1 FROM unnest(read_streams, read_versions, read_digests)
             AS expected (name, version, digest)
           LEFT JOIN streams ON streams.tenant = of_tenant AND streams.name = expected.name
           WHERE coalesce(streams.version, 0) <> expected.version
             OR coalesce(streams.digest, expected.digest) <> expected.digest
             OR streams.tombstoned_at IS NOT NULL
         ) THEN
           RETURN NULL;
         END IF;
         -- Whoever begins an epoch waits for this lock, and this call for the epoch.
         LOCK TABLE events IN ROW EXCLUSIVE MODE;
         SELECT max(epoch) INTO now_epoch FROM epochs;
         INSERT INTO events (epoch, tenant, stream, version, event_id, type, schema_version,
                             data, metadata, correlation_id, causation_id, occurred_at,
                             recorded_at, digest)
         SELECT now_epoch, of_tenant, one.stream, one.version, one.event_id, one.type,
                one.schema_version, one.data, one.metadata, one.correlation_id,
                one.causation_id, one.occurred_at, at, one.digest
         FROM unnest(event_streams, event_versions, event_ids, event_types,
                     event_schema_versions, event_data, event_metadata, event_correlation_ids,
                     event_causation_ids, event_occurred_at, event_digests)
              WITH ORDINALITY AS one (stream, version, event_id, type, schema_version, data,
                                      metadata, correlation_id, causation_id, occurred_at,
                                      digest, place)
         ORDER BY place;
         INSERT INTO streams (tenant, name, version, digest, session)
         SELECT of_tenant, head.name, head.version, head.digest, head.session
         FROM unnest(head_streams, head_versions, head_digests, head_sessions)
              AS head (name, version, digest, session)
         ON CONFLICT (tenant, name)
         DO UPDATE SET version = excluded.version, digest = excluded.digest;
         RETURN pg_current_xact_id()::text::bigint;
       END $$""",
)


def upgrade() -> None:
    """Add what the event store has from this release on."""
    if op.get_context().dialect.name == "postgresql":
        for statement in postgres_statements:
            op.execute(statement)
    op.create_table(
        "snapshots",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("stream", name_text, primary_key=True),
        sa.Column("fold", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "consumer_groups",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("partitions", sa.Integer, nullable=False),
        sa.Column("selection", sa.Text, nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "consumer_checkpoints",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("consumer_group", name_text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("cursor", sa.Text),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("moved_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "parked_events",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("consumer_group", name_text, primary_key=True),
        sa.Column("event_tenant", name_text, primary_key=True),
        sa.Column("event_id", event_id, primary_key=True),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("stream", name_text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("parked_at", sa.BigInteger, nullable=False),
        sa.Column("retry_at", sa.BigInteger),
        sa.Column("discarded_at", sa.BigInteger),
        sa.Column("discard_reason", sa.Text),
    )


def downgrade() -> None:
    """Remove it; whoever asks has seen to it that the log holds no forks."""
    # The earlier release cannot read these cursors; without them it folds from the start.
    op.execute("DELETE FROM checkpoints")
    for table in ("parked_events", "consumer_checkpoints", "consumer_groups", "snapshots"):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION retold_append")
        op.execute("DROP INDEX ix_events_order")
        op.execute("CREATE INDEX ix_events_transaction ON events (transaction_id, position)")
        op.drop_table("epochs")
        op.drop_column("events", "epoch")
