"""Roles of PostgreSQL, for a test each."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import make_url

from tests.store.raw import Raw


@asynccontextmanager
async def role(url: str, *grants: str) -> AsyncIterator[tuple[str, str]]:
    """Make a role with rights; give its name, and the URL for it. It is gone afterwards."""
    raw = Raw(url)
    name = f"retold_{secrets.token_hex(4)}"
    await raw.execute(f"CREATE ROLE {name} LOGIN")
    try:
        for grant in grants:
            await raw.execute(f"GRANT {grant} TO {name}")
        yield name, make_url(url).set(username=name).render_as_string(hide_password=False)
    finally:
        await raw.execute(f"DROP OWNED BY {name}")
        await raw.execute(f"DROP ROLE {name}")
