"""What a work queue refuses."""

from __future__ import annotations

from retold.errors.storing import StoreError


class WorkQueueError(StoreError):
    """A work queue refused or could not do what was asked."""

    code = "work_queue_error"


class InvalidWorkQueue(WorkQueueError):
    """Raised when a name cannot name a work queue.

    Attributes:
        queue: the name.
    """

    code = "invalid_work_queue"

    def __init__(self, queue: object) -> None:
        self.queue = queue
        super().__init__(
            f"{queue!r} cannot name a work queue: a name is 1 to 100 letters, digits, dots, "
            "hyphens and underscores, and begins with a letter or a digit."
        )


class InvalidWorkItem(WorkQueueError):
    """Raised when an item cannot be put into a work queue; none of its batch was.

    Attributes:
        queue: name of the queue.
        item_id: id of the item.
    """

    code = "invalid_work_item"

    def __init__(self, queue: str, item_id: object, reason: str) -> None:
        self.queue = queue
        self.item_id = item_id
        super().__init__(f"{item_id!r} cannot be an item of work queue {queue!r}: {reason}.")


class WorkItemNotFound(WorkQueueError):
    """Raised when a work queue has no item of an id.

    Attributes:
        queue: name of the queue.
        item_id: the id that was asked for.
    """

    code = "work_item_not_found"

    def __init__(self, queue: str, item_id: str) -> None:
        self.queue = queue
        self.item_id = item_id
        super().__init__(
            f"Work queue {queue!r} has no item {item_id!r}: it was never put there, or it was "
            "finished and then forgotten."
        )


class WorkItemLost(WorkQueueError):
    """Raised when an item is not, or no longer, that of who took it: drop what was done for it.

    Attributes:
        queue: name of the queue.
        item_id: id of the item.
        owner: who had taken it.
        token: the fencing token it was taken with.
        state: what became of it: ``waiting``, ``taken``, ``done`` or ``cancelled``; None when it
            is not in the queue any more.
        newest_token: the fencing token it was taken with last; None likewise.
    """

    code = "work_item_lost"

    def __init__(
        self,
        queue: str,
        item_id: str,
        *,
        owner: str,
        token: int,
        state: str | None,
        newest_token: int | None,
    ) -> None:
        self.queue = queue
        self.item_id = item_id
        self.owner = owner
        self.token = token
        self.state = state
        self.newest_token = newest_token
        if state is None:
            now = "it is not in the queue any more"
        elif state == "cancelled":
            now = "it was cancelled"
        elif state == "taken":
            now = f"its lease lapsed and it was taken again with token {newest_token}"
        elif newest_token == token:
            now = "it was finished" if state == "done" else "its lease lapsed, or it was given back"
        else:
            now = f"it is {state}, and was taken again with token {newest_token}"
        super().__init__(
            f"Item {item_id!r} of work queue {queue!r} is no longer that of {owner!r}, who took "
            f"it with token {token}: {now}. Drop what was done for it; whoever has it does it."
        )
