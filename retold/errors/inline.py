"""What keeping a projection's rows in the transactions of appends refuses."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from retold.errors.projecting import ProjectionError


class InlineProjectionFailed(ProjectionError):
    """Raised when an append is refused because an inline projection could not fold it.

    Attributes:
        name: the projection.
        stream: of the event it failed on.
        event_version: of that event in its stream.
        event_type: its type.
        reason: type and text of what was raised, which is the cause of this error.
        event_id: of the event; None when it is one of several, which were written together.
    """

    code = "inline_projection_failed"

    def __init__(
        self,
        name: str,
        *,
        stream: str,
        event_version: int,
        event_type: str,
        reason: str,
        event_id: UUID | None,
    ) -> None:
        self.name = name
        self.stream = stream
        self.event_version = event_version
        self.event_type = event_type
        self.reason = reason
        self.event_id = event_id
        super().__init__(
            f"Inline projection {name!r} failed on version {event_version} of stream {stream!r} "
            f"({event_type}): {reason}. Nothing was appended. Mend the event or the projection; to "
            "append without it, stop keeping it inline: retold.stop_inline(store, name), or "
            f"`retold projections stop-inline {name}`."
        )


class InlineProjectionRequired(ProjectionError):
    """Raised when events are appended past projections that are kept inline on PostgreSQL.

    Attributes:
        names: the projections.
    """

    code = "inline_projection_required"

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        shown = ", ".join(self.names)
        super().__init__(
            f"The rows of {shown} are written with each append, and this log was opened without: "
            f"nothing was appended. Open it with inline=[...] that names {shown}; for `retold "
            "import`, name their module with --module. Or stop keeping them inline: "
            "retold.stop_inline(store, name), `retold projections stop-inline NAME`."
        )


class InlineUnavailable(ProjectionError):
    """Raised when a projection cannot be kept inline, by what it is or where the log is.

    Attributes:
        name: the projection.
    """

    code = "inline_unavailable"

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(
            f"Projection {name!r} cannot be kept inline: {reason}. Nothing was changed. "
            "Leave it out of inline=[...]; it is brought up to date when it is read."
        )
