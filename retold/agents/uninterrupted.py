"""Work that is finished whatever becomes of its caller, for this floor's modules."""

from __future__ import annotations

from retold.store.uninterrupted import uninterrupted

__all__ = ["uninterrupted"]
