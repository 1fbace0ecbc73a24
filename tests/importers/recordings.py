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


def chat(*messages: Message, **more: Any) -> Message:
    return {"model": "gpt-x", "messages": list(messages or support_talk()), **more}


def dialogue(identity: int | str = 7, *events: Message, **more: Any) -> Message:
    def did(agent: str, action: str, time: float | None = None, **rest: Any) -> Message:
        timed = {} if time is None else {"UnixTime": time}
        return {"Action": action, "Agent": agent, **rest, **timed}

    item = {"APIName": "kitchen", "Dish": "soup"}
    return {
        "DialogueID": identity,
        "CompletionLevel": "Complete",
        "Scenario": {"Domains": ["kitchen", "garden"], "Happy": True},
        "Events": list(events)
        or [
            did("UserGuide", "instruct", 1_590_000_000, Text="Order something."),
            did("User", "utter", 1_590_000_001, Text="What is there?"),
            did("Wizard", "select_task", 1_590_000_002, Task="kitchen_ask"),
            did("Wizard", "query", 1_590_000_003, APIName="kitchen", Constraints=[{"Day": '"1"'}]),
            did("KnowledgeBase", "return_item", APIName="kitchen", Item=item, TotalItems=-1),
            did("Wizard", "pick_suggestion", 1.5e9, Text="Soup.", ActionLabel="kitchen_tell"),
            did("User", "complete", 1_590_000_005),
        ],
        **more,
    }


def llm_call(content: str = "Four.", **more: Any) -> Message:
    return {
        "mode": "create",
        "messages": [
            {"content": "Be brief.", "type": "SystemMessage"},
            {"content": ["Two and", "two?"], "source": "User", "type": "UserMessage"},
        ],
        "response": {
            "finish_reason": "stop",
            "content": content,
            "usage": {"prompt_tokens": 11, "completion_tokens": 2},
            "cached": False,
        },
        "stream": [],
        **more,
    }


def span(identity: str, parent: str | None = None, kind: str = "SPAN", **more: Any) -> Message:
    return {
        "id": identity,
        "parentObservationId": parent,
        "type": kind,
        "name": f"the {identity}",
        "startTime": "2026-02-03T04:05:06.789Z",
        "endTime": "2026-02-03T04:05:07.789Z",
        "usageDetails": {},
        "costDetails": {},
        "input": {"of": identity},
        "output": f"done {identity}",
        "level": "DEFAULT",
        "metadata": {"public_key": "secret-of-a-span"},
        **more,
    }


def trace(*spans: Message, **more: Any) -> Message:
    return {
        "trace": {
            "id": "trace-1",
            "name": "ask",
            "timestamp": "2026-02-03T04:05:06.000Z",
            "metadata": {"public_key": "secret-of-the-trace"},
            "sessionId": None,
            **more,
        },
        "observations": list(spans) or [span("root")],
    }


def shown(text: str) -> Message:
    """Return an output of a notebook that shows a value."""
    data = {"text/plain": text.splitlines(keepends=True)}
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 2}


def printed(text: str, name: str = "stdout") -> Message:
    """Return an output of a notebook with console text."""
    return {"output_type": "stream", "name": name, "text": text.splitlines(keepends=True)}


def notebook(*outputs: str | Message) -> Message:
    """Return a notebook with a program in its first cell and these outputs in its second."""
    made = [printed(output) if isinstance(output, str) else output for output in outputs]
    return {
        "cells": [
            {"cell_type": "code", "source": ["x = 1"], "outputs": [printed("1\n")]},
            {"cell_type": "code", "source": ["a.run()"], "outputs": made, "metadata": {}},
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def said(sender: str, recipient: str, body: str) -> str:
    """Return a message as AutoGen prints it."""
    return f"\x1b[33m{sender}\x1b[0m (to {recipient}):\n\n{body}\n\n{'-' * 80}\n"


def asked(sender: str, recipient: str, call: str, name: str, arguments: str) -> str:
    """Return a message with a tool call as AutoGen prints it."""
    head = f"***** Suggested tool call ({call}): {name} *****"
    stars = "*" * len(head)
    body = f"\x1b[32m{head}\x1b[0m\nArguments: \n{arguments}\n\x1b[32m{stars}\x1b[0m"
    return said(sender, recipient, body)


def answered(sender: str, recipient: str, call: str, content: str) -> str:
    """Return a tool's response as AutoGen prints it, with the header twice."""
    head = f"***** Response from calling tool ({call}) *****"
    body = f"\x1b[32m{head}\x1b[0m\n{content}\n\x1b[32m{'*' * len(head)}\x1b[0m"
    header = f"\x1b[33m{sender}\x1b[0m (to {recipient}):\n\n"
    return header + said(sender, recipient, body)


def begun(message: str | None = None) -> str:
    """Return the banner AutoGen prints where a chat begins."""
    stars = f"\x1b[34m\n{'*' * 80}\x1b[0m\n"
    told = "" if message is None else f"\n\nMessage:\n{message}\n\nCarryover: \n"
    return f"{stars}\x1b[34mStarting a new chat....{told}\x1b[0m\n{stars}"


def write_lines(path: Path, *documents: object) -> Path:
    """Write documents as JSON lines and return the path."""
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents))
    return path


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
