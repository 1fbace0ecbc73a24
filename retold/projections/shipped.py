"""The projections that come with Retold."""

from __future__ import annotations

from retold.projections.full_text import full_text
from retold.projections.human_inputs import human_inputs
from retold.projections.lineage import lineage
from retold.projections.messages import messages
from retold.projections.registry import Registry
from retold.projections.session_list import session_list
from retold.projections.subjects import subjects

shipped = Registry(session_list, messages, full_text, human_inputs, subjects, lineage)
