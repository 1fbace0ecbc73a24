"""What is more urgent goes first, however much waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, Self

from ag2 import Agent
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelMessage, ModelResponse

from retold.agents.orchestrator.entries import RunEntry
from retold.domain.workflow.commands import QueueRun
from tests.agents.orchestrator.orchestras import orchestra, until


class Done(ModelConfig):
    """A model that always says it is done."""

    @property
    def model(self) -> str:
        """Its name."""
        return "done"

    @property
    def provider(self) -> ModelProvider:
        """No provider."""
        raise NotImplementedError

    def copy(self) -> Self:
        """Return itself."""
        return self

    def create(self) -> LLMClient:
        """Return a client."""
        return _Client()

    def create_files_client(self) -> NoReturn:
        """Refuse."""
        raise NotImplementedError


class _Client(LLMClient):
    async def __call__(
        self, messages: Sequence[BaseEvent], context: ConversationContext, **_: Any
    ) -> ModelResponse:
        return ModelResponse(ModelMessage("done"))


async def test_an_urgent_run_overtakes_five_hundred_that_wait() -> None:
    async with orchestra(concurrency=1) as band:
        agent = Agent("a", config=band.log.model(Done()))
        await band.orchestrator.register("a", agent)
        steps = [{"name": name, "agent": "a", "task": name} for name in ("one", "two")]
        definition = await band.orchestrator.define("w", steps)
        parts = band.orchestrator._parts
        for number in range(500):
            command = QueueRun(run=f"{number}", workflow=definition, at=parts.clock())
            await parts.runs.decide(f"{number}", command)
        await parts.queue.put([RunEntry(f"{number}", "first").row(0) for number in range(500)])
        await band.orchestrator.queue("w", priority=10, run="urgent")
        async with band.orchestrator.working():

            async def is_over() -> bool:
                return (await band.orchestrator.status("urgent")).is_over

            await until(is_over)
        begun = [e async for e in band.log.store.read_all(types={"workflow.run_started"})]
        ended = [e async for e in band.log.store.read_all(types={"workflow.run_completed"})]
        assert begun[0].stream == ended[0].stream == "workflow-urgent"
        assert len(begun) < 250


async def test_runs_that_started_end_before_others_of_their_priority_start() -> None:
    async with orchestra(concurrency=1) as band:
        agent = Agent("a", config=band.log.model(Done()))
        await band.orchestrator.register("a", agent)
        steps = [{"name": name, "agent": "a", "task": name} for name in ("one", "two")]
        await band.orchestrator.define("w", steps)
        for run in ("1", "2"):
            await band.orchestrator.queue("w", run=run)
        await band.orchestrator.wait("2")
        types = {"workflow.run_started", "workflow.run_completed"}
        order = [(e.stream[-1], e.type[13:]) async for e in band.log.store.read_all(types=types)]
        assert order == [("1", "started"), ("1", "completed"), ("2", "started"), ("2", "completed")]
