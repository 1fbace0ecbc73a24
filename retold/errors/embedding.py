"""What keeps texts from becoming vectors, or vectors from being compared."""

from __future__ import annotations

from retold.errors.root import RetoldError


class EmbeddingError(RetoldError):
    """A text has no vector that could be compared with others."""

    code = "embedding_error"


class EmptyText(EmbeddingError):
    """Raised when a text is to be embedded that says nothing.

    Attributes:
        embedder: name of the embedder.
        place: of the text among those given, from 0.
    """

    code = "empty_text"

    def __init__(self, embedder: str, place: int) -> None:
        self.embedder = embedder
        self.place = place
        super().__init__(
            f"Text {place} given to {embedder!r} says nothing, so it has no meaning to be found "
            "by. Leave such texts out."
        )


class UselessVector(EmbeddingError):
    """Raised when a vector cannot be compared: it is zero, or not finite.

    Attributes:
        embedder: name of what made it.
        place: of its text among those given, from 0.
        reason: what is wrong with it.
    """

    code = "useless_vector"

    def __init__(self, embedder: str, place: int, reason: str) -> None:
        self.embedder = embedder
        self.place = place
        self.reason = reason
        super().__init__(
            f"The vector that {embedder!r} made of text {place} {reason}, so nothing can be "
            "compared with it. Look at the text, and at the embedder's own limits."
        )


class WrongDimension(EmbeddingError):
    """Raised when vectors are of another shape than they have to be.

    Attributes:
        embedder: name of what made them; of the partition where they are looked for.
        expected: the shape they have to have.
        found: the shape they have.
    """

    code = "wrong_dimension"

    def __init__(self, embedder: str, expected: tuple[int, ...], found: tuple[int, ...]) -> None:
        self.embedder = embedder
        self.expected = expected
        self.found = found
        super().__init__(
            f"Vectors of {embedder!r} have to be of shape {expected}, and are of {found}. An "
            "embedder of another dimension needs another name: their vectors are never compared."
        )


class EmbedderFailed(EmbeddingError):
    """Raised when an embedder's library or service fails; its own error is the cause.

    Attributes:
        embedder: name of the embedder.
    """

    code = "embedder_failed"

    def __init__(self, embedder: str, reason: str) -> None:
        self.embedder = embedder
        super().__init__(
            f"{embedder!r} could not embed: {reason}. The error it raised is the cause of this one."
        )


class EmbedderNotFound(EmbeddingError):
    """Raised when the files of a packaged model are not there.

    Attributes:
        package: which should hold them.
    """

    code = "embedder_not_found"

    def __init__(self, package: str, what: str) -> None:
        self.package = package
        super().__init__(
            f"The package {package!r} holds no {what}. Install it again, or give another embedder."
        )
