"""Files beside the log, for AG2's knowledge stores: chunk rows, and an event for every change."""

from __future__ import annotations

from retold.store.knowledge.files import KnowledgeFiles
from retold.store.knowledge.table import StoredFile
from retold.store.knowledge.verifying import FileFault

__all__ = ["FileFault", "KnowledgeFiles", "StoredFile"]
