"""What a consumer group refuses."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from retold.errors.storing import StoreError


class ConsumerError(StoreError):
    """A consumer group refused or could not do what was asked."""

    code = "consumer_error"


class InvalidGroup(ConsumerError):
    """Raised when a consumer group is described in a way that makes no sense.

    Attributes:
        group: its name.
    """

    code = "invalid_group"

    def __init__(self, group: object, reason: str) -> None:
        self.group = group
        super().__init__(f"{group!r} cannot be a consumer group: {reason}.")


class GroupMismatch(ConsumerError):
    """Raised when a process joins a group with other partitions or another selection.

    Attributes:
        group: its name.
        stored: what the first process began it with.
        given: what this process gave.
    """

    code = "group_mismatch"

    def __init__(self, group: str, stored: str, given: str) -> None:
        self.group = group
        self.stored = stored
        self.given = given
        super().__init__(
            f"Consumer group {group!r} was begun with {stored}, this process gave {given}. "
            "Give the same, use another name, or delete the group and begin anew."
        )


class GroupNotFound(ConsumerError):
    """Raised when there is no such consumer group.

    Attributes:
        group: the name that was asked for.
    """

    code = "group_not_found"

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(
            f"There is no consumer group {group!r} of this tenant. `retold groups list` shows "
            "them; the first process that runs one begins it."
        )


class GroupInUse(ConsumerError):
    """Raised when a group is to be deleted while processes work in it.

    Attributes:
        group: its name.
        members: the ids of its live members.
    """

    code = "group_in_use"

    def __init__(self, group: str, members: Sequence[str]) -> None:
        self.group = group
        self.members = tuple(members)
        super().__init__(
            f"Consumer group {group!r} was not deleted: {', '.join(members)} work in it. Stop "
            "them first; one that died is gone when its lease has lapsed."
        )


class ParkedEventNotFound(ConsumerError):
    """Raised when an event is not parked in a group.

    Attributes:
        group: name of the group.
        event_id: the id that was asked for.
    """

    code = "parked_event_not_found"

    def __init__(self, group: str, event_id: UUID) -> None:
        self.group = group
        self.event_id = event_id
        super().__init__(
            f"Event {event_id} is not parked in consumer group {group!r}. "
            f"`retold groups parked {group}` shows those that are."
        )


class HandlerFailed(ConsumerError):
    """Raised out of a run that stops at failures, when a handler failed at every attempt.

    Its cause is what the handler raised.

    Attributes:
        group: name of the group.
        partition: number of the partition.
        event_id: id of the event.
        stream: its stream.
        version: its version there.
        attempts: how often it was tried.
    """

    code = "handler_failed"

    def __init__(
        self,
        group: str,
        *,
        partition: int,
        event_id: UUID,
        stream: str,
        version: int,
        attempts: int,
    ) -> None:
        self.group = group
        self.partition = partition
        self.event_id = event_id
        self.stream = stream
        self.version = version
        self.attempts = attempts
        super().__init__(
            f"The handler of consumer group {group!r} failed {attempts} times on version "
            f"{version} of {stream!r} (event {event_id}, partition {partition}). The checkpoint "
            "stands before it: mend the handler and run again, or park failures."
        )
