"""The process that tests.forking lets fork: it has imported already what most programs here do.

``python -m tests.forked FD`` is started at the first use, and ends with the tests. A process it
forks is like one of ``python ARGUMENTS...``: its own id, folder, environment, standard streams and
``__main__``, and it ends as an interpreter does. Only what is imported, and the hash seed, it has
from before.
"""

from __future__ import annotations

import builtins
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
import threading
import types
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# Not Retold's own upper rooms: a program that forgets to import one fails here, too.
preloaded = (
    "ag2",
    "aiosqlite",
    "asyncpg",
    "numpy",
    "orjson",
    "pydantic",
    "rich.console",
    "rich.table",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.ext.asyncio",
    "sqlmodel",
    "stamina",
    "structlog",
    "typer.testing",
    "uuid_utils",
    "retold.store",
)
length = struct.Struct("!I")
whole_number = struct.Struct("!i")


def receive(connection: socket.socket, size: int) -> bytes:
    """Return that many bytes, fewer when the other end is closed."""
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            break
        parts += part
    return parts


def _serve(orders: socket.socket) -> tuple[dict[str, object], list[int]] | None:
    """Fork until there are no more orders; return one in the process that it is for."""
    woken, wake = socket.socketpair()
    for one in (woken, wake):
        one.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, int] = {}
    try:
        while True:
            ready = select.select([orders, woken], [], [])[0]
            if woken in ready:
                woken.recv(4096)
                _tell_ended(children)
            if orders not in ready:
                continue
            head, handles, _, _ = socket.recv_fds(orders, length.size, 4)
            if not head:
                break
            order = json.loads(receive(orders, *length.unpack(head)))
            *streams, told = handles
            pid = os.fork()
            if not pid:
                children_of_another = list(children.values())
                children.clear()
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for handle in (*children_of_another, told):
                    os.close(handle)
                for one in (orders, woken, wake):
                    one.close()
                return order, streams
            children[pid] = told
            for handle in streams:
                os.close(handle)
            orders.sendall(whole_number.pack(pid))
    finally:
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return None


def _tell_ended(children: dict[int, int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            break
        told = children.pop(pid)
        with suppress(BrokenPipeError):
            os.write(told, whole_number.pack(os.waitstatus_to_exitcode(status)))
        os.close(told)


def _become(order: Mapping[str, object], streams: Sequence[int]) -> None:
    """Be the process that was asked for, up to its end."""
    for number, handle in enumerate(streams):
        os.dup2(handle, number)
        os.close(handle)
    arguments, cwd, env = order["arguments"], order["cwd"], order["env"]
    assert isinstance(arguments, list)
    assert isinstance(cwd, str)
    assert isinstance(env, dict)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    while arguments[0] == "-W":
        action, _, name = arguments[1].partition("::")
        warnings.simplefilter(action, getattr(builtins, name))
        del arguments[:2]
    first, *rest = arguments
    if first == "-c":
        code, *rest = rest
        sys.argv, sys.path[0] = ["-c", *rest], ""
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        exec(compile(code, "<string>", "exec"), main.__dict__)  # noqa: S102 - as -c does
    elif first == "-m":
        name, *rest = rest
        sys.argv, sys.path[0] = [name, *rest], cwd
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.path[0] = [first, *rest], str(Path(first).parent)
        runpy.run_path(first, run_name="__main__")


def _threads() -> int:
    status = Path("/proc/self/task")
    return len(list(status.iterdir())) if status.is_dir() else threading.active_count()


def _main() -> None:
    for name in preloaded:
        importlib.import_module(name)
    assert _threads() == 1, "a thread does not live on in a child"
    gc.collect()
    gc.freeze()
    found = _serve(socket.socket(fileno=int(sys.argv[1])))
    if found is not None:
        _become(*found)


if __name__ == "__main__":
    _main()
