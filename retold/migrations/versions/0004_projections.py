"""Read models with builds beside each other, checkpoints by partition, and parked events."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

name_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
event_id = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
# The session list had a table of this name; it is its first build.
session_indexes = {
    "ix_sessions_recorded_from": ["tenant", "recorded_from", "session"],
    "ix_sessions_root_session": ["tenant", "root_session"],
    "ix_sessions_ag2_stream_id": ["tenant", "ag2_stream_id"],
}
microseconds = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
    "postgresql": "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
}


def upgrade() -> None:
    """Create the tables; the session list goes on from where it stands."""
    op.create_table(
        "projections",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("active_build", sa.Integer),
        sa.Column("previous_build", sa.Integer),
        sa.Column("last_build", sa.Integer, nullable=False),
        sa.Column("inline", sa.Boolean, nullable=False),
        sa.Column("paused_at", sa.BigInteger),
    )
    op.create_table(
        "projection_builds",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("build", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tables", sa.Text, nullable=False),
        sa.Column("partitions", sa.Integer, nullable=False),
        sa.Column("after", sa.Text),
        sa.Column("until", sa.Text),
        sa.Column("failure", sa.Text),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "projection_checkpoints",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("build", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("cursor", sa.Text),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("events_per_second", sa.Float),
        sa.Column("moved_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "projection_parked_events",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("build", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event_id", event_id, primary_key=True),
        sa.Column("stream", name_text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("parked_at", sa.BigInteger, nullable=False),
    )
    now = microseconds[op.get_context().dialect.name]
    # How many events its rows were folded from is not known any more: counted from here.
    for statement in (
        """INSERT INTO projections (tenant, name, active_build, last_build, inline)
           SELECT tenant, projection, 1, 1, false FROM checkpoints
           WHERE projection = 'session_list' AND version = 1""",
        f"""INSERT INTO projection_builds
             (tenant, name, build, version, state, tables, partitions, begun_at)
           SELECT tenant, projection, 1, 1, 'ready', '["sessions_v1_1"]', 1, {now} FROM checkpoints
           WHERE projection = 'session_list' AND version = 1""",  # noqa: S608 - constants
        f"""INSERT INTO projection_checkpoints
             (tenant, name, build, partition, cursor, events, moved_at)
           SELECT tenant, projection, 1, 0, cursor, 0, {now} FROM checkpoints
           WHERE projection = 'session_list' AND version = 1""",  # noqa: S608 - constants
    ):
        op.execute(statement)
    op.drop_table("checkpoints")
    for name in session_indexes:
        op.drop_index(name, "sessions")
    op.rename_table("sessions", "sessions_v1_1")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER INDEX sessions_pkey RENAME TO sessions_v1_1_pkey")
    for name, columns in session_indexes.items():
        op.create_index(f"{name}_v1_1", "sessions_v1_1", columns)


def drop_builds() -> None:
    """Remove the tables of all builds but the one the migrations made."""
    if op.get_context().as_sql:
        # There is no database to ask which there are.
        return
    connection = op.get_bind()
    made = connection.execute(sa.text("SELECT tables FROM projection_builds")).scalars()
    names = {name for tables in made for name in json.loads(tables)} - {"sessions_v1_1"}
    names &= set(sa.inspect(connection).get_table_names())
    if connection.dialect.name == "sqlite":
        # An index for text search, whose own tables go with it.
        found = connection.execute(
            sa.text("SELECT name, sql FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
        )
        for name, statement in found.all():
            if any(f"content='{table}'" in statement for table in names):
                op.drop_table(name)
    for name in sorted(names):
        op.drop_table(name)


def downgrade() -> None:
    """Go back to one table for the session list, which is folded anew; other rows are lost."""
    drop_builds()
    if op.get_context().dialect.name == "postgresql":
        # Made where a projection is kept inline; the earlier release knows of none.
        op.execute("DROP TRIGGER IF EXISTS events_inline ON events")
        op.execute("DROP FUNCTION IF EXISTS retold_check_inline()")
    op.create_table(
        "checkpoints",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("projection", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("cursor", sa.Text),
    )
    for name, columns in session_indexes.items():
        op.drop_index(f"{name}_v1_1", "sessions_v1_1")
        op.create_index(name, "sessions_v1_1", columns)
    op.execute("DELETE FROM sessions_v1_1")
    op.rename_table("sessions_v1_1", "sessions")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER INDEX sessions_v1_1_pkey RENAME TO sessions_pkey")
    for table in (
        "projection_parked_events",
        "projection_checkpoints",
        "projection_builds",
        "projections",
    ):
        op.drop_table(table)
