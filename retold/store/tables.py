"""The tables of the log.

They have a registry of their own, so that an application may have an ``events`` of its own. On
PostgreSQL the table of events also has ``transaction_id xid8``, which no other database knows, and
``epoch``; the migrations add them and ``queries.py`` reads them.
"""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy.dialects.postgresql as pg
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel


class Id(TypeDecorator[UUID]):
    """A UUID: 16 bytes on SQLite, ``uuid`` on PostgreSQL."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of ``dialect``."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(pg.UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> UUID | bytes | None:
        """Return what the driver stores."""
        if value is None or dialect.name == "postgresql":
            return value
        return value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """Return the UUID in what the driver read."""
        if value is None or isinstance(value, UUID):
            return value
        return UUID(bytes=bytes(value))


# Byte order, whatever the database's locale: categories are ranges of names.
name_text = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite counts rows in INTEGER only.
row_number = BigInteger().with_variant(Integer(), "sqlite")


class RetoldTable(SQLModel, registry=registry()):
    """Base of every table in a Retold database."""


class EventRecord(RetoldTable, table=True):
    """One event. Rows are never updated or deleted; triggers refuse it."""

    __tablename__: ClassVar[Any] = "events"  # a plain str contradicts what SQLModel declares
    __table_args__ = (
        UniqueConstraint("tenant", "stream", "version", name="uq_events_stream_version"),
        UniqueConstraint("event_id", "tenant", name="uq_events_event_id"),
        Index("ix_events_correlation_id", "correlation_id"),
        {"sqlite_autoincrement": True},
    )

    position: int = Field(sa_column=Column(row_number, primary_key=True, autoincrement=True))
    tenant: str = Field(sa_column=Column(name_text, nullable=False))
    stream: str = Field(sa_column=Column(name_text, nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    event_id: UUID = Field(sa_column=Column(Id, nullable=False))
    type: str = Field(sa_column=Column(Text, nullable=False))
    schema_version: int = Field(sa_column=Column(Integer, nullable=False))
    data: str = Field(sa_column=Column(Text, nullable=False))
    # The attribute cannot be called metadata, which SQLAlchemy keeps for itself.
    event_metadata: str = Field(sa_column=Column("metadata", Text, nullable=False))
    correlation_id: str | None = Field(sa_column=Column(Text))
    causation_id: UUID | None = Field(sa_column=Column(Id))
    occurred_at: int | None = Field(sa_column=Column(BigInteger))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class StreamRecord(RetoldTable, table=True):
    """The head of a stream, and where it hangs."""

    __tablename__: ClassVar[Any] = "streams"
    __table_args__ = (Index("ix_streams_session", "tenant", "session"),)

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    session: str | None = Field(sa_column=Column(name_text))
    parent_stream: str | None = Field(sa_column=Column(name_text))
    parent_version: int | None = Field(sa_column=Column(BigInteger))
    tombstoned_at: int | None = Field(sa_column=Column(BigInteger))


class LeaseRecord(RetoldTable, table=True):
    """Who holds a resource, until when. Coordination, not a fact of the log."""

    __tablename__: ClassVar[Any] = "leases"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    resource: str = Field(sa_column=Column(name_text, primary_key=True))
    owner: str | None = Field(sa_column=Column(Text))
    token: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class LogInfo(RetoldTable, table=True):
    """Facts about the database itself, such as its id."""

    __tablename__: ClassVar[Any] = "log_info"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=Column(Text, nullable=False))


class SnapshotRecord(RetoldTable, table=True):
    """The state of a fold after a version of a stream. It can be thrown away."""

    __tablename__: ClassVar[Any] = "snapshots"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    stream: str = Field(sa_column=Column(name_text, primary_key=True))
    fold: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    code_version: str = Field(sa_column=Column(Text, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    taken_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ConsumerGroupRecord(RetoldTable, table=True):
    """Consumers that share the events of a selection."""

    __tablename__: ClassVar[Any] = "consumer_groups"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    partitions: int = Field(sa_column=Column(Integer, nullable=False))
    selection: str = Field(sa_column=Column(Text, nullable=False))
    begun_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ConsumerCheckpointRecord(RetoldTable, table=True):
    """How far a consumer group has come in a partition, and with which lease."""

    __tablename__: ClassVar[Any] = "consumer_checkpoints"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    consumer_group: str = Field(sa_column=Column(name_text, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    cursor: str | None = Field(sa_column=Column(Text))
    token: int = Field(sa_column=Column(BigInteger, nullable=False))
    moved_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ParkedEventRecord(RetoldTable, table=True):
    """An event that a consumer group could not handle, set aside."""

    __tablename__: ClassVar[Any] = "parked_events"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    consumer_group: str = Field(sa_column=Column(name_text, primary_key=True))
    # Only a group that reads every tenant's events has other tenants' here.
    event_tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    event_id: UUID = Field(sa_column=Column(Id, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, nullable=False))
    stream: str = Field(sa_column=Column(name_text, nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    type: str = Field(sa_column=Column(Text, nullable=False))
    cursor: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    parked_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    retry_at: int | None = Field(sa_column=Column(BigInteger))
    discarded_at: int | None = Field(sa_column=Column(BigInteger))
    discard_reason: str | None = Field(sa_column=Column(Text))


class ProjectionRecord(RetoldTable, table=True):
    """How a read model is kept: which of its builds is read, and whether it goes on."""

    __tablename__: ClassVar[Any] = "projections"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    active_build: int | None = Field(sa_column=Column(Integer))
    previous_build: int | None = Field(sa_column=Column(Integer))
    last_build: int = Field(sa_column=Column(Integer, nullable=False))
    inline: bool = Field(sa_column=Column(Boolean, nullable=False))
    paused_at: int | None = Field(sa_column=Column(BigInteger))


class ProjectionBuildRecord(RetoldTable, table=True):
    """Rows of a projection that were, or are being, made by one version of its code."""

    __tablename__: ClassVar[Any] = "projection_builds"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    build: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    code: str | None = Field(sa_column=Column(Text))
    state: str = Field(sa_column=Column(Text, nullable=False))
    tables: str = Field(sa_column=Column(Text, nullable=False))
    partitions: int = Field(sa_column=Column(Integer, nullable=False))
    after: str | None = Field(sa_column=Column(Text))
    until: str | None = Field(sa_column=Column(Text))
    failure: str | None = Field(sa_column=Column(Text))
    begun_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ProjectionCheckpointRecord(RetoldTable, table=True):
    """How far the rows of a build have come, by partition of the streams."""

    __tablename__: ClassVar[Any] = "projection_checkpoints"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    build: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    cursor: str | None = Field(sa_column=Column(Text))
    events: int = Field(sa_column=Column(BigInteger, nullable=False))
    events_per_second: float | None = Field(sa_column=Column(Float))
    moved_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ProjectionParkedRecord(RetoldTable, table=True):
    """An event that a projection's fold failed on, and that it went on without."""

    __tablename__: ClassVar[Any] = "projection_parked_events"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    build: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    event_id: UUID = Field(sa_column=Column(Id, primary_key=True))
    stream: str = Field(sa_column=Column(name_text, nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    type: str = Field(sa_column=Column(Text, nullable=False))
    cursor: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    parked_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class WorkItemRecord(RetoldTable, table=True):
    """A piece of work in a queue, and who has it. Coordination, not a fact of the log."""

    __tablename__: ClassVar[Any] = "work_items"
    __table_args__ = (
        UniqueConstraint("tenant", "queue", "item_id", name="uq_work_items_id"),
        Index(
            "ix_work_items_waiting",
            *("tenant", "queue", "rank", "ready_at", "number"),
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_work_items_taken",
            *("tenant", "queue", "lease_until"),
            sqlite_where=text("state = 'taken'"),
            postgresql_where=text("state = 'taken'"),
        ),
        Index(
            "ix_work_items_finished",
            *("tenant", "queue", "finished_at"),
            sqlite_where=text("finished_at IS NOT NULL"),
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
    )

    number: int = Field(sa_column=Column(row_number, primary_key=True, autoincrement=True))
    tenant: str = Field(sa_column=Column(name_text, nullable=False))
    queue: str = Field(sa_column=Column(name_text, nullable=False))
    item_id: str = Field(sa_column=Column(name_text, nullable=False))
    # The negative of its priority: an index on both columns then has the order of taking.
    rank: int = Field(sa_column=Column(BigInteger, nullable=False))
    ready_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    payload: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    token: int = Field(sa_column=Column(BigInteger, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    owner: str | None = Field(sa_column=Column(Text))
    lease_until: int | None = Field(sa_column=Column(BigInteger))
    put_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    taken_at: int | None = Field(sa_column=Column(BigInteger))
    finished_at: int | None = Field(sa_column=Column(BigInteger))


class KnowledgeStoreRecord(RetoldTable, table=True):
    """A store of files; whoever changes one of them takes its row first."""

    __tablename__: ClassVar[Any] = "knowledge_stores"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    last_change: int = Field(sa_column=Column(BigInteger, nullable=False))


class KnowledgeFileRecord(RetoldTable, table=True):
    """A file: how many bytes it has, and which change was its last."""

    __tablename__: ClassVar[Any] = "knowledge_files"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    path: str = Field(sa_column=Column(name_text, primary_key=True))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed_by: int = Field(sa_column=Column(BigInteger, nullable=False))


class KnowledgeChunkRecord(RetoldTable, table=True):
    """Bytes of a file from an offset on; a file's chunks follow each other without gaps."""

    __tablename__: ClassVar[Any] = "knowledge_chunks"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    path: str = Field(sa_column=Column(name_text, primary_key=True))
    start: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class KnowledgeChangeRecord(RetoldTable, table=True):
    """A change of a file whose event may not be in the log yet."""

    __tablename__: ClassVar[Any] = "knowledge_changes"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    name: str = Field(sa_column=Column(name_text, primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    type: str = Field(sa_column=Column(Text, nullable=False))
    data: str = Field(sa_column=Column(Text, nullable=False))
    changed_at: int = Field(sa_column=Column(BigInteger, nullable=False))
