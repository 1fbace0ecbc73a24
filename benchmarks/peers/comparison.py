"""Eight asyncio writers on one SQLite file at NORMAL durability: Retold and its peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks import append
from benchmarks.chat import work
from benchmarks.log import Run, durability_missing, empty_log, scratch_folder
from benchmarks.measure import Settings, interleave
from benchmarks.peers.peer import Peer, peers
from benchmarks.raw_sqlite import raw_name, rows_of
from benchmarks.result import Measured, Missing, Reference, Result

name = "peers"
callers = 8
appends_each = 500


def run(settings: Settings) -> Iterator[Result]:
    """Measure the peers that are installed, raw sqlite3 and Retold in the same rounds."""
    installed = [peer for peer in peers if peer.version]
    for peer in peers:
        if peer not in installed:
            yield Missing(benchmark=name, case=peer.title, reason="not installed")
    missing = durability_missing("normal")
    if missing:
        yield Missing(benchmark=name, case="Retold at NORMAL", reason=missing)
    if not installed:
        return
    with scratch_folder() as folder:
        template = empty_log(folder / "empty.db")
        planned = work(callers, appends=settings.scaled(appends_each, least=5))
        rows = rows_of(template, planned)
        contenders: dict[str, Callable[[], Run]] = {
            raw_name: lambda: append.raw(template, rows, "normal")
        }
        if not missing:
            contenders["retold"] = lambda: append.ours(template, planned, "normal")
        for peer in installed:
            messages = settings.scaled(peer.messages, least=2)
            contenders[peer.title] = partial(peer.run, callers, messages)
        found = interleave(contenders, settings.rounds)
    rates = {contender: tuple(run.rate for run in runs) for contender, runs in found.items()}
    for peer in installed:
        yield _against(peer, rates)


def _against(peer: Peer, rates: dict[str, tuple[float, ...]]) -> Result:
    title = f"{peer.title} {peer.version}"
    if "retold" not in rates:
        return Measured(
            benchmark=name,
            case=f"{title} itself",
            unit="events/s",
            rounds=rates[peer.title],
            reference=Reference(name=raw_name, rounds=rates[raw_name]),
            note=peer.note,
        )
    return Measured(
        benchmark=name,
        case=f"against {title}",
        unit="events/s",
        rounds=rates["retold"],
        reference=Reference(name=peer.title, rounds=rates[peer.title]),
        bar=peer.bar,
        note=peer.note,
    )
