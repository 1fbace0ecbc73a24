"""What the tests of sessions share: other processes, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sessions.processes import OtherProcesses


@pytest.fixture(scope="session")
def other() -> Iterator[OtherProcesses]:
    """A new process for each thing that is to be done."""
    with OtherProcesses() as processes:
        yield processes
