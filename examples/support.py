"""A support agent with tools and a colleague, as the demo uses it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from ag2 import Agent
from ag2.config import ModelConfig

import retold
from scripted_model import ScriptedModel

session_id = "ticket-4711"
first_question = "My parcel 1Z-204 never arrived. What happened to it?"
second_question = "Then please refund order A-17."
third_question = "Hello? I was cut off. Did the refund of order A-17 go through?"


def track_parcel(number: str) -> str:
    """Say where a parcel is.

    Args:
        number: the carrier's tracking number.
    """
    return f"{number}: left the depot in Lyon on 3 November, no scan since"


async def refund(order: str) -> str:
    """Refund an order in full. The payment provider takes its time.

    Args:
        order: id of the order.
    """
    if refunding := os.environ.get("DEMO_REFUNDING"):
        Path(refunding).touch()
    await asyncio.sleep(30)
    return f"order {order} refunded"


def refund_status(order: str) -> str:
    """Say whether an order was refunded.

    Args:
        order: id of the order.
    """
    return f"order {order}: no refund was booked"


def support_rule(heard: str) -> str | list[tuple[str, str]] | None:
    """What the scripted support agent does."""
    match heard:
        case text if "never arrived" in text:
            return [
                ("track_parcel", '{"number": "1Z-204"}'),
                ("task_carrier_expert", '{"objective": "Parcel 1Z-204: lost or late?"}'),
            ]
        case text if "no scan since" in text:
            return "Your parcel left Lyon on 3 November and was not seen since; it is lost."
        case text if "please refund" in text:
            return [("refund", '{"order": "A-17"}')]
        case text if "go through" in text:
            return [("refund_status", '{"order": "A-17"}')]
        case text if "no refund was booked" in text:
            return "It did not go through: we were interrupted. I have put it in your file."
    return None


def expert_rule(heard: str) -> str:
    """What the scripted carrier expert says."""
    return "No scan for two weeks: the carrier counts it as lost."


def support_agent(log: retold.Log, model: ModelConfig | None) -> Agent[str]:
    """Return the agent, its model calls recorded in ``log``.

    Args:
        log: the log.
        model: a real model; None for the scripted one.
    """
    expert = Agent(
        "carrier_expert",
        "You know carriers. Answer in one sentence.",
        config=log.model(model or ScriptedModel(expert_rule)),
    )
    return Agent(
        "support",
        "You help customers of a shop. Use the tools; never promise what they do not confirm.",
        config=log.model(model or ScriptedModel(support_rule)),
        tools=[
            track_parcel,
            refund,
            refund_status,
            expert.as_tool(description="Ask the carrier expert about a parcel."),
        ],
    )
