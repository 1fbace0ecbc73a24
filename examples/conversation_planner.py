"""A conversation with a plan: choosing a programming language for web development.

It needs no network and no key. Two planner objects hold the conversation, one after the other, as
two processes would: neither keeps anything, so the second knows where the first stopped.

Run it: ``python examples/conversation_planner.py``
"""

from __future__ import annotations

import asyncio
import json
import sys

from ag2 import Agent

import retold
from retold.domain.plan.commands import Decision
from scripted_model import ScriptedModel

goal = "Help user choose a programming language for web development"
plan = """Here is a plan:

1. **Ask about experience**: Which languages do you know already?
   - Expected user response: names of languages, or none
   - Success criteria: names at least one language, or says that there is none
   - Fallback: Ask for clarification
2. **Ask what it is for**: What do you want to build?
   - Expected user response: a kind of site or application
   - Success criteria: names a kind of site or application
   - Fallback: Rephrase the question
3. **Recommend**: I would take TypeScript with Node.js. Shall we?
   - Success criteria: the user agrees
   - Fallback: Then let us compare TypeScript, Python and Go by what matters to you.
4. **Say goodbye**: Good luck!"""


def planning_rule(heard: str) -> str | None:
    """What the scripted model answers when it is asked for a plan."""
    return plan if "Plan a conversation" in heard else None


def judging_rule(heard: str) -> str | None:
    """What it answers when it is asked to judge."""
    if "Judge whether" not in heard:
        return None
    answer = heard.partition("user's answer")[2].lower()
    meets = any(word in answer for word in ("javascript", "shop", "yes"))
    verdict = "met" if meets else "not_met"
    return json.dumps({"verdict": verdict, "reason": "it says so" if meets else "it does not"})


def planner_in(log: retold.Log) -> retold.ConversationPlanner:
    """Return a planner whose model calls are recorded in a log."""
    model = ScriptedModel(planning_rule, judging_rule)
    agent = Agent("planner", "You plan and guide conversations.", config=log.model(model))
    return retold.ConversationPlanner(agent, policy=retold.PlannerPolicy(fallback_limit=1))


async def main(url: str) -> None:
    """Hold the conversation."""
    async with retold.open(url) as log:
        session = await log.session("web-language")
        planner = planner_in(log)
        planned = await planner.plan(session, goal, max_steps=4)
        if planned.value is None:
            raise SystemExit(f"No plan: {planned.error}")
        for state in planned.value.steps:
            print(f"{state.step.id}. {state.step.description}")
        print(f"\nPlanner: {planned.value.steps[0].step.description}")
        await say(planner, session, "I am not sure what you mean")
        await say(planner, session, "A bit of JavaScript")

    # Another process would go on just so.
    async with retold.open(url) as log:
        session = await log.session("web-language")
        planner = planner_in(log)
        await say(planner, session, "A web shop")
        await say(planner, session, "Hm, no")
        await say(planner, session, "Not that either")
        print("(somebody steps in, and has the user asked again)")
        await planner.decide(session, Decision.RETRY, by="user:ann", reason="gave them a demo")
        await say(planner, session, "Yes, that looks good")
        # The last step has no success criteria: that it is done is for us to decide.
        await say(planner, session, "Thank you")
        await planner.decide(session, Decision.ACCEPT, by="user:ann")

        print()
        for row in (await log.audit.plan_steps(session="web-language")).rows:
            print(f"{row.number}. {row.status}, {row.attempts} attempts, {row.fallbacks} fallbacks")
        print((await log.audit.plan_progress()).rows[0].status)


async def say(planner: retold.ConversationPlanner, session: retold.Session, message: str) -> None:
    """Say something as the user, and show what the planner does."""
    print(f"User:    {message}")
    result = await planner.execute(session, message)
    if result.value is None:
        raise SystemExit(f"It failed: {result.error}")
    waits = result.value.waiting_for
    print(f"Planner: {result.value.say or f'(the plan waits: {waits})'}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "sqlite:///conversation_planner.db"))
