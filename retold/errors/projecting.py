"""What keeping, rebuilding and comparing read models refuses or cannot do."""

from __future__ import annotations

from collections.abc import Iterable

from retold.errors.root import RetoldError


class ProjectionError(RetoldError):
    """A projection refused or could not do what was asked."""

    code = "projection_error"


class UnknownProjection(ProjectionError):
    """Raised when no projection of that name, or of that version, is registered.

    Attributes:
        name: what was asked for.
        version: which of its versions; None for any.
        known: what there is: names, or versions of that name.
    """

    code = "unknown_projection"

    def __init__(self, name: str, known: Iterable[object], version: int | None = None) -> None:
        self.name = name
        self.version = version
        self.known = tuple(known)
        shown = ", ".join(map(str, self.known)) or "none"
        if version is None:
            text = f"There is no projection {name!r}; there are: {shown}."
        else:
            text = f"Projection {name!r} has no version {version}; it has: {shown}."
        super().__init__(f"{text} Your own are found in the module given with --module.")


class ProjectionNotKept(ProjectionError):
    """Raised when a log holds nothing of a projection: no rows, no checkpoint.

    Attributes:
        name: the projection.
    """

    code = "projection_not_kept"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"This log holds nothing of a projection {name!r}: it was never run here, or is called "
            "differently; 'retold projections list' names them."
        )


class DuplicateProjection(ProjectionError):
    """Raised when two projections of one name and version are registered.

    Attributes:
        name: of both.
        version: of both.
    """

    code = "duplicate_projection"

    def __init__(self, name: str, version: int) -> None:
        self.name = name
        self.version = version
        super().__init__(
            f"Two projections are called {name!r} and have version {version}; raise the version "
            "of the newer one, or name one of them differently."
        )


class DuplicateTable(ProjectionError):
    """Raised when two projections are registered that would keep their rows in one table.

    Attributes:
        table: its name.
        projections: names of the two.
    """

    code = "duplicate_table"

    def __init__(self, table: str, first: str, second: str) -> None:
        self.table = table
        self.projections = (first, second)
        super().__init__(
            f"Projections {first!r} and {second!r} both have a table {table!r}; name one of the "
            "tables differently."
        )


class ProjectionFailed(ProjectionError):
    """Raised when a projection's fold raised; the rows hold everything before that event.

    Attributes:
        name: the projection.
        stream: of the event it failed on.
        event_version: of that event in its stream.
        event_type: its type.
        reason: type and text of what the fold raised.
    """

    code = "projection_failed"

    def __init__(
        self, name: str, stream: str, event_version: int, event_type: str, reason: str
    ) -> None:
        self.name = name
        self.stream = stream
        self.event_version = event_version
        self.event_type = event_type
        self.reason = reason
        super().__init__(
            f"Projection {name!r} stopped before version {event_version} of stream {stream!r} "
            f"({event_type}): its fold raised {reason}. Mend the fold and raise its version, or "
            "run it with on_error='park' (--on-error park) to go on without such events."
        )


class ProjectionCodeChanged(ProjectionError):
    """Raised when a projection's code is not the one its rows were made with.

    Attributes:
        name: the projection.
        version: both have.
    """

    code = "projection_code_changed"

    def __init__(self, name: str, version: int) -> None:
        self.name = name
        self.version = version
        super().__init__(
            f"The code of projection {name!r} changed, but its version is still {version}: rows "
            "that are there may not be what it would make. Raise the version to have them made "
            "anew, or accept the code as equal in effect (--accept-code, accept_code=True)."
        )


class ProjectionBusy(ProjectionError):
    """Raised when another process is rebuilding a projection.

    Attributes:
        name: the projection.
    """

    code = "projection_busy"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"Another process is rebuilding projection {name!r}; wait for it, or stop it. Its "
            "hold lapses by itself a few seconds after it died."
        )


class RebuildRefused(ProjectionError):
    """Raised when rows cannot be rebuilt, switched or dropped as asked.

    Attributes:
        name: the projection.
    """

    code = "rebuild_refused"

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"Projection {name!r}: {reason}. Nothing was changed.")


class ProjectionEventNotParked(ProjectionError):
    """Raised when a projection did not set aside the event that was asked for.

    Attributes:
        name: the projection.
        event_id: of the event.
    """

    code = "projection_event_not_parked"

    def __init__(self, name: str, event_id: object) -> None:
        self.name = name
        self.event_id = event_id
        super().__init__(
            f"Projection {name!r} set aside no event {event_id}. See 'retold projections parked "
            f"{name}' for those it did."
        )


class ProjectionModuleUnusable(ProjectionError):
    """Raised when a module that should hold projections cannot be used.

    Attributes:
        module: its dotted name.
    """

    code = "projection_module_unusable"

    def __init__(self, module: str, reason: str) -> None:
        self.module = module
        super().__init__(f"Module {module!r} gives no projections: {reason}.")


class EmptySearch(ProjectionError):
    """Raised when a text search holds no word to look for.

    Attributes:
        text: what was given.
    """

    code = "empty_search"

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"There is no word in {text!r} to search for: give words with letters or digits, "
            'or a "quoted phrase" of them.'
        )
