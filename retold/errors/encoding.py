"""What is wrong with a type given to the codec."""

from __future__ import annotations

from retold.errors.root import RetoldError


class TypeRegistrationError(RetoldError):
    """Raised when a type cannot be registered with a codec under the name given."""

    code = "type_registration_error"

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"Cannot register a type as {name!r}: {reason}.")
