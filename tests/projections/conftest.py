"""Logs to project."""

from __future__ import annotations

import pytest


@pytest.fixture
def sqlite_url(migrated_sqlite_url: str) -> str:
    """URL of an empty SQLite log."""
    return migrated_sqlite_url
