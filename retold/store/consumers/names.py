"""The names of the leases of a group."""

from __future__ import annotations


def partition_resource(group: str, partition: int | None = None) -> str:
    """Return what the holder of a partition holds; without a number, how all of them begin."""
    return f"group:{group}/partition/{'' if partition is None else partition}"


def member_prefix(group: str) -> str:
    """Return how what members hold begins."""
    return f"group:{group}/member/"


def member_resource(group: str, member: str) -> str:
    """Return what a member holds as long as it lives."""
    return member_prefix(group) + member
