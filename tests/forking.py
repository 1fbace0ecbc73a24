"""Python processes that start at once, because tests.forked forks them.

A test of what is imported, of memory or of hash seeds starts an interpreter instead.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypeAlias

from tests.forked import length, receive, whole_number

repository = Path(__file__).parents[1]

Stream: TypeAlias = int | None  # subprocess.PIPE, subprocess.DEVNULL, or None: the tests' own


class _Server:
    """The process that forks, as the tests use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def fork(self, order: Mapping[str, object], streams: Sequence[int]) -> tuple[int, int]:
        """Return a new process's id, and what can be read from when it has ended."""
        ended, told = os.pipe()
        try:
            with self._lock:
                asked = self._socket or self._start()
                text = json.dumps(order).encode()
                socket.send_fds(asked, [length.pack(len(text))], [*streams, told])
                asked.sendall(text)
                return whole_number.unpack(receive(asked, whole_number.size))[0], ended
        finally:
            os.close(told)

    def _start(self) -> socket.socket:
        self._socket, other = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked", str(other.fileno())],
            pass_fds=[other.fileno()],
            # As of a process whose output is piped, which it will be.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=repository,
            # One thread, because only the one that forks lives on.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        other.close()
        atexit.register(self._end, process)
        return self._socket

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        assert self._socket is not None
        self._socket.close()
        process.wait()


_server = _Server()


class _Pipes:
    """The child's ends of its standard streams, and ours."""

    def __init__(self, stdin: Stream, stdout: Stream, stderr: Stream) -> None:
        self.ours: list[int | None] = []
        self.theirs: list[int] = []
        self._to_close: list[int] = []
        for number, stream in enumerate((stdin, stdout, stderr)):
            match stream:
                case None:
                    self.theirs.append(number)
                    self.ours.append(None)
                case subprocess.DEVNULL:
                    self._give(os.open(os.devnull, os.O_RDWR), None)
                case subprocess.PIPE:
                    reading, writing = os.pipe()
                    pair = (reading, writing) if number == 0 else (writing, reading)
                    self._give(*pair)
                case _:
                    self.theirs.append(stream)
                    self.ours.append(None)

    def _give(self, theirs: int, ours: int | None) -> None:
        self.theirs.append(theirs)
        self._to_close.append(theirs)
        self.ours.append(ours)

    def close_theirs(self) -> None:
        """Close what the child has by now."""
        for one in self._to_close:
            os.close(one)


def _fork(
    arguments: Sequence[object],
    pipes: _Pipes,
    cwd: Path | None,
    env: Mapping[str, str] | None,
) -> tuple[int, int]:
    order = {
        "arguments": [str(one) for one in arguments],
        "cwd": str(cwd or Path.cwd()),
        "env": dict(os.environ if env is None else env),
    }
    try:
        return _server.fork(order, pipes.theirs)
    finally:
        pipes.close_theirs()


def _code(told: bytes) -> int:
    assert len(told) == whole_number.size, "the process that forks has ended; see standard error"
    return int(whole_number.unpack(told)[0])


class _Ended:
    """What both kinds of process are: an id, and how it ended."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.send_signal(signal.SIGKILL)


class Process(_Ended):
    """As ``subprocess.Popen`` of Python with ``text=True``; to be waited for.

    Attributes:
        stdin, stdout: pipes, where they were asked for.
        returncode: how it ended, a signal's number below zero; None until it is waited for.
    """

    def __init__(
        self,
        *arguments: object,
        stdin: Stream = None,
        stdout: Stream = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start it, with the arguments of the interpreter."""
        pipes = _Pipes(stdin, stdout, None)
        pid, self._told = _fork(arguments, pipes, cwd, env)
        super().__init__(pid)
        write, read, _ = pipes.ours
        self.stdin: IO[str] | None = None if write is None else os.fdopen(write, "w")
        self.stdout: IO[str] | None = None if read is None else os.fdopen(read)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self.wait()

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended; after ``timeout`` seconds, raise TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            told = os.read(self._told, whole_number.size)
            os.close(self._told)
            self.returncode = _code(told)
        return self.returncode

    def communicate(self) -> str:
        """Return the rest of what it says; it has ended then, and its pipes are closed."""
        assert self.stdout is not None
        if self.stdin is not None:
            self.stdin.close()
        said = self.stdout.read()
        self.stdout.close()
        self.wait()
        return said


def run(
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run Python as ``subprocess.run`` does with ``capture_output=True, text=True``.

    Args:
        arguments: of the interpreter.
        cwd: where it runs.
        env: its environment.
        timeout: seconds, after which it is killed and TimeoutExpired is raised.
    """
    # Files, which take all that it says while nobody reads.
    with TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        pipes = _Pipes(subprocess.DEVNULL, out.fileno(), errors.fileno())
        pid, told = _fork(arguments, pipes, cwd, env)
        try:
            if not select.select([told], [], [], timeout)[0]:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired([str(one) for one in arguments], timeout)
            code = _code(os.read(told, whole_number.size))
        finally:
            os.close(told)
        # The child's offset is this one's.
        for file in (out, errors):
            file.seek(0)
        said, error = out.read(), errors.read()
    return subprocess.CompletedProcess([str(one) for one in arguments], code, said, error)


class _Reading(asyncio.StreamReaderProtocol):
    """Tells when there is no more to read."""

    def __init__(self, reader: asyncio.StreamReader, over: asyncio.Event) -> None:
        super().__init__(reader)
        self._over = over

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._over.set()


class AsyncProcess(_Ended):
    """As ``asyncio.subprocess.Process`` of Python; made by ``start``.

    Attributes:
        stdin, stdout, stderr: streams, where pipes were asked for.
        returncode: how it ended, a signal's number below zero; None before.
    """

    def __init__(self, pid: int, told: int) -> None:
        """Store which, and what says that it has ended."""
        super().__init__(pid)
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._told = told
        self._ended = asyncio.Event()
        self._over: list[asyncio.Event] = []
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(told, self._end)

    def _end(self) -> None:
        self._loop.remove_reader(self._told)
        told = os.read(self._told, whole_number.size)
        os.close(self._told)
        # Whoever waits is let go, even when the process that forks has ended.
        self.returncode = _code(told) if told else -signal.SIGABRT
        self._ended.set()

    async def connect(self, ours: Sequence[int | None]) -> None:
        """Open the streams."""
        write, *reads = ours
        if write is not None:
            unused = asyncio.StreamReaderProtocol(asyncio.StreamReader())
            writing, _ = await self._loop.connect_write_pipe(
                lambda: unused, os.fdopen(write, "wb", 0)
            )
            self.stdin = asyncio.StreamWriter(writing, unused, None, self._loop)
        self.stdout, self.stderr = [
            None if read is None else await self._reader(read) for read in reads
        ]

    async def _reader(self, read: int) -> asyncio.StreamReader:
        reader, over = asyncio.StreamReader(), asyncio.Event()
        await self._loop.connect_read_pipe(lambda: _Reading(reader, over), os.fdopen(read, "rb", 0))
        self._over.append(over)
        return reader

    async def wait(self) -> int:
        """Return how it ended, and let go of its pipes."""
        await self._ended.wait()
        if self.stdin is not None:
            self.stdin.close()
        with suppress(TimeoutError):
            # Unless nobody reads all that it said, or a child of its own holds them.
            async with asyncio.timeout(1):
                for over in self._over:
                    await over.wait()
        assert self.returncode is not None
        return self.returncode

    async def communicate(self, told: bytes | None = None) -> tuple[bytes, bytes]:
        """Tell it, and return what it says until it ends."""
        if self.stdin is not None:
            with suppress(BrokenPipeError, ConnectionResetError):
                if told is not None:
                    self.stdin.write(told)
                    await self.stdin.drain()
            self.stdin.close()
        said = await asyncio.gather(*(_all(stream) for stream in (self.stdout, self.stderr)))
        await self.wait()
        return said[0], said[1]


async def _all(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()


async def start(
    *arguments: object,
    stdin: Stream = None,
    stdout: Stream = None,
    stderr: Stream = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> AsyncProcess:
    """Start Python as ``asyncio.create_subprocess_exec(sys.executable, ...)`` does."""
    pipes = _Pipes(stdin, stdout, stderr)
    process = AsyncProcess(*_fork(arguments, pipes, cwd, env))
    await process.connect(pipes.ours)
    return process
