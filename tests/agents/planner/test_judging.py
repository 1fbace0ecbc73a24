"""Verdicts out of what judges say."""

from __future__ import annotations

import pytest
from ag2 import Agent
from hypothesis import given, strategies as st

from retold.agents.planner.judging import ModelJudge, read_verdict
from retold.domain.plan.step import Verdict
from retold.errors import InvalidPlanLimit
from tests.agents.scripted import Script


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ('{"verdict": "met", "reason": "not that it failed"}', Verdict.MET),
        ('```json\n{"verdict": "not_met", "reason": ""}\n```', Verdict.NOT_MET),
        ('{"verdict": "undecided", "reason": "?"}', Verdict.UNDECIDED),
        ("SUCCESS", Verdict.MET),
        ("FAILURE", Verdict.NOT_MET),
        ("UNSUCCESSFUL", Verdict.NOT_MET),
        ("**Not met**: too vague", Verdict.NOT_MET),
        ("The criteria are not met.", Verdict.NOT_MET),
        ("Unmet", Verdict.NOT_MET),
        ("NOT A SUCCESS", Verdict.NOT_MET),
        ("It is not yet a success", Verdict.NOT_MET),
        ("The criteria haven't been met.", Verdict.NOT_MET),
        ("That isn\u2019t met", Verdict.NOT_MET),
        ("The criteria are not fully met.", Verdict.NOT_MET),
        ("They were never met", Verdict.NOT_MET),
        ("It cannot be met", Verdict.NOT_MET),
        ("It does not pass", Verdict.NOT_MET),
        ("Without success", Verdict.NOT_MET),
        ("Partially met", None),
        ("Almost met", None),
        ("Neither met nor answered", None),
        ("The criteria would be met if they had named one.", None),
        ("Was it a success?", None),
        ("I cannot say yes", None),
        ("Not what was asked, which would be a success", None),
        ("SUCCESS: not really", None),
        ("Yes, but a vague one", None),
        ("Verdict: MET", Verdict.MET),
        ("**Verdict:** SUCCESS - the user did not hesitate", Verdict.MET),
        ("MET. They could name three.", Verdict.MET),
        ("Yes, they named one.", Verdict.MET),
        ("Met\n\nIt is no failure.", Verdict.MET),
        ("Undecided", Verdict.UNDECIDED),
        ("SUCCESS or FAILURE?", None),
        ("Somehow", None),
        ("Metropolis", None),
        ("", None),
        ('{"verdict": "maybe", "reason": "SUCCESS"}', None),
        ('{"verdict": true}', None),
        ("{", None),
    ],
)
def test_a_verdict_is_whole_words_and_only_one(said: str, verdict: Verdict | None) -> None:
    found = read_verdict(said)
    assert (None if found is None else found[0]) == verdict


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(said: str) -> None:
    found = read_verdict(said)
    assert found is None or found[0] in set(Verdict)


def test_a_judge_that_may_not_be_asked_is_refused() -> None:
    with pytest.raises(InvalidPlanLimit, match="attempts is 0"):
        ModelJudge(Agent("judge", config=Script()), attempts=0)
