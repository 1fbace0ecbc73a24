"""What tests.forking starts is a process like any other of Python."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.forking import Process, run, start


def test_arguments_folder_environment_output_and_exit_code(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import os, sys\n"
        "print(__name__, sys.argv[1:], os.getcwd(), os.environ['WORD'])\n"
        "print(sys.stdin.read(), 'said', file=sys.stderr)\n"
        "sys.exit(7)\n"
    )
    done = run(program, "a b", cwd=tmp_path, env={**os.environ, "WORD": "x"})
    assert done.returncode == 7
    assert done.stdout == f"__main__ ['a b'] {tmp_path} x\n"
    assert done.stderr == " said\n"


def test_an_error_ends_it_as_it_ends_the_interpreter() -> None:
    done = run(
        "-W", "error::RuntimeWarning", "-c", "import warnings; warnings.warn(RuntimeWarning('so'))"
    )
    assert done.returncode == 1
    assert done.stderr.endswith("RuntimeWarning: so\n")


def test_one_that_takes_too_long_is_killed() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run("-c", "import time; time.sleep(60)", timeout=0.1)


def test_it_is_killed_by_its_own_id() -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    with Process("-c", code, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == process.pid
        process.kill()
    assert process.returncode == -signal.SIGKILL


async def test_several_at_once_are_told_and_answer() -> None:
    pipe = subprocess.PIPE
    code = "import os; print(input()[::-1], os.getpid())"
    children = [await start("-c", code, stdin=pipe, stdout=pipe) for _ in range(3)]
    for number, child in enumerate(children):
        assert await child.communicate(b"a%d\n" % number) == (
            b"%da %d\n" % (number, child.pid),
            b"",
        )
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len({child.pid for child in children}) == 3
    gone = await start("-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert await gone.wait() == -signal.SIGKILL
