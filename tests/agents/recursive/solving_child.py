"""A process that solves a problem until one question, which it waits for until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import retold
from tests.agents.recursive.solver_model import SolverModel, platform, solver


async def main(url: str, lease_seconds: str) -> None:
    """Solve the platform, but for its orders."""
    async with retold.open(url, lease_seconds=float(lease_seconds)) as log:
        session = await log.session("s")

        async def never() -> str:
            # All else has to be recorded by then.
            while not await _is_waited_for(session):  # noqa: ASYNC110 - the log has no event of it
                await asyncio.sleep(0.01)
            print("asking", flush=True)  # noqa: T201 - the parent waits for it
            await asyncio.Event().wait()
            return ""

        model = SolverModel(platform, {("solve", "Store the orders"): never})
        agent = solver(log, model, max_depth=2, concurrency=2)
        await agent.solve(session, "Build a shop")


async def _is_waited_for(session: retold.Session) -> bool:
    (tree,) = (await session.state("problems")).trees.values()
    solved = {name for name, node in tree.nodes.items() if node.is_solved}
    return {"0.1", "0.2.2"} <= solved


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
