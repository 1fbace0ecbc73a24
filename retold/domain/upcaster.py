"""One step from an old form of an event to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from retold.domain.json_copy import copied_object

if TYPE_CHECKING:
    from retold.domain.event import JsonObject

Change: TypeAlias = "Callable[[JsonObject], JsonObject]"
"""From an old payload to the next: pure, JSON-native to JSON-native."""


class Form(NamedTuple):
    """What an event says, in one form of its type."""

    type: str
    schema_version: int
    data: JsonObject
    metadata: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcaster:
    """One step, from one version of a type to the next.

    Attributes:
        type: the event type.
        from_version: the schema version it starts from.
        function: from the old data to the new.
        metadata: from the old metadata to the new; None to leave them.
        to_type: the type it leads to; ``type`` itself unless the step renames it.
    """

    type: str
    from_version: int
    function: Change
    metadata: Change | None
    to_type: str

    def __call__(self, form: Form) -> Form:
        """Return the next form.

        Args:
            form: of this type and version. The functions get copies, so it stays as it is.

        Raises:
            NotJsonNative: when a function returned what is no JSON object.
            Exception: whatever a function raises.
        """
        data = copied_object(self.function(copied_object(form.data)))
        metadata = form.metadata
        if self.metadata is not None:
            metadata = copied_object(self.metadata(copied_object(metadata)))
        return Form(self.to_type, self.from_version + 1, data, metadata)
