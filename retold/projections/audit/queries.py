"""The named queries there are. A part that brings events brings its queries here."""

from __future__ import annotations

from retold.projections.audit.query import Queries
from retold.projections.audit.sessions import sessions

queries = Queries(sessions)
