"""What a turn took: tokens, model calls, tool results."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ag2.events import Usage


@dataclass(slots=True)
class Telemetry:
    """Counts of one turn.

    Attributes:
        responses: of models, in the conversation itself; those of nested ones are theirs.
        tool_results: of tools, failed ones included.
        usages: of model calls, as providers reported them, and of nested conversations.
    """

    responses: int = 0
    tool_results: int = 0
    usages: list[Usage] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return the counts by name; a token count that nobody reported is None.

        Raises:
            TypeError: when a provider reported something else than numbers.
        """
        total = asdict(sum(self.usages, Usage()))
        return {
            "model_calls": self.responses,
            "tool_results": self.tool_results,
            "prompt_tokens": total["prompt_tokens"],
            "completion_tokens": total["completion_tokens"],
        }
