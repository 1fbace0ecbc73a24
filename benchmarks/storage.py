"""The bytes a conversation takes in a SQLite file, against the same events as JSON lines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import orjson

from benchmarks.chat import event, message
from benchmarks.log import copied, empty_log, fold_wal, open_log, scratch_folder, sqlite_url
from benchmarks.measure import Settings
from benchmarks.result import Bar, Measured, Reference, Result
from retold.domain.event import NewEvent, RecordedEvent

name = "storage"
turns = 400
characters = (200, 800)
bar = Bar(at_most=1.3)
stream = "chat-1"


def conversation(turns: int) -> list[NewEvent]:
    """Return a conversation: a question of 200 and an answer of 800 characters a turn."""
    return [
        event(message(number, characters[number % 2]), session=stream, turn=number // 2)
        for number in range(turns * 2)
    ]


def run(settings: Settings) -> Iterator[Result]:
    """Measure one conversation, once: its size does not depend on what the machine does."""
    del settings  # it is quick
    events = conversation(turns)
    with scratch_folder() as folder:
        template = empty_log(folder / "empty.db")
        path = copied(template, folder)
        lines = asyncio.run(_append_and_read(sqlite_url(path), events))
        bytes_in_all, bytes_empty = fold_wal(path), template.stat().st_size
    reference = Reference(name="JSON lines", rounds=(float(sum(map(len, lines))),))
    case = f"{turns} turns, {len(events)} events"
    yield Measured(
        benchmark=name,
        case=f"{case}, growth of the file",
        unit="bytes",
        rounds=(float(bytes_in_all - bytes_empty),),
        reference=reference,
        bar=bar,
    )
    yield Measured(
        benchmark=name,
        case=f"{case}, the whole file",
        unit="bytes",
        rounds=(float(bytes_in_all),),
        reference=reference,
        note=f"an empty log has {bytes_empty:,} bytes",
    )


async def _append_and_read(url: str, events: list[NewEvent]) -> list[bytes]:
    async with await open_log(url) as store:
        for version, new in enumerate(events):
            await store.append(stream, [new], expected_version=version)
        return [json_line(recorded) async for recorded in store.read_stream(stream)]


envelope = (
    "position",
    "stream",
    "version",
    "event_id",
    "type",
    "schema_version",
    "data",
    "metadata",
    "correlation_id",
    "causation_id",
    "occurred_at",
    "recorded_at",
    "tenant",
)


def json_line(recorded: RecordedEvent) -> bytes:
    """Return an event as a line of JSON: all its fields, digest in hex, times in ISO 8601."""
    fields = {name: getattr(recorded, name) for name in envelope}
    return orjson.dumps({**fields, "digest": recorded.digest.hex()}) + b"\n"
