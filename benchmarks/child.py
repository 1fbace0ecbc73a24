"""Child processes: what a benchmark starts beside itself."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks.log import repository

give_up_seconds = 600


class Child:
    """A program of :mod:`benchmarks.children`.

    It writes ``ready``, waits for a line on standard input, works, and writes one line of JSON.
    """

    def __init__(self, module: str, *arguments: str | int | float) -> None:
        """Start the program.

        Args:
            module: its name below ``benchmarks.children``.
            arguments: of its command line.
        """
        command = [sys.executable, "-m", f"benchmarks.children.{module}", *map(str, arguments)]
        self._process = subprocess.Popen(
            command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def wait_until_ready(self) -> None:
        """Wait for its ``ready``."""
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            self._process.communicate()
            raise ChildFailed(self._process)

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> dict[str, Any]:
        """Wait for its end and return what it wrote."""
        output, _ = self._process.communicate(timeout=give_up_seconds)
        if self._process.returncode:
            raise ChildFailed(self._process)
        found: dict[str, Any] = json.loads(output)
        return found

    def stop(self) -> None:
        """End it, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


class ChildFailed(Exception):
    """A child process ended with an error, which it has written to standard error."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Name the command and its exit code."""
        super().__init__(f"exit code {process.returncode} of {process.args!r}")


def wait_for_start() -> None:
    """In a child: say that it is ready, and wait for the start."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def report(found: dict[str, Any]) -> None:
    """In a child: hand over what was found."""
    sys.stdout.write(json.dumps(found) + "\n")
