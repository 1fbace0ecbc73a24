"""The transition tables that come with Retold."""

from __future__ import annotations

from retold.domain.dialogue.rules import message_classes
from retold.domain.dialogue.table import TransitionTable

_opening = frozenset({"greeting", "farewell"})


def _default_ways(topic: str) -> dict[str, str]:
    # A greeting in the middle of a topic does not end the topic.
    return {
        message_class: topic
        if message_class == "greeting" and topic not in _opening
        else message_class
        for message_class in message_classes
    }


default_table = TransitionTable(
    {topic: _default_ways(topic) for topic in message_classes},
    initial="greeting",
    terminal=frozenset({"farewell"}),
)
"""Has a way on for every class that the default classifier gives, from every topic.

A conversation may end with a farewell, and be taken up again after it.
"""

sketch_table = TransitionTable(
    {
        "greeting": ["question_asked", "topic_introduced"],
        "question_asked": ["answering", "clarifying"],
        "topic_introduced": ["deepening", "broadening"],
        "deepening": ["expert_analysis", "solution_provided"],
        "broadening": ["topic_introduced", "comparison_made"],
    },
    initial="greeting",
    terminal=frozenset(
        {"answering", "clarifying", "expert_analysis", "solution_provided", "comparison_made"}
    ),
)
"""An example of a table that is well formed and gets stuck: what leads on from a question is said
by nobody whose messages are classified as :data:`sketch_classes`; ``stuck_with`` tells."""

sketch_classes = ("greeting", "question_asked", "deepening", "comparison_made", "topic_introduced")
"""The classes of messages that :data:`sketch_table` was made for."""
