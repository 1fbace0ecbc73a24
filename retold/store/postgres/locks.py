"""Keys of the advisory locks by which appends take turns."""

from __future__ import annotations

import hashlib


def lock_key(tenant: str, stream: str) -> int:
    """Return the key of a stream's lock, a signed number of 64 bits."""
    return _key(f"{tenant}\x00{stream}")


def inline_lock_key(tenant: str, projection: str) -> int:
    """Return the key of the lock of a projection whose rows are written with each append."""
    # No stream has such a name.
    return _key(f"{tenant}\x00\x00{projection}")


def _key(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
