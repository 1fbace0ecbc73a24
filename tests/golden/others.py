"""Imported conversations and events of applications, to be recorded in a golden log."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

from retold.domain.event import NewEvent
from retold.importers import import_paths
from retold.store import EventStore
from retold.store.append import Append, ExpectedVersion
from retold.store.content import record_content

trajectories = [
    {
        "task_id": 3,
        "trial": 1,
        "reward": 0.5,
        "info": {"note": None, "seed": 12345678901234567890, "weights": [0.1, 1e-7, 1.0]},
        "traj": [
            {"role": "system", "content": "You rent out bicycles."},
            {"role": "user", "content": "Ein Rad für Samstag, bitte. \u0000 \ud83d\udeb2"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_a",
                        "type": "function",
                        "function": {"name": "list_bikes", "arguments": '{"day": "sat"}'},
                    },
                    {
                        "id": "call_a",
                        "type": "function",
                        "function": {"name": "list_bikes", "arguments": '{"day": "sun"'},
                    },
                ],
            },
            {"role": "tool", "tool_call_id": "call_a", "name": "list_bikes", "content": "[4, 7]"},
            {
                "role": "tool",
                "tool_call_id": "call_a",
                "name": "list_bikes",
                "content": "Error: malformed arguments",
            },
            {"role": "assistant", "content": "Numbers 4 and 7 are free."},
            {"role": "user", "content": [{"type": "text", "text": "Then 7."}]},
        ],
    }
]
simulations = {
    "timestamp": "2025-05-06T07:08:09.101112",
    "info": {
        "agent_info": {"implementation": "made_up", "llm": "none"},
        "environment_info": {"domain_name": "bikes", "policy": "Be kind.", "tool_defs": None},
    },
    "tasks": [{"id": "b1", "ticket": None}],
    "simulations": [
        {
            "id": "bike-talk",
            "task_id": "b1",
            "trial": 0,
            "start_time": "2025-05-06T07:08:10.000001",
            "end_time": "2025-05-06T07:09:00",
            "duration": 50.0,
            "termination_reason": "user_stop",
            "reward_info": {"reward": 1.0},
            "messages": [
                {
                    "role": "assistant",
                    "content": None,
                    "timestamp": "2025-05-06T07:08:11.5",
                    "cost": 0.0025,
                    "usage": {"completion_tokens": 24, "prompt_tokens": 3625},
                    "tool_calls": [
                        {"id": "x", "name": "b", "arguments": {"n": 1}, "requestor": "user"},
                        {"id": "y", "name": "b", "arguments": {"n": 2}, "requestor": "user"},
                    ],
                },
                {"id": "y", "role": "tool", "content": "2", "requestor": "user", "error": False},
                {
                    "id": "x",
                    "role": "tool",
                    "content": "!",
                    "requestor": "assistant",
                    "error": True,
                },
            ],
        }
    ],
}


async def import_conversations(store: EventStore) -> None:
    """Import conversations of our own making."""
    with tempfile.TemporaryDirectory() as given:
        paths = []
        for name, document in (("bikes.json", trajectories), ("bikes-sim.json", simulations)):
            paths.append(Path(given, name))
            paths[-1].write_text(json.dumps(document))
        report = await import_paths(store, paths, prefix="golden/")
        assert all(file.error is None and not file.failed for file in report.files), report


payloads: list[dict[str, Any]] = [
    {},
    {"": "", " ": " ", "null": None, "true": True, "nested": {"a": [{"b": [[], {}]}]}},
    {"text": 'Ünïcödé 漢字 \U0001f600 é é "\\/ \u0000\u0007\u001f\u007f\u2028\ufeff'},
    {"2**53+1": 2**53 + 1, "max": 2**63 - 1, "min": -(2**63), "unsigned": 2**64 - 1, "zero": 0},
    {"tenth": 0.1, "tiny": 5e-324, "huge": 1.7976931348623157e308, "negative_zero": -0.0},
    {"$": "tuple", "items": [1, 2]},
    {"keys": {str(n): n for n in range(12)}, "deep": [[[[[[[[["bottom"]]]]]]]]]},
]
times = [
    None,
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


async def append_orders(store: EventStore, *, first_id: int) -> None:
    """Append events that are not of a conversation."""
    cause = UUID(int=0x01970000_0000_7000_8000_000000000000 + first_id)
    placed = [
        NewEvent(
            type="order.placed" if n else "order.opened",
            data=data,
            metadata={"session": "order/1", "n": n} if n % 2 else {},
            event_id=UUID(int=cause.int + n),
            schema_version=1 + n % 3,
            correlation_id="case-1" if n % 2 else None,
            causation_id=UUID(int=cause.int + n - 1) if n else None,
            occurred_at=times[n % len(times)],
        )
        for n, data in enumerate(payloads)
    ]
    await store.append("order-1", placed, expected_version=ExpectedVersion.NO_STREAM)
    content = await record_content(store, "note", {"b": "ß", "a": [1.5, None]})
    assert await record_content(store, "note", {"a": [1.5, None], "b": "ß"}) == content
    refers = NewEvent(
        type="stock.counted", data={"content": content}, metadata={"session": "stock take"}
    )
    await store.append_many(
        [
            Append("order-1", [refers], len(placed)),
            Append("order-Zweig 二-x", [refers], ExpectedVersion.ANY),
            Append("stock_take-a-b", [refers, refers], 0),
        ]
    )


async def append_forks(store: EventStore) -> None:
    """Append to a stream, fork it, fork the fork, describe one, end one."""
    said = [NewEvent(type="chat.said", data={"text": text}) for text in "abcd"]
    await store.append("chat-1", said, expected_version=ExpectedVersion.NO_STREAM)
    await store.fork("chat-1", "chat-2", at=2, session="what-if")
    await store.append("chat-2", said[2:], expected_version=2)
    await store.fork("chat-2", "chat-3", at=3)
    await store.fork("chat-3", "chat-4", at=1)
    await store.append("chat-4", said[:1], expected_version=1)
    await store.set_stream_metadata("chat-2", {"why": "What if? \U0001f914", "tries": [1, None]})
    await store.end_stream("chat-4", reason="tried out")
