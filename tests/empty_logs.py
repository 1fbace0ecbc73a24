"""Empty SQLite logs by copying one: making the tables takes far longer than most tests."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory

from retold.store import upkeep


def make_log(path: Path) -> str:
    """Make an empty log with an id of its own, as its first opening does; return its URL."""
    content, identity = _made()
    path.write_bytes(content.replace(identity, secrets.token_hex(4).encode()))
    return f"sqlite:///{path}"


@cache
def _made() -> tuple[bytes, bytes]:
    with TemporaryDirectory(prefix="retold-test-") as folder:
        path = Path(folder) / "log.db"
        # In a thread, because the caller may be in a loop.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(upkeep.upgrade(f"sqlite:///{path}"))).result()
        with closing(connect(path)) as connection:
            found = "SELECT value FROM log_info WHERE key = 'database_id'"
            ((identity,),) = connection.execute(found).fetchall()
        content = path.read_bytes()
        # All of it is in the file, none in a write-ahead log beside it.
        assert [one.name for one in Path(folder).iterdir()] == ["log.db"]
    assert content.count(identity.encode()) == 1
    return content, identity.encode()
