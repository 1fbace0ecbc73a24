"""The projections that come with Retold."""

from __future__ import annotations

from retold.projections.registry import Registry
from retold.projections.session_list import session_list

shipped = Registry(session_list)
