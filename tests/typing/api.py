"""How users write it, for the type checkers; never run."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from ag2 import Agent
from ag2.config import ModelConfig
from ag2.events import BaseEvent

import retold
from retold.domain.conversation_state import ConversationState
from retold.domain.event import JsonObject, NewEvent, RecordedEvent
from retold.domain.fold import Fold
from retold.domain.nested_chat import Delegations
from retold.domain.problem.state import Problems
from retold.domain.workflow.state import WorkflowRun
from retold.projections.access_log import Access
from retold.projections.explaining.explain import Explanation
from retold.projections.explaining.why import Why
from retold.projections.exports.subject import SubjectExport
from retold.projections.models.session_list import session_list
from retold.store import EventStore
from retold.store.append import AppendResult
from retold.store.stream_folds import Folded
from retold.testing import MemoryDatabase, memory_store
from retold.testing.conformance import LogDatabase, StoreConformance


async def use_caches(log: retold.Log, session: retold.Session, config: ModelConfig) -> None:
    """Use the public names of caches."""
    cached: ModelConfig = log.cached(config, retold.Cache(scope="user:7", ttl_seconds=60))
    cached = retold.resilient(log.model(config), cache=retold.Cache(scope=lambda _: None))
    removed: int = len(await log.cache.invalidate(tags={"topic": "x"}))
    served: bool = await log.cache.reject("01a20fcb-8903-7798-8fd2-5390795a68f0")
    assistant = retold.CachingAssistantAgent("a", config=log.model(config))
    result = await assistant.respond(session, "hello")
    text: str | None = None if result.value is None else result.value.text
    del cached, removed, served, text


async def orchestrate(log: retold.Log) -> None:
    """Ask for what there is of an orchestrator, and of a run."""
    orchestrator = retold.AgentOrchestrator(log)
    now: retold.OrchestratorStatus = await orchestrator.status()
    then: retold.OrchestratorStatus = await orchestrator.status(at=7)
    run: WorkflowRun = await orchestrator.status("r")
    del now, then, run


async def use(config: ModelConfig) -> None:
    """Use the public names."""
    async with retold.open("sqlite:///log.db", tenant="acme", actor="alice") as log:
        session: retold.Session = await log.session("s", subject="user:7", tags={"env": "prod"})
        agent = Agent("support", config=log.model(config))
        guarded = retold.resilient(log.model(config), timeout=30, retry=retold.Retry(attempts=3))
        again: ModelConfig = log.model(guarded)
        del again
        reply = await session.ask(agent, "hello", variables={"x": 1}, correlation_id="c")
        body: str | None = reply.body
        history: list[BaseEvent] = await session.history(at=3)
        history = await session.history(at=datetime.now().astimezone(), clock="source")
        state: ConversationState = await session.state("conversation", at=3)
        fold = Fold("n", int, lambda n, _: n + 1, lambda n: {"n": n}, lambda data: data["n"])
        folded: Folded[int] = await log.store.fold("note-1", fold, to_version=3)
        deleted: int = await log.store.delete_snapshots(fold=fold.name)
        async for summary in log.sessions(retold.SessionQuery(search="hello")):
            messages: int = summary.messages
            del messages
        explained: Explanation = await session.explain("conversation.variables.topic", at=3)
        cause: RecordedEvent = explained.causes[0].event
        chain: Why = await session.why(3)
        page: str = await session.export("html")
        spans: JsonObject = await session.export("spans")
        spans = await session.export("otlp")
        events: list[JsonObject] = await session.export("events")
        events = await session.export("jsonl")
        theirs: SubjectExport = await log.export_subject("user:7", "7", export_format="otlp")
        read: list[Access] = await log.accesses(actor="alice", limit=3)
        del cause, chain, page, spans, events, read, theirs
        costs = await log.audit.cost("day", limit=10)
        dollars: list[Decimal | None] = [row.cost_usd for row in costs.rows]
        costs = await log.audit.cost("day", limit=10, after=costs.next)
        said: list[str] = [row.text for row in (await log.audit.transcript("s")).rows]
        names: tuple[str, ...] = (await log.sql("SELECT :a AS a", {"a": 1})).columns
        del dollars, said, names
        await session.close("done")
        del body, history, state, folded, deleted
    upcasters = retold.Upcasters()
    upcasters.register("shop.order_placed", 1, lambda data: {**data, "currency": "EUR"})
    upcasters.aliases("shop.order_made", "shop.order_placed")
    async with retold.open(upcasters=upcasters) as log:
        version: int | None = upcasters.current_version("shop.order_made")
        del version
    async with retold.open(inline=[session_list]) as log:
        await retold.stop_inline(log.store, session_list.name)


async def use_systems(session: retold.Session, agent: Agent[str]) -> None:
    """Use the systems of agents."""
    solver = retold.RecursiveAgent(agent, budget=retold.Budget(model_calls=9))
    solved: retold.Result[retold.Solution] = await solver.solve(session, "P", context={"a": 1})
    problems: Problems = await session.state("problems", at=3)
    del solved, problems
    director = retold.HierarchicalAgent("d", sub_agents={"a": agent}, max_turns=3)
    async with director.in_session(session, work="w") as work:
        result: retold.Result[str] = await work.delegate("t", to="a", context={"x": 1})
    value: str | None = result.value
    chats: Delegations = await session.state("delegations", at=3)
    del value, chats


async def use_in_tests() -> None:
    """Use the names for users' own tests."""
    database: LogDatabase = MemoryDatabase()
    store: EventStore
    async with memory_store() as store, database.open_store(tenant="acme") as other:
        result: AppendResult = await store.append(
            "ticket-1", [NewEvent(type="ticket.opened", data={})], expected_version=0
        )
        events: list[RecordedEvent] = [event async for event in other.read_all()]
        del result, events
    await database.alter_event("ticket-1", 1, "{}")


class TestMyStore(StoreConformance):
    """The suite on a store of one's own."""

    @pytest.fixture
    def database(self) -> LogDatabase:
        """An empty database."""
        return MemoryDatabase()
