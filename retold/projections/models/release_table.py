"""The tables of releases: what each agent gave its models, and the calls that are open."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.store.tables import name_text


class ReleaseRow(SQLModel, table=True):
    """A release in one conversation; the columns mean what
    :class:`~retold.projections.models.releases.Release` says."""

    __tablename__: ClassVar[Any] = "releases"  # a plain str contradicts what SQLModel declares
    __table_args__ = (Index("ix_releases_agent", "tenant", "agent", "release"),)

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    agent: str = Field(sa_column=Column(name_text, primary_key=True))
    release: str = Field(sa_column=Column(name_text, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    prompt_hash: str | None = Field(sa_column=Column(Text))
    tools_hash: str | None = Field(sa_column=Column(Text))
    schema_hash: str | None = Field(sa_column=Column(Text))
    first_recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    last_recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    model_calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    retries: int = Field(sa_column=Column(BigInteger, nullable=False))
    completed: int = Field(sa_column=Column(BigInteger, nullable=False))
    failed: int = Field(sa_column=Column(BigInteger, nullable=False))
    cancelled: int = Field(sa_column=Column(BigInteger, nullable=False))
    prompt_tokens: int | None = Field(sa_column=Column(BigInteger))
    completion_tokens: int | None = Field(sa_column=Column(BigInteger))


class ReleaseStateRow(SQLModel, table=True):
    """The releases of a conversation, and which of them its open calls are of, as JSON."""

    __tablename__: ClassVar[Any] = "releases_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    open_calls: str = Field(sa_column=Column(Text, nullable=False))
    releases: str = Field(sa_column=Column(Text, nullable=False))
