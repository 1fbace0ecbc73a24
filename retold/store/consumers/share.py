"""Which partitions a member of a group should hold."""

from __future__ import annotations

from collections.abc import Iterable


def fair_share(member: str, members: Iterable[str], partitions: int) -> int:
    """Return how many partitions a member should hold.

    The shares of all members add up to all partitions and differ by one at the most; members who
    see the same members agree on them without talking to each other.

    Args:
        member: its id.
        members: the ids of all live members; itself may be missing.
        partitions: how many there are.
    """
    ranked = sorted({member, *members})
    share, left = divmod(partitions, len(ranked))
    return share + (ranked.index(member) < left)
