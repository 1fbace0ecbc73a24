"""The session list: the first read model."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

name_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table; its rows are folded from the log at the first reading."""
    op.create_table(
        "sessions",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("session", name_text, primary_key=True),
        sa.Column("stream", name_text, nullable=False),
        sa.Column("root_session", name_text, nullable=False),
        sa.Column("parent_stream", name_text),
        sa.Column("source", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("agent", sa.Text),
        sa.Column("ag2_stream_id", sa.Text),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("started_text", sa.Text),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_text", sa.Text),
        sa.Column("recorded_from", sa.BigInteger, nullable=False),
        sa.Column("recorded_to", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("end_reason", sa.Text),
        sa.Column("messages", sa.BigInteger, nullable=False),
        sa.Column("tool_calls", sa.BigInteger, nullable=False),
        sa.Column("tool_results", sa.BigInteger, nullable=False),
        sa.Column("tool_errors", sa.BigInteger, nullable=False),
        sa.Column("parallel_call_messages", sa.BigInteger, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger),
        sa.Column("completion_tokens", sa.BigInteger),
        sa.Column("cost_usd", sa.Text),
        sa.Column("turns", sa.BigInteger, nullable=False),
        sa.Column("turns_failed", sa.BigInteger, nullable=False),
        sa.Column("open_calls", sa.Text, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
    )
    op.create_index("ix_sessions_recorded_from", "sessions", ["tenant", "recorded_from", "session"])
    op.create_index("ix_sessions_root_session", "sessions", ["tenant", "root_session"])
    op.create_index("ix_sessions_ag2_stream_id", "sessions", ["tenant", "ag2_stream_id"])


def downgrade() -> None:
    """Remove the table and its checkpoint, so that a later upgrade folds it anew."""
    op.drop_table("sessions")
    checkpoints = sa.table("checkpoints", sa.column("projection"))
    op.execute(checkpoints.delete().where(checkpoints.c.projection == "session_list"))
