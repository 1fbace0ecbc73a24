"""A PostgreSQL cluster of one's own, to be restarted and thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

unprivileged = "postgres"

# As durable as a server is by default, and small. A commit waits ten milliseconds before it is
# forced to disk, so that a crash falls into one more often than a fast disk would let it.
_settings = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 16MB
max_connections = 40
commit_delay = 10000
commit_siblings = 0
"""


class ClusterUnavailable(Exception):
    """Raised when no cluster can be made here; the text says why."""


class Cluster:
    """A running cluster; see :func:`private_cluster`.

    Attributes:
        folder: below which all of it is, owned by the server's user.
        port: on 127.0.0.1.
    """

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        """Store what is needed."""
        self.folder = folder
        self.port = port
        self._programs = programs
        self._data = folder / "data"

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://{unprivileged}@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        """Make the cluster's files."""
        self._run("initdb", "-D", self._data, "-U", unprivileged, "-A", "trust", "-E", "UTF8", "-N")
        settings = _settings.format(port=self.port, folder=self.folder)
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def own(self, folder: Path) -> None:
        """Give a folder to the server's user."""
        if os.getuid() == 0:
            user = pwd.getpwnam(unprivileged)
            os.chown(folder, user.pw_uid, user.pw_gid)

    def start(self) -> None:
        """Start the server."""
        self._control("start", "-l", self.folder / "log")

    def stop(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop the server: ``fast`` ends its sessions, ``immediate`` crashes it."""
        self._control("stop", "-m", mode)

    def restart(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop the server and start it again; after a crash it recovers."""
        self._control("restart", "-m", mode, "-l", self.folder / "log")

    def _control(self, *arguments: str | Path) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "60", *arguments)

    def _run(self, program: str, *arguments: str | Path) -> None:
        # PostgreSQL refuses to run as root.
        user = pwd.getpwnam(unprivileged) if os.getuid() == 0 else None
        done = subprocess.run(
            [self._programs / program, *arguments],
            # Output into a pipe would be waited for as long as the server runs.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd="/",  # the server's user may not enter every folder
            timeout=120,
            check=False,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
        )
        if done.returncode:
            log = self.folder / "log"
            told = log.read_text()[-2_000:] if log.exists() else ""
            raise RuntimeError(f"{program} ended with {done.returncode}: {told}")


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """Make a cluster in a folder of its own and start it; it is gone afterwards.

    Raises:
        ClusterUnavailable: when PostgreSQL's programs or a user to run them are missing.
    """
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="retold-pg-"))
    try:
        cluster = Cluster(programs, folder, free_port())
        cluster.own(folder)
        cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(folder)


def find_programs() -> Path:
    """Return the folder of PostgreSQL's programs.

    Raises:
        ClusterUnavailable: when there is none, or no user for them.
    """
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: (path.parent.name.rjust(4, "0"), path),
        reverse=True,
    )
    if configured := shutil.which("pg_config"):
        told = subprocess.run([configured, "--bindir"], capture_output=True, text=True, check=True)
        candidates.insert(0, Path(told.stdout.strip()))
    if on_path := shutil.which("initdb"):
        candidates.append(Path(on_path).parent)
    for folder in candidates:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
            break
    else:
        raise ClusterUnavailable(
            "no initdb found by pg_config, in /usr/lib/postgresql/*/bin or on the PATH"
        )
    if os.getuid() == 0:
        try:
            pwd.getpwnam(unprivileged)
        except KeyError:
            raise ClusterUnavailable(
                f"root may not run PostgreSQL, and there is no user {unprivileged!r}"
            ) from None
    return folder


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port: int = some.getsockname()[1]
        return port
