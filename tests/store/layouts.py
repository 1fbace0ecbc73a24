"""Logs whose events are kept in partitions, made by the statements that docs/growth.md shows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.store.raw import Raw

_page = Path(__file__).parents[2] / "docs" / "growth.md"


def documented(heading: str) -> list[str]:
    """Return the SQL below a heading of the page, block by block."""
    _, found, after = _page.read_text().partition(f"\n### {heading}\n")
    blocks = re.findall(r"^```sql\n(.*?)^```", after.partition("\n#")[0], re.MULTILINE | re.DOTALL)
    if not found or not blocks:
        raise LookupError(f"docs/growth.md shows no SQL below {heading!r}")
    return blocks


async def split_by_tenant(url: str, *, tenants: tuple[str, ...] = ("acme",)) -> None:
    """Give each of the tenants a partition, and one to all others."""
    await _run(url, *documented("Beforehand"), *documented("Splitting by tenant"))
    for tenant in tenants:
        for block in documented("A partition for a tenant"):
            await _run(url, block.replace("acme", tenant))


async def split_by_month(url: str) -> None:
    """Let a month begin with the next event; the month has a partition for ``acme``."""
    ((newest,),) = await Raw(url).fetch("SELECT coalesce(max(recorded_at), 0) FROM events")
    begin = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=newest + 1)
    blocks = [*documented("Splitting by month"), *documented("A partition for a month")]
    for block in blocks:
        moved = block.replace("2027-01-01 00:00Z", begin.isoformat())
        end = begin + timedelta(days=36_500)
        await _run(url, moved.replace("2027-02-01 00:00Z", end.isoformat()))


async def _run(url: str, *scripts: str) -> None:
    async with Raw(url).connection() as connection:
        for script in scripts:
            await connection.execute(script)
