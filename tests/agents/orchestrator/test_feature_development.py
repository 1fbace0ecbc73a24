"""The workflow of the chapter that this system is after, and what the log knows of it."""

from __future__ import annotations

import json

from tests.agents.orchestrator.orchestras import Orchestra, orchestra

steps = [
    {
        "name": "requirements_analysis",
        "agent": "researcher",
        "task": "Analyze requirements and create specification",
    },
    {
        "name": "implementation",
        "agent": "developer",
        "task": "Implement the feature based on specification",
    },
    {
        "name": "code_review",
        "agent": "reviewer",
        "task": "Review code quality and provide feedback",
    },
]
feature = {"feature": "user authentication", "requirements": ["OAuth2", "MFA"]}


async def developed(band: Orchestra) -> str:
    await band.add("researcher", "the specification", capabilities=["research", "analysis"])
    await band.add("developer", "the code", capabilities=["coding", "debugging"])
    await band.add("reviewer", '{"approved": true, "score": 9}', capabilities=["review"])
    await band.orchestrator.define("feature_development", steps)
    result = await band.orchestrator.run("feature_development", feature, correlation_id="FD-1")
    assert result.status == "completed"
    assert result.value == {
        "requirements_analysis": "the specification",
        "implementation": "the code",
        "code_review": {"approved": True, "score": 9},
    }
    assert (result.usage.model_calls, result.ids.correlation_id) == (3, "FD-1")
    return result.ids.session


async def test_each_step_is_given_the_input_and_the_results_before_it() -> None:
    async with orchestra() as band:
        run = await developed(band)
        [told] = band.told("reviewer")
        task, _, context = told.partition("\nContext:\n")
        assert task == "Task: Review code quality and provide feedback"
        assert json.loads(context) == {
            "input": feature,
            "requirements_analysis": "the specification",
            "implementation": "the code",
        }
        assert (await band.happened(run))[:6] == [
            "defined",
            "run_queued",
            "run_started",
            "step_ready requirements_analysis",
            "step_started requirements_analysis",
            "step_completed requirements_analysis",
        ]
        assert (await band.happened(run))[-2:] == ["step_completed code_review", "run_completed"]


async def test_a_step_is_a_conversation_below_the_run() -> None:
    async with orchestra() as band:
        run = await developed(band)
        session = await band.log.session(f"{run}/implementation/1")
        transcript = await session.transcript()
        assert [message.text for message in transcript][-1] == "the code"
        everything = [e async for e in band.log.store.read_all(correlation_id="FD-1")]
        streams = {event.stream for event in everything}
        assert {f"conversation-{run}/{step['name']}/1" for step in steps} <= streams
        assert f"workflow-{run}" in streams
        assert {event.metadata["session"] for event in everything} == {run}
        [found] = [e for e in everything if e.stream == f"conversation-{run}/code_review/1"][:1]
        assert found.data["parent"]["stream"] == f"workflow-{run}"


async def test_every_event_of_a_run_follows_from_one_before_it() -> None:
    async with orchestra() as band:
        run = await developed(band)
        known = set()
        async for event in band.log.store.read_all(session=run):
            if event.version > 1 or not event.stream.startswith("workflow-"):
                what = f"{event.type} of {event.stream}"
                is_first = event.type == "workflow.run_queued"
                assert is_first or event.causation_id in known, what
            known.add(event.event_id)


async def test_the_tree_of_delegations_has_the_steps_below_the_run() -> None:
    async with orchestra() as band:
        run = await developed(band)
        page = await band.log.audit.delegation_tree(run)
        assert {row.session for row in page.rows} >= {f"{run}/{step['name']}/1" for step in steps}
