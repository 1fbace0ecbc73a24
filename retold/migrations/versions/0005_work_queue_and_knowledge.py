"""A work queue, and files for AG2's knowledge stores."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

name_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# SQLite counts rows in INTEGER only.
row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
waiting = sa.text("state = 'waiting'")
taken = sa.text("state = 'taken'")
finished = sa.text("finished_at IS NOT NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "work_items",
        sa.Column("number", row_number, primary_key=True, autoincrement=True),
        sa.Column("tenant", name_text, nullable=False),
        sa.Column("queue", name_text, nullable=False),
        sa.Column("item_id", name_text, nullable=False),
        sa.Column("rank", sa.BigInteger, nullable=False),
        sa.Column("ready_at", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("put_at", sa.BigInteger, nullable=False),
        sa.Column("taken_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.UniqueConstraint("tenant", "queue", "item_id", name="uq_work_items_id"),
    )
    # In the order of taking, and only those that can be taken: a long history costs nothing.
    op.create_index(
        "ix_work_items_waiting",
        "work_items",
        ["tenant", "queue", "rank", "ready_at", "number"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        "ix_work_items_taken",
        "work_items",
        ["tenant", "queue", "lease_until"],
        sqlite_where=taken,
        postgresql_where=taken,
    )
    op.create_index(
        "ix_work_items_finished",
        "work_items",
        ["tenant", "queue", "finished_at"],
        sqlite_where=finished,
        postgresql_where=finished,
    )
    op.create_table(
        "knowledge_stores",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("last_change", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "knowledge_files",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("path", name_text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "knowledge_chunks",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("path", name_text, primary_key=True),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "knowledge_changes",
        sa.Column("tenant", name_text, primary_key=True),
        sa.Column("name", name_text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Remove them; whoever asks has seen to it that there are no files."""
    for table in (
        "knowledge_changes",
        "knowledge_chunks",
        "knowledge_files",
        "knowledge_stores",
        "work_items",
    ):
        op.drop_table(table)
