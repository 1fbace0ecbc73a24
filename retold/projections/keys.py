"""Text that comes from payloads and is a key or in an index, which databases limit in length."""

from __future__ import annotations

import hashlib

from retold.store.codec import made_plain

# PostgreSQL takes 2,704 bytes in a row of an index, and a character may have four.
longest_key = 300
_kept = 240


def key_text(text: str) -> str:
    """Return text as a key holds it: as it is, but for what is very long.

    Args:
        text: any; what databases refuse is spelled out. Of more than :data:`longest_key`
            characters only the first are kept, with a hash of them all.
    """
    plain = made_plain(text)
    if len(plain) <= longest_key:
        return plain
    digest = hashlib.sha256(plain.encode()).hexdigest()
    return f"{plain[:_kept]}\u2026{digest[:32]}"
