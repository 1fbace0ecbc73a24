"""A fold: how the events of a stream add up to a state, and how that state is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from retold.domain.code_version import code_version_of
from retold.domain.recorded import JsonObject, RecordedEvent

StateT = TypeVar("StateT")

longest_fold_name = 255


@dataclass(frozen=True, slots=True)
class Fold(Generic[StateT]):
    """How the events of a stream add up to a state.

    It is pure: no clock, no randomness, no I/O; the same events always add up to the same state.
    A snapshot of its state is used only by the very code that made it, see :attr:`code_version`.

    Attributes:
        name: stable, one per kind of state; snapshots are kept under it.
        initial: returns the state before the first event, a new one each time.
        evolve: returns the state after an event. It may change the state it is given and return
            that one.
        encode: returns the state as JSON-native data: ``decode(encode(state))`` is the state.
        decode: returns the state in such data, built by nothing but this function; it raises
            whatever it likes when the data is no state.
        version: what to raise when the code changes; None to have it computed from the code.
            Computing it sees no code that is reached only dynamically or that is of another
            package than the four functions: see :mod:`retold.domain.code_version`.
    """

    name: str
    initial: Callable[[], StateT]
    evolve: Callable[[StateT, RecordedEvent], StateT]
    encode: Callable[[StateT], JsonObject]
    decode: Callable[[JsonObject], StateT]
    version: str | None = None
    _computed: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the names that are stored.

        Raises:
            ValueError: when one of them cannot be.
        """
        for what, text in (("name", self.name), ("version", self.version)):
            if text is not None and not (text.isprintable() and 0 < len(text) <= longest_fold_name):
                raise ValueError(
                    f"{text!r} is no {what} of a fold: give 1 to {longest_fold_name} printable "
                    "characters"
                )

    @property
    def code_version(self) -> str:
        """What tells the code of this fold from other code under the same name.

        Computed when it is first asked for, when all that the functions refer to is defined.
        """
        if self.version is not None:
            return f"given:{self.version}"
        if not self._computed:
            functions = (self.initial, self.evolve, self.encode, self.decode)
            self._computed.append(f"code:{code_version_of(*functions)}")
        return self._computed[0]
