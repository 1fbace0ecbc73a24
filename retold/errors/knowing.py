"""What a knowledge store refuses."""

from __future__ import annotations

from retold.errors.storing import StoreError


class KnowledgeError(StoreError):
    """A knowledge store refused what was asked."""

    code = "knowledge_error"


class InvalidKnowledgeStore(KnowledgeError):
    """Raised when a name cannot name a knowledge store.

    Attributes:
        name: the name.
    """

    code = "invalid_knowledge_store"

    def __init__(self, name: object) -> None:
        self.name = name
        super().__init__(
            f"{name!r} cannot name a knowledge store: a name is 1 to 100 letters, digits, dots, "
            "hyphens and underscores, and begins with a letter or a digit."
        )


class InvalidKnowledgePath(KnowledgeError):
    """Raised when a path cannot be that of a file.

    Attributes:
        path: the path.
    """

    code = "invalid_knowledge_path"

    def __init__(self, path: object, reason: str) -> None:
        self.path = path
        super().__init__(f"{path!r} cannot be the path of a file: {reason}.")


class InvalidKnowledgeContent(KnowledgeError):
    """Raised when a content cannot be kept; the file is as it was.

    Attributes:
        path: of the file.
    """

    code = "invalid_knowledge_content"

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"The content for {path!r} cannot be kept: {reason}.")


class InvalidKnowledgeRange(KnowledgeError, ValueError):
    """Raised when a range of bytes is none, or begins or ends within a character.

    Attributes:
        path: of the file.
        start: first byte.
        end: byte after the last one; None for the end of the file.
    """

    code = "invalid_knowledge_range"

    def __init__(self, path: str, start: object, end: object, reason: str) -> None:
        self.path = path
        self.start = start
        self.end = end
        super().__init__(f"Bytes {start!r} to {end!r} of {path!r} cannot be read: {reason}.")
