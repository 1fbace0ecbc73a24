"""Retold's log lines: structured by structlog, through the standard library's loggers.

A program that configures nothing sees warnings only; ``logging.getLogger("retold")`` sets the rest.
No line holds a payload, a password or a database's text.
"""

from __future__ import annotations

import logging
from typing import cast

import structlog


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
                structlog.processors.KeyValueRenderer(key_order=["event"]),
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=True,
        ),
    )
