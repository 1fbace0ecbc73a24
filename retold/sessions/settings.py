"""What can be set from the environment."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from retold.store import default_max_event_bytes
from retold.store.url import Durability


class Settings(BaseSettings):
    """Defaults of :func:`retold.open`; each is read from ``RETOLD_<NAME>``.

    Attributes:
        url: of the log.
        tenant: whose events are read and appended.
        max_event_bytes: limit of one event's data and metadata together.
        lease_seconds: how long a session stays held after the process that asked in it died.
        durability: whether an acknowledged append is on the disk.
        actor: in whose name the log is read; nobody's reads are recorded when None.
    """

    model_config = SettingsConfigDict(env_prefix="RETOLD_")

    url: str = "sqlite:///retold.db"
    tenant: str = "default"
    max_event_bytes: int = Field(default=default_max_event_bytes, gt=0)
    lease_seconds: float = Field(default=30.0, gt=0)
    durability: Durability = "full"
    actor: str | None = None
