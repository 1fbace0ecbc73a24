"""Work that goes on until somebody interrupts it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress


def stopping_event() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set, in the running loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Where the loop has no signals, interrupting ends the process as ever.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stopping.set)
    return stopping
