"""The log: events, streams, checkpoints, leases, and the triggers that keep events as they are."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

name_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
event_id = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

postgres_statements = (
    "ALTER TABLE events ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX ix_events_transaction ON events (transaction_id, position)",
    """CREATE FUNCTION retold_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         -- Without a percent sign, which the printed script would double.
         RAISE EXCEPTION USING MESSAGE = 'events are append-only: ' || TG_OP || ' refused';
       END $$""",
    """CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events
       FOR EACH ROW EXECUTE FUNCTION retold_refuse_change()""",
    """CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
       FOR EACH STATEMENT EXECUTE FUNCTION retold_refuse_change()""",
)
sqlite_statements = (
    """CREATE TRIGGER events_no_update BEFORE UPDATE ON events
       BEGIN SELECT RAISE(ABORT, 'events are append-only: UPDATE refused'); END""",
    """CREATE TRIGGER events_no_delete BEFORE DELETE ON events
       BEGIN SELECT RAISE(ABORT, 'events are append-only: DELETE refused'); END""",
    # REPLACE deletes the rows in its way without asking the trigger above.
    """CREATE TRIGGER events_no_replace BEFORE INSERT ON events
       WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
         OR EXISTS (SELECT 1 FROM events WHERE tenant = NEW.tenant AND stream = NEW.stream
                    AND version = NEW.version)
         OR EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id AND tenant = NEW.tenant)
       BEGIN SELECT RAISE(ABORT, 'events are append-only: the place or the id is taken'); END""",
)
# Made where the statement runs, so that a script applied twice makes two ids.
random_id = {
    "postgresql": "substr(replace(gen_random_uuid()::text, '-', ''), 1, 8)",
    "sqlite": "lower(hex(randomblob(4)))",
}


def upgrade() -> None:
    """Create the log."""
    dialect = op.get_context().dialect.name
    on_postgres = dialect == "postgresql"
    op.create_table(
        "events",
        sa.Column(
            "position",
            row_number,
            *([sa.Identity(always=True)] if on_postgres else []),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("tenant", name_text, nullable=False),
        sa.Column("stream", name_text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("event_id", event_id, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text),
        sa.Column("causation_id", event_id),
        sa.Column("occurred_at", sa.BigInteger),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("tenant", "stream", "version", name="uq_events_stream_version"),
        sa.UniqueConstraint("event_id", "tenant", name="uq_events_event_id"),
        # A position is never given twice, also not after the newest rows moved to an archive.
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_correlation_id", "events", ["correlation_id"])
    op.create_table(
        "streams",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("session", name_text),
        sa.Column("parent_stream", name_text),
        sa.Column("parent_version", sa.BigInteger),
        sa.Column("tombstoned_at", sa.BigInteger),
    )
    op.create_index("ix_streams_session", "streams", ["tenant", "session"])
    op.create_table(
        "checkpoints",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("projection", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("cursor", sa.Text),
    )
    op.create_table(
        "leases",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("resource", name_text, primary_key=True),
        sa.Column("owner", sa.Text),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "log_info",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.execute(
        f"INSERT INTO log_info (key, value) VALUES ('database_id', {random_id[dialect]})"  # noqa: S608 - constants
    )
    for statement in postgres_statements if on_postgres else sqlite_statements:
        op.execute(statement)


def downgrade() -> None:
    """Remove the log, provided that it is empty."""
    if not context.is_offline_mode():
        held = op.get_bind().execute(sa.text("SELECT EXISTS (SELECT 1 FROM events)")).scalar()
        if held:
            raise RuntimeError(
                "The log holds events; a downgrade would destroy them. Restore a backup instead."
            )
    for table in ("log_info", "leases", "checkpoints", "streams", "events"):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION retold_refuse_change()")
