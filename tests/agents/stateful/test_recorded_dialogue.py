"""A recorded dialogue that was held to flow charts is a session like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

import retold
from retold.agents.stateful.classifiers import RuleClassifier
from retold.domain.dialogue.rules import WordRules
from retold.errors import UnknownTopic
from retold.importers import import_paths
from retold.importers.flow_charts import FlowChart
from retold.importers.flow_checks import first_topic, record_flow_check
from tests.agents.scripted import Script
from tests.importers.recordings import dialogue, write

charts: dict[str, FlowChart] = {"cook": {"hello": "ask", "ask": "tell", "tell": "bye"}}


async def test_it_is_explained_audited_and_gone_on_with(store_url: str, tmp_path: Path) -> None:
    steps = [
        {"Agent": "Wizard", "Action": "pick_suggestion", "Text": "t", "ActionLabel": label}
        for label in ("hello", "tell", "never")
    ]
    scenario = {"WizardCapabilities": [{"Task": "cook"}]}
    path = write(tmp_path / "d.json", dialogue(7, *steps, Scenario=scenario))
    async with retold.open(store_url) as log:
        await import_paths(log.store, [path])
        await record_flow_check(log.store, "7", charts)
        session = await log.session("7")
        state = await session.state("conversation")
        assert (state.current_topic, state.off_flow_count, state.refusal_count) == ("tell", 1, 1)
        why = await session.explain("conversation.current_topic")
        assert why.event is not None
        assert why.event.data["off_flow"] is True
        # Its cause is what the wizard did.
        version = state.transitions[-1].message
        (said,) = (edge.event for edge in why.causes if edge.event.version == version)
        assert said.data["source"]["ActionLabel"] == "tell"
        (refused,) = (await log.audit.topic_transitions(session="7", refused=True)).rows
        assert (refused.trigger, refused.possible) == ("never", ("bye",))

        script = Script("a", "b")
        config = log.model(script)
        with pytest.raises(UnknownTopic, match="'tell'"):
            await session.ask(retold.StatefulAgent("support", config=config), "bye")
        words = RuleClassifier(WordRules("words", {"bye": {"bye": 1.0}}, "ask"))
        table = retold.TransitionTable.of_graph(charts["cook"], initial=first_topic)
        agent = retold.StatefulAgent("support", config=config, table=table, classifier=words)
        await session.ask(agent, "bye")
        assert (await session.state("conversation")).current_topic == "bye"
        # The message of the turn that failed is taken in first; there is no way on from "bye".
        rows = (await log.audit.topic_transitions(agent="support")).rows
        assert [(row.from_topic, row.to_topic) for row in rows] == [("bye", None), ("tell", "bye")]
        assert (await log.verify()).ok
