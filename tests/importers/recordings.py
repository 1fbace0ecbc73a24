"""Small recordings of our own making, and what the tests of the importers share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from retold.domain.event import RecordedEvent
from retold.domain.recording import MessageImported, conversation_stream
from retold.store import EventStore

Message = dict[str, Any]


def openai_call(call_id: str | None = "call_1", name: str = "get_order", **more: Any) -> Message:
    function = {"arguments": '{"order": 7}', "name": name}
    return {"function": function, "id": call_id, "type": "function", **more}


def openai_calls(*calls: Message) -> Message:
    return {"content": None, "role": "assistant", "tool_calls": list(calls)}


def openai_result(content: str, call_id: str | None = "call_1") -> Message:
    return {"role": "tool", "tool_call_id": call_id, "name": "get_order", "content": content}


def support_talk() -> list[Message]:
    return [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Where is my parcel?"},
        openai_calls(openai_call()),
        openai_result("Error: no such order"),
        {"role": "assistant", "content": "I cannot find it."},
    ]


def trajectory(task_id: int | str = 0, traj: list[Message] | None = None, **more: Any) -> Message:
    return {
        "task_id": task_id,
        "reward": 0.0,
        "info": {"note": None},
        "traj": support_talk() if traj is None else traj,
        "trial": 0,
        **more,
    }


def simulation(session: str = "sim-1", **more: Any) -> Message:
    return {
        "id": session,
        "task_id": "40",
        "start_time": "2025-08-01T16:16:37.053887",
        "end_time": "2025-08-01T16:16:50.700788",
        "duration": 13.6,
        "termination_reason": "user_stop",
        "reward_info": {"reward": 1.0},
        "messages": [
            {
                "role": "assistant",
                "content": "Hi!",
                "tool_calls": None,
                "timestamp": "2025-08-01T16:16:37.295213",
                "cost": 0.0,
                "usage": None,
            },
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "a", "name": "look", "arguments": {"x": 1}, "requestor": "assistant"},
                    {"id": "b", "name": "look", "arguments": {"x": 2}, "requestor": "assistant"},
                ],
                "timestamp": "2025-08-01T16:16:38.5",
                "cost": 0.25,
                "usage": {"completion_tokens": 24, "prompt_tokens": 3625},
            },
            {"id": "b", "role": "tool", "content": "2", "requestor": "assistant", "error": False},
            {"id": "a", "role": "tool", "content": "!", "requestor": "assistant", "error": True},
        ],
        "trial": 0,
        **more,
    }


def simulations(*entries: Message, **more: Any) -> Message:
    return {
        "timestamp": "2025-08-01T16:16:36.490106",
        "info": {
            "agent_info": {"implementation": "llm_agent", "llm": "gpt-x"},
            "environment_info": {"domain_name": "retail", "policy": "Be kind.", "tool_defs": None},
        },
        "tasks": [{"id": "40", "ticket": None}, {"id": "41", "ticket": None}],
        "simulations": list(entries),
        **more,
    }


def write(path: Path, document: object) -> Path:
    """Write a document as JSON and return the path."""
    path.write_text(json.dumps(document))
    return path


async def stored_events(store: EventStore, session: str) -> list[RecordedEvent]:
    return [event async for event in store.read_stream(conversation_stream(session))]


async def stored_messages(store: EventStore, session: str) -> list[MessageImported]:
    events = await stored_events(store, session)
    return [MessageImported.from_recorded(e) for e in events if e.type == MessageImported.type]


async def size_of(store: EventStore) -> int:
    """Return how many events the log holds.

    By the heads of the streams: reading the whole log may wait for transactions that other tests
    have open on the same PostgreSQL server.
    """
    return sum([head.version async for head in store.streams()])
