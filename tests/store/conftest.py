"""Fixtures of the crash matrix, and its figures at the end of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict

import pytest

from tests.store.crash_matrix import Figures
from tests.store.fork_server import ForkServer
from tests.store.postgres_cluster import Cluster, ClusterUnavailable, private_cluster

_property = "crash matrix: "


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """Start processes that append and read, to be killed."""
    with ForkServer() as server:
        yield server


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of the module's own; skips, saying so, where none can be made."""
    try:
        with private_cluster() as running:
            yield running
    except ClusterUnavailable as error:
        pytest.skip(f"no private PostgreSQL cluster: {error}")


@pytest.fixture
def keep_figures(
    record_property: Callable[[str, object], None],
) -> Callable[[str, Figures], None]:
    """Keep the figures of a log for the end of the run, under a heading."""

    def keep(heading: str, figures: Figures) -> None:
        record_property(_property + heading, asdict(figures))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the sums of the figures."""
    sums: dict[str, Figures] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name.startswith(_property) and getattr(report, "when", "") == "call":
                    sums.setdefault(name, Figures()).__iadd__(Figures(**value))
    for name, figures in sorted(sums.items()):
        values = asdict(figures)
        values["seconds"] = round(values["seconds"], 1)
        terminalreporter.write_sep("-", name)
        terminalreporter.write_line(", ".join(f"{key} {value}" for key, value in values.items()))
