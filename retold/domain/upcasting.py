"""Upcasters: pure functions from the form an event was recorded in to the one of today.

Events that are written are never rewritten. A type whose payload changes gets its next schema
version and an upcaster from the version before; reading chains them (Greg Young, "Versioning in
an Event Sourced System", 2016).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from retold.domain.code_version import code_version_of
from retold.domain.json_copy import NotJsonNative
from retold.domain.upcaster import Change, Form, Upcaster
from retold.errors import FutureSchemaVersion, UpcasterRegistrationError, UpcastFailed
from retold.errors.meaning import EventPlace

if TYPE_CHECKING:
    from retold.domain.event import JsonObject, NewEvent, RecordedEvent

# No event has this version, so that one lookup tells a name that is read as another.
_never_current = 0


class Upcasters:
    """The versions of event types that this code knows, and the steps between them.

    Register all of them before a log is opened with it: :func:`retold.open` takes a copy.
    """

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Upcaster] = {}
        self._aliases: dict[str, str] = {}
        self._declared: dict[str, int] = {}
        self._newest: dict[str, int] = {}
        # Old name to the next one, by alias or by step.
        self._renamed: dict[str, str] = {}
        # The version at which an event of a type is left alone.
        self._current: dict[str, int] = {}

    def register(
        self,
        event_type: str,
        from_version: int,
        function: Change,
        *,
        metadata: Change | None = None,
        to_type: str | None = None,
    ) -> None:
        """Add the step from one version of a type to the next.

        Args:
            event_type: the event type.
            from_version: the version it starts from; the steps of a type are added in order.
            function: from the old data to the new. It is given a copy of its own.
            metadata: from the old metadata to the new; they stay as they are when None.
            to_type: what the type is called from the next version on; the same when None.

        Raises:
            UpcasterRegistrationError: when the step is there already, leaves a gap, starts at
                an old name or goes beyond the version of the type's class.
        """
        self._add(
            Upcaster(
                type=event_type,
                from_version=from_version,
                function=function,
                metadata=metadata,
                to_type=to_type or event_type,
            )
        )

    def aliases(self, old_name: str, new_name: str) -> None:
        """Let events stored under an old name be read as those of a new one, version by version.

        Args:
            old_name: the name in the log.
            new_name: the type's name today. Renaming it again needs one more alias only.

        Raises:
            UpcasterRegistrationError: when the old name is a type of its own, or has another
                new name already.
        """
        self._add_alias(old_name, new_name)

    def declare(self, event_type: str, version: int) -> None:
        """Say which version of a type its class is; an event registry does so.

        Args:
            event_type: the event type.
            version: what events of it are written as.

        Raises:
            UpcasterRegistrationError: when the registered steps do not lead to that version.
        """
        if event_type in self._renamed:
            raise UpcasterRegistrationError(
                event_type,
                f"it is an old name of {self.current_name(event_type)!r}, so it has no class",
            )
        reached = self._newest.get(event_type, 1)
        if reached != version:
            raise UpcasterRegistrationError(
                event_type,
                f"its class is version {version}, its upcasters lead to {reached}; register the "
                "upcaster from every version before, and before the class",
            )
        self._declared[event_type] = version
        self._know(event_type, version)

    def current_version(self, event_type: str) -> int | None:
        """Return the newest version of a stored type this code knows; None when it knows none."""
        return self._newest.get(self._aliases.get(event_type, event_type))

    def current_name(self, event_type: str) -> str:
        """Return what a type is called today."""
        name = event_type
        while name in self._renamed:
            name = self._renamed[name]
        return name

    @cached_property
    def code_version(self) -> str:
        """What tells these upcasters from others, by their code; empty when there are none.

        It is computed when it is first asked for, after the last registration.
        """
        steps = [
            f"{kind}/{version} {step.to_type} "
            + code_version_of(step.function, *([step.metadata] if step.metadata else []))
            for (kind, version), step in sorted(self._steps.items())
        ]
        aliases = [f"{old} {new}" for old, new in sorted(self._aliases.items())]
        if not steps and not aliases:
            return ""
        return hashlib.sha256("\n".join([*steps, *aliases]).encode()).hexdigest()[:16]

    def stored_names(self, types: Collection[str]) -> tuple[str, ...]:
        """Return every name under which events of these types may be stored.

        Args:
            types: names, of today or old ones.
        """
        wanted = {self.current_name(name) for name in types}
        old = {name for name in self._renamed if self.current_name(name) in wanted}
        return tuple(sorted(wanted | old))

    def upcast(
        self,
        event_type: str,
        schema_version: int,
        data: JsonObject,
        metadata: JsonObject,
    ) -> Form:
        """Return what an event says, in the form of today.

        Args:
            event_type: as stored.
            schema_version: as stored.
            data: as stored; it stays as it is.
            metadata: as stored; it stays as it is.

        Returns:
            The same objects when nothing has changed since; types this code knows nothing of
            are of today, whatever their version.

        Raises:
            FutureSchemaVersion: when the version is newer than this code knows.
            UpcastFailed: when a step fails, or there is none from that version.
        """
        form = Form(event_type, schema_version, data, metadata)
        return form if self._is_current(event_type, schema_version) else self._upcast(form, None)

    def upcast_event(self, event: RecordedEvent) -> RecordedEvent:
        """Return a recorded event in the form of today.

        Ids, places, times and the digest stay those of what is stored.

        Args:
            event: as stored.

        Returns:
            The same object when nothing has changed since.

        Raises:
            FutureSchemaVersion, UpcastFailed: as of :meth:`upcast`, saying which event.
        """
        # In line, not by a method: every event that is read comes by here.
        if self._current.get(event.type, event.schema_version) == event.schema_version:
            return event
        form = self._upcast(
            Form(event.type, event.schema_version, event.data, event.metadata),
            EventPlace(event.stream, event.version, event.event_id),
        )
        return event.with_content(
            type=form.type,
            schema_version=form.schema_version,
            data=form.data,
            metadata=form.metadata,
        )

    def upcast_events(self, events: list[RecordedEvent]) -> list[RecordedEvent]:
        """Return recorded events in the form of today; errors as of :meth:`upcast_event`."""
        # In line, not by a method: every event that is read comes by here.
        current = self._current.get
        return [
            event
            if current(event.type, event.schema_version) == event.schema_version
            else self.upcast_event(event)
            for event in events
        ]

    def check_appendable(self, event: NewEvent) -> None:
        """Refuse an event of a version that this code could not read back.

        Args:
            event: about to be appended. Older versions are fine, as when a log is copied.

        Raises:
            FutureSchemaVersion: when the version is newer than this code knows.
        """
        # What is no event at all is refused by the store, with an error of its own.
        kind, version = getattr(event, "type", None), getattr(event, "schema_version", None)
        if isinstance(kind, str) and isinstance(version, int):
            known = self.current_version(kind)
            if known is not None and version > known:
                raise FutureSchemaVersion(kind, version, known)

    def __or__(self, other: Upcasters) -> Upcasters:
        """Return a registry that knows what both know.

        Raises:
            UpcasterRegistrationError: when they contradict each other.
        """
        both = Upcasters()
        steps = {**self._steps}
        for key, step in other._steps.items():
            if steps.setdefault(key, step) != step:
                raise UpcasterRegistrationError(*_taken(step))
        for _, step in sorted(steps.items(), key=lambda item: item[0][1]):
            both._add(step)
        for one in (self, other):
            for old_name, new_name in one._aliases.items():
                both._add_alias(old_name, new_name)
        for one in (self, other):
            for name, version in one._declared.items():
                both.declare(name, version)
        return both

    def _is_current(self, name: str, version: int) -> bool:
        return self._current.get(name, version) == version

    def _upcast(self, form: Form, place: EventPlace | None) -> Form:
        stored = form.type
        form = form._replace(type=self._aliases.get(stored, stored))
        known = self._newest.get(form.type)
        if known is None:
            return form
        if form.schema_version > known:
            raise FutureSchemaVersion(stored, form.schema_version, known, place)
        while not self._is_current(form.type, form.schema_version):
            step = self._steps.get((form.type, form.schema_version))
            if step is None:
                raise UpcastFailed(form.type, form.schema_version, "there is no upcaster", place)
            try:
                form = step(form)
            except Exception as error:
                # The text of another's error may hold the payload; it is in the cause.
                ours = isinstance(error, NotJsonNative)
                reason = str(error) if ours else f"it raised {type(error).__name__}"
                raise UpcastFailed(form.type, form.schema_version, reason, place) from error
        return form

    def _add(self, step: Upcaster) -> None:
        name, start, target = step.type, step.from_version, step.to_type
        if (name, start) in self._steps:
            raise UpcasterRegistrationError(*_taken(step))
        for one in {name, target}:
            if one in self._aliases:
                new_name = self._aliases[one]
                raise UpcasterRegistrationError(
                    one, f"it is an old name of {new_name!r}; register the step for that one"
                )
        self._check_start(step)
        self._check_end(step)
        self._steps[name, start] = step
        if target != name:
            self._renamed[name] = target
            self._know(name, start)
        self._know(target, max(start + 1, self._newest.get(target, 0)))

    def _check_start(self, step: Upcaster) -> None:
        name, start, renames = step.type, step.from_version, step.to_type != step.type
        reached = self._newest.get(name)
        if start < 1 or (start > 1 and reached != start):
            raise UpcasterRegistrationError(
                name,
                f"nothing leads to version {start}; register the steps before it first, from "
                "version 1",
            )
        if renames and reached not in {None, start}:
            raise UpcasterRegistrationError(
                name, f"its newest version is {reached}; only that one can get another name"
            )
        declared = self._declared.get(name)
        if declared is not None and (renames or start >= declared):
            raise UpcasterRegistrationError(
                name,
                f"its class is version {declared}; raise that, and register the upcasters before "
                "the class",
            )

    def _check_end(self, step: Upcaster) -> None:
        target, end = step.to_type, step.from_version + 1
        reached = self._newest.get(target)
        goes_on = reached is None or reached == end or (target, end) in self._steps
        if not goes_on and (target, step.from_version) != (step.type, reached):
            raise UpcasterRegistrationError(
                target, f"nothing leads from version {end} to its newest version {reached}"
            )

    def _add_alias(self, old_name: str, new_name: str) -> None:
        if old_name in self._newest:
            raise UpcasterRegistrationError(
                old_name, f"it is a type of its own, not an old name of {new_name!r}"
            )
        target = self._aliases.get(new_name, new_name)
        if self._aliases.get(old_name, target) != target or target == old_name:
            known = self._aliases.get(old_name, old_name)
            raise UpcasterRegistrationError(
                old_name, f"it stands for {known!r}, and cannot stand for {new_name!r} too"
            )
        for earlier, at in self._aliases.items():
            if at == old_name:
                self._aliases[earlier] = self._renamed[earlier] = target
        self._aliases[old_name] = self._renamed[old_name] = target
        self._current[old_name] = _never_current

    def _know(self, name: str, newest: int) -> None:
        self._newest[name] = newest
        self._current[name] = _never_current if name in self._renamed else newest


def _taken(step: Upcaster) -> tuple[str, str]:
    return step.type, f"there is another upcaster from version {step.from_version} already"
