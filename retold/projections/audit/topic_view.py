"""How messages moved conversations through their topics, as SQL sees it."""

from __future__ import annotations

from retold.projections.audit.view import View
from retold.projections.models.topic_transition_table import topic_transition_rows
from retold.projections.models.topic_transitions import topic_transitions as transition_list

topic_transitions = View(
    name="topic_transitions",
    description="a row a message that led from topic to topic, or was refused",
    projection=transition_list,
    table=topic_transition_rows,
    columns={
        "session": "id of the conversation",
        "version": "event that says so",
        "root_session": "id of the session it belongs to",
        "agent": "name of the agent whose conversation it is",
        "message": "event of the message",
        "from_topic": "where the conversation was",
        "to_topic": "where it went; null when it was refused",
        "trigger": "class of the message",
        "classifier": "who chose the class",
        "score": "how sure it was, 0 to 1",
        "sentiment": "of the message",
        "off_flow": "whether it went where the transition table has no way",
        "refused": "whether it led nowhere, as the transition table has no way",
        "possible": "a JSON list of the triggers there was a way for; null on the flow",
        "said_at": "when the message was said, by the source's clock",
        "occurred_at": "when it was decided, by the source's clock",
        "recorded_at": "when the log took it",
    },
)
