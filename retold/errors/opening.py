"""Why a log could not be opened."""

from __future__ import annotations

from pathlib import Path

from retold.errors.root import RetoldError


class OpenError(RetoldError):
    """A log could not be opened; nothing was changed."""

    code = "open_error"


class UnsupportedUrl(OpenError):
    """Raised when a URL names no database Retold can use."""

    code = "unsupported_url"

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"Cannot open {url!r}: {reason}. "
            "Use sqlite:///file.db or postgresql://user@host:5432/database."
        )


class MissingExtra(OpenError):
    """Raised when the database driver or provider package is not installed."""

    code = "missing_extra"

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"The package {package!r} is not installed. Install it with: "
            f"pip install 'retold[{extra}]'"
        )


class NotWritable(OpenError):
    """Raised when the database file, or the folder it belongs in, cannot be written."""

    code = "not_writable"

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"Cannot write {str(path)!r}: {reason}. "
            "Choose another path, or give this user write permission on the file and its folder."
        )


class DatabaseMissing(OpenError):
    """Raised when a database that must exist already (to be read, say) does not."""

    code = "database_missing"

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"There is no Retold database at {url!r}. Check --url or RETOLD_URL; "
            "importing or recording creates a SQLite file, `retold db upgrade` any database."
        )


class NotARetoldDatabase(OpenError):
    """Raised when the database holds something else than a Retold log."""

    code = "not_a_retold_database"

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"{url!r} is not a Retold database: {reason}. Nothing was changed. "
            "Name an empty or a new database."
        )


class DatabaseNotMigrated(OpenError):
    """Raised when a PostgreSQL database is empty or older than this release."""

    code = "database_not_migrated"

    def __init__(self, url: str, found: str | None, needed: str) -> None:
        self.url = url
        self.found = found
        self.needed = needed
        super().__init__(
            f"The database {url!r} is at schema {found or 'none'}, this release needs {needed}. "
            f"Run: retold db upgrade --url {url}"
        )


class DatabaseDamaged(OpenError):
    """Raised when the database file is cut off or otherwise no longer what SQLite wrote."""

    code = "database_damaged"

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"The database {url!r} is damaged: {reason}. Nothing was changed. "
            "Restore it from a backup, or name a new file."
        )


class InvalidTenant(OpenError):
    """Raised when a log is opened for a tenant whose name cannot be stored."""

    code = "invalid_tenant"

    def __init__(self, tenant: object) -> None:
        self.tenant = tenant
        super().__init__(f"{tenant!r} is no tenant. Use printable text of 1 to 255 characters.")


class InvalidActor(OpenError):
    """Raised when a log is opened for an actor whose name says nothing, or cannot be shown."""

    code = "invalid_actor"

    def __init__(self, actor: object) -> None:
        self.actor = actor
        super().__init__(
            f"{actor!r} is no actor. Use printable text of 1 to 255 characters, as in "
            "retold.open(url, actor='alice') or RETOLD_ACTOR."
        )


class DatabaseTooNew(OpenError):
    """Raised when the database was written by a later release."""

    code = "database_too_new"

    def __init__(self, url: str, found: str, known: str) -> None:
        self.url = url
        self.found = found
        self.known = known
        super().__init__(
            f"The database {url!r} is at schema {found}, which this release does not know "
            f"(its newest is {known}). Upgrade the retold package; nothing was changed."
        )
