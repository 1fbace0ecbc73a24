"""A disk of a few megabytes, to be filled: a tmpfs, which only root may mount."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_block = bytes(4096)


class DiskUnavailable(Exception):
    """Raised when no disk can be mounted here; the text says why."""


class SmallDisk:
    """A mounted disk; see :func:`small_disk`.

    Attributes:
        path: where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        """Store where."""
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, *, but: int = 0) -> None:
        """Fill it, but for so many blocks of 4,096 bytes."""
        file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while True:
                os.write(file, _block)
        except OSError:
            os.ftruncate(file, max(0, os.fstat(file).st_size - but * len(_block)))
        finally:
            os.close(file)

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)

    def grow(self, megabytes: int) -> None:
        """Make it larger."""
        _run("mount", "-o", f"remount,size={megabytes}m", str(self.path))


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a disk of that size on an empty folder.

    Raises:
        DiskUnavailable: when this user or system cannot.
    """
    if not sys.platform.startswith("linux") or os.getuid() != 0:
        raise DiskUnavailable("only root on Linux may mount a tmpfs")
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "retold-test", str(path))
    except (OSError, subprocess.CalledProcessError) as error:
        raise DiskUnavailable(f"mounting a tmpfs failed: {error}") from error
    try:
        yield SmallDisk(path)
    finally:
        _run("umount", "--lazy", str(path))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=30)
