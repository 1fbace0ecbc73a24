"""A support conversation, a process killed in mid-turn, and a second one that goes on.

Run it with ``make demo``. It needs no key and no network: without ``OPENAI_API_KEY`` and without
``--base-url`` a scripted model speaks. Everything else is real: AG2's agent, its tools, the
nested conversation, the kill, the log.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ag2 import Agent
from ag2.config import ModelConfig

import retold
import support

lease_seconds = 2.0
patience_seconds = 120.0


def chosen_model(base_url: str | None, name: str) -> ModelConfig | None:
    """Return the real model to use, or None for the scripted one."""
    key = os.environ.get("OPENAI_API_KEY")
    if not key and base_url is None:
        return None
    # Only a real model needs the extra that this comes with.
    from ag2.config import OpenAIConfig  # noqa: PLC0415

    return OpenAIConfig(name, api_key=key or "none", base_url=base_url)


async def first_process(url: str, model: ModelConfig | None) -> None:
    """Hold the conversation up to the refund, in which this process is killed."""
    async with retold.open(url, lease_seconds=lease_seconds) as log:
        session = await log.session(support.session_id, subject="user:7", tags={"env": "demo"})
        agent = support.support_agent(log, model)
        await say(session, agent, support.first_question)
        await say(session, agent, support.second_question)


async def second_process(url: str, model: ModelConfig | None) -> None:
    """Open the same session, go on with it, and close it."""
    async with retold.open(url, lease_seconds=lease_seconds) as log:
        session = await log.session(support.session_id)
        agent = support.support_agent(log, model)
        try:
            await say(session, agent, support.third_question)
        except retold.errors.SessionBusy as busy:
            print(f"  ({busy})", flush=True)
            await asyncio.sleep(busy.seconds_left + 0.1)
            await say(session, agent, support.third_question)
        await session.close("resolved")


async def say(session: retold.Session, agent: Agent[Any], text: str) -> None:
    """Ask, and print what is said."""
    print(f"  customer: {text}", flush=True)
    reply = await session.ask(agent, text)
    print(f"  support:  {reply.body}", flush=True)


async def version_after_first_turn(url: str) -> int:
    """Return the version at which the first turn was over."""
    async with retold.open(url, create=False) as log:
        session = await log.session(support.session_id)
        done = [event for event in await session.events() if event.type == "turn.completed"]
        return done[0].version


def kill_in_mid_turn(command: list[str], folder: Path) -> None:
    """Run the first process and kill it, with no chance to clean up, while the tool works."""
    refunding = folder / "refunding"
    child = subprocess.Popen(command, env=os.environ | {"DEMO_REFUNDING": str(refunding)})
    deadline = time.monotonic() + patience_seconds
    while not refunding.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if not refunding.exists():
        print("  (the model did not call the refund tool, so nothing was killed in mid-turn)")
    else:
        print("  *** kill -9, while the refund tool is at work ***")
    child.send_signal(signal.SIGKILL)
    child.wait()


def retold_command(*arguments: str) -> None:
    """Run a command of the ``retold`` program, and show it."""
    print(f"\n$ retold {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "retold", *arguments], check=True)


def main() -> None:
    """Run the whole demo, or one of its two processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", help="of an OpenAI-compatible server to use")
    parser.add_argument("--model", default="gpt-5-mini", help="name of the real model")
    parser.add_argument("--process", choices=["first", "second"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help="of the log; a file in a temporary folder by default")
    options = parser.parse_args()
    model = chosen_model(options.base_url, options.model)
    if options.process:
        run = first_process if options.process == "first" else second_process
        asyncio.run(run(options.url, model))
        return

    with tempfile.TemporaryDirectory(prefix="retold-demo-") as folder:
        url = options.url or f"sqlite:///{Path(folder) / 'demo.db'}"
        os.environ["RETOLD_URL"] = url
        command = [sys.executable, __file__, *sys.argv[1:], "--url", url, "--process"]
        said = "a scripted model" if model is None else f"the real model {options.model!r}"
        print(f"This demo uses {said}. The log is {url}\n\nThe first process:")
        kill_in_mid_turn([*command, "first"], Path(folder))
        print("\nThe second process:", flush=True)
        subprocess.run([*command, "second"], check=True)
        retold_command("sessions", "list", "--nested")
        version = str(asyncio.run(version_after_first_turn(url)))
        retold_command("sessions", "show", support.session_id, "--at", version)
        retold_command("sessions", "show", support.session_id)
        retold_command("verify")
        print(f"\nDone, with {said}.")


if __name__ == "__main__":
    main()
