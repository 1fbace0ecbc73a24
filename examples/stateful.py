"""A conversation with a stateful agent, offline: what each message made of it, and why.

``python examples/stateful.py`` uses a scripted model and a log in memory.
"""

from __future__ import annotations

import asyncio

import retold
from scripted_model import ScriptedModel

messages = (
    "Hello!",
    "How do I return a parcel?",
    "I don't understand, what do you mean by label?",
    "Tell me more about the label",
    "Thanks, that works",
    "Bye",
)


def answer(text: str) -> str:
    """Answer anything."""
    return f"You said: {text}"


async def main() -> None:
    """Talk, then look at what the log says."""
    async with retold.open("sqlite:///:memory:") as log:
        session = await log.session("return-1", subject="user:7")
        agent = retold.StatefulAgent(
            "support", "You help customers.", config=log.model(ScriptedModel(answer))
        )
        await agent.prefer(session, {"tone": "friendly"})
        for message in messages:
            result = await agent.respond(session, message)
            if result.value is not None:
                state = result.value.state
                print(f"{message:48} -> {state.current_topic}, {state.emotional_state}")
        why = await session.explain("conversation.current_topic")
        print(f"\n{why.path} is {why.value!r}, because of:")
        for cause in why.causes:
            print(f"  event {cause.event.version}: {cause.event.type} ({cause.reason})")


if __name__ == "__main__":
    asyncio.run(main())
