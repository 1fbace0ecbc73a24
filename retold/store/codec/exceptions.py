"""Exceptions as type, message and arguments, and back without running their constructors."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

# State kept outside ``args`` and ``__dict__`` by classes written in C; ``obj`` of AttributeError
# is left out, it may be anything at all.
_slots: dict[type[BaseException], tuple[str, ...]] = {
    OSError: ("errno", "strerror", "filename", "filename2"),
    ImportError: ("name", "path"),
    AttributeError: ("name",),
    NameError: ("name",),
}

builtin_exceptions: dict[str, type[BaseException]] = {
    f"builtins.{name}": cls
    for name, cls in vars(builtins).items()
    # IOError and EnvironmentError are other names of OSError.
    if isinstance(cls, type) and issubclass(cls, BaseException) and cls.__name__ == name
}


class _Message(str):
    """A message that stands for arguments that were lost: also where ``str()`` takes ``repr()``."""

    __slots__ = ()
    __repr__ = str.__str__


def message_of(error: BaseException) -> str:
    """Return the text of an exception; empty when its ``__str__`` fails."""
    try:
        return str.__str__(str(error))
    except Exception:
        # The class and its arguments are recorded all the same.
        return ""


def notes_of(error: BaseException) -> list[str]:
    """Return the notes added to an exception, those that are text."""
    notes = getattr(error, "__notes__", None)
    return [note for note in notes if isinstance(note, str)] if isinstance(notes, list) else []


def attributes_of(error: BaseException) -> dict[str, Any]:
    """Return what an exception of a known class holds besides its arguments."""
    attributes: dict[str, Any] = {}
    for cls, names in _slots.items():
        if isinstance(error, cls):
            values = {name: getattr(error, name, None) for name in names}
            attributes.update((name, value) for name, value in values.items() if value is not None)
    attributes.update((k, v) for k, v in vars(error).items() if k != "__notes__")
    return attributes


def rebuild(
    cls: type[BaseException],
    args: tuple[Any, ...],
    message: str,
    attributes: dict[str, Any],
    notes: list[str],
) -> BaseException | None:
    """Return an exception of this class that reads as the recorded one did.

    Args:
        cls: a builtin or registered class.
        args: decoded arguments.
        message: what ``str()`` gave.
        attributes: what :func:`attributes_of` gave, decoded.
        notes: its notes.

    Returns:
        The exception; None when no way was found to give it both its type and its text.
    """
    for build in _ways(cls, args, message):
        try:
            error = build()
            _restore(error, attributes, notes)
            if type(error) is cls and str(error) == message:
                return error
        except Exception:  # noqa: S112 - it is one of several ways
            continue
    return None


def _ways(
    cls: type[BaseException], args: tuple[Any, ...], message: str
) -> Iterator[Callable[[], BaseException]]:
    if cls.__module__ == "builtins":
        # C code without side effects, and UnicodeError and SyntaxError take their state there.
        yield lambda: cls(*args)
    yield lambda: _without_init(cls, args, args)
    # The constructor of the class may take other arguments than it left in args.
    yield lambda: _without_init(cls, (), args)
    # Arguments that could not be stored do not give the text; the text itself does.
    yield lambda: _without_init(cls, (), (_Message(message),))


def _without_init(
    cls: type[BaseException], given: tuple[Any, ...], args: tuple[Any, ...]
) -> BaseException:
    error: BaseException = cls.__new__(cls, *given)
    error.args = args
    return error


def _restore(error: BaseException, attributes: dict[str, Any], notes: list[str]) -> None:
    slots = {name for cls, names in _slots.items() if isinstance(error, cls) for name in names}
    for name, value in attributes.items():
        if name in slots:
            setattr(error, name, value)
        else:
            vars(error)[name] = value
    for note in notes:
        error.add_note(note)
