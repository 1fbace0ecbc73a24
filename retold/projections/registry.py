"""The projections a program knows, by name and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from retold.errors import DuplicateProjection, DuplicateTable, UnknownProjection
from retold.projections.projection import Projection


class Registry:
    """Projections by name; of each name, the newest version is the one that is kept up."""

    def __init__(self, *projections: Projection) -> None:
        """Take projections, in any order; errors as of :meth:`add`."""
        self._versions: dict[str, dict[int, Projection]] = {}
        self._owners: dict[str, str] = {}
        self.add(*projections)

    def add(self, *projections: Projection) -> None:
        """Take projections; the same one again is a no-op.

        Raises:
            DuplicateProjection: when another one has its name and version.
            DuplicateTable: when a projection of another name has a table of the same name.
        """
        for projection in projections:
            for table in projection.tables:
                owner = self._owners.setdefault(table.name, projection.name)
                if owner != projection.name:
                    raise DuplicateTable(table.name, owner, projection.name)
            versions = self._versions.setdefault(projection.name, {})
            known = versions.setdefault(projection.version, projection)
            if known is not projection:
                raise DuplicateProjection(projection.name, projection.version)

    def get(self, name: str, version: int | None = None) -> Projection:
        """Return a projection.

        Args:
            name: its name.
            version: which version; the newest when None.

        Raises:
            UnknownProjection: when there is none.
        """
        versions = self._versions.get(name)
        if versions is None:
            raise UnknownProjection(name, self.names())
        if version is None:
            return versions[max(versions)]
        if version not in versions:
            raise UnknownProjection(name, sorted(versions), version)
        return versions[version]

    def names(self) -> tuple[str, ...]:
        """Return the names, sorted."""
        return tuple(sorted(self._versions))

    def versions(self, name: str) -> tuple[Projection, ...]:
        """Return all versions of a projection, the oldest first; none when it is not known."""
        versions = self._versions.get(name, {})
        return tuple(versions[number] for number in sorted(versions))

    def select(self, names: Iterable[str]) -> tuple[Projection, ...]:
        """Return the newest version of each of these; of all when there are none.

        Raises:
            UnknownProjection: when there is no such projection.
        """
        return tuple(map(self.get, dict.fromkeys(names))) or tuple(self)

    def __iter__(self) -> Iterator[Projection]:
        return iter([self.get(name) for name in self.names()])

    def __or__(self, other: Registry) -> Registry:
        """Return what both know; errors as of :meth:`add`."""
        both = Registry()
        for registry in (self, other):
            for name in registry.names():
                both.add(*registry.versions(name))
        return both
