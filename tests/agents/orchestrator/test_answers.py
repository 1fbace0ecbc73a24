"""What a model answers as the result of a step."""

from __future__ import annotations

from typing import Any

import pytest
from ag2.events import ModelMessage, ModelResponse

from retold.agents.orchestrator.asking import result_of
from tests.agents.orchestrator.orchestras import orchestra

too_long = '{"n": 123456789012345678901234567890}'


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("[1, 2]", [1, 2]),
        (' {"a": {"b": null}}', {"a": {"b": None}}),
        ("7", "7"),
        ("[1, 2", "[1, 2"),
        ("[NaN]", "[NaN]"),
        (too_long, too_long),
        (f"[{2**64 - 1}, {-(2**63)}]", [2**64 - 1, -(2**63)]),
        (f"[{2**64}]", f"[{2**64}]"),
    ],
)
def test_json_that_can_be_stored_is_that_and_all_else_is_text(text: str, result: Any) -> None:
    assert result_of(ModelResponse(ModelMessage(text))) == result


async def test_an_answer_with_a_number_that_cannot_be_stored_is_a_result() -> None:
    async with orchestra() as band:
        await band.add("a", too_long)
        await band.orchestrator.define("w", [{"name": "one", "agent": "a", "task": "x"}])
        assert (await band.orchestrator.run("w")).value == {"one": too_long}
