"""Retold's log lines: structured by structlog, through the standard library's loggers.

A program that configures nothing sees warnings only; ``logging.getLogger("retold")`` sets the rest.
No line holds a payload, a password or a database's text. What is logged within a turn carries its
``correlation_id``, ``session``, ``turn`` and ``agent``; see :func:`log_context`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor, ProcessorReturnValue

_renderers: list[Processor] = [structlog.processors.KeyValueRenderer(key_order=["event"])]


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a part of Retold.

    Args:
        name: dotted, below ``retold``, such as ``retold.turn``.
    """
    return cast(
        structlog.stdlib.BoundLogger,
        structlog.wrap_logger(
            logging.getLogger(name),
            processors=[
                structlog.stdlib.filter_by_level,
                _with_context,
                _render,
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=True,
        ),
    )


def render_with(*processors: Processor) -> None:
    """Choose how the lines of this process are written; ``key=value`` is how, unless chosen.

    Args:
        processors: of structlog, of which the last returns what the standard library's logger
            takes, such as ``structlog.processors.JSONRenderer()``. A line has its ``event``, what
            happened by name, and what its context adds.

    Raises:
        ValueError: when there is none.
    """
    if not processors:
        raise ValueError("Give one processor or more; the last renders.")
    _renderers[:] = processors


@contextmanager
def log_context(**values: str | None) -> Iterator[None]:
    """Let every line that is logged in the block carry these, by name.

    They are kept in structlog's context variables, so a program's own lines have them too where
    its processors include ``structlog.contextvars.merge_contextvars``.

    Args:
        **values: those that are None are left out.
    """
    known = {name: value for name, value in values.items() if value is not None}
    with structlog.contextvars.bound_contextvars(**known):
        yield


def _with_context(logger: Any, method: str, line: EventDict) -> EventDict:
    """Add the context's values by name; what happened comes first, and wins."""
    del logger, method
    context = structlog.contextvars.get_contextvars()
    return {**line, **{name: context[name] for name in sorted(context) if name not in line}}


def _render(logger: Any, method: str, line: EventDict) -> ProcessorReturnValue:
    rendered: Any = line
    for processor in _renderers:
        rendered = processor(logger, method, rendered)
    return cast(ProcessorReturnValue, rendered)
