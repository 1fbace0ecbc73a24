"""The projections that come with Retold."""

from __future__ import annotations

from retold.projections.accesses import accesses
from retold.projections.full_text import full_text
from retold.projections.human_inputs import human_inputs
from retold.projections.lineage import lineage
from retold.projections.messages import messages
from retold.projections.model_calls import model_calls
from retold.projections.registry import Registry
from retold.projections.releases import releases
from retold.projections.session_list import session_list
from retold.projections.subjects import subjects
from retold.projections.tool_calls import tool_calls
from retold.projections.turns import turns
from retold.projections.usage import versions as usage_versions

shipped = Registry(
    session_list,
    messages,
    full_text,
    human_inputs,
    subjects,
    lineage,
    tool_calls,
    model_calls,
    *usage_versions,
    accesses,
    turns,
    releases,
)
