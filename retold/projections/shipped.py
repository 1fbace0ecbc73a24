"""The projections that come with Retold."""

from __future__ import annotations

from retold.projections.registry import Registry
from retold.projections.releases import releases
from retold.projections.session_list import session_list
from retold.projections.turns import turns

shipped = Registry(session_list, releases, turns)
