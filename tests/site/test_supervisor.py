"""Children are kept running, and end with whoever runs them."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genisys_site.configuration.environment import BASE_DIR
from genisys_site.launching import parent_watch, supervisor
from genisys_site.launching.console import Console
from genisys_site.launching.supervisor import Child, Program

_STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
_PARENT = (
    "import subprocess, sys, time; "
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "print(p.pid, flush=True); time.sleep(600)"
)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(out: io.StringIO, tmp_path: Path) -> Iterator[Console]:
    console = Console(tmp_path / "logs", out)
    yield console
    console.close()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_FIRST_WAIT_SECONDS", 0.01)


def _program(code: str, tmp_path: Path, **rest: Any) -> Program:
    return Program("child", (sys.executable, "-c", code), dict(os.environ), tmp_path, **rest)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):  # the latter: it was reaped between the two looks
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


async def _until(condition: Callable[[], Any], message: str) -> None:
    try:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(message)


async def test_a_child_that_dies_is_started_again_and_the_console_says_so(
    console: Console, out: io.StringIO, tmp_path: Path
) -> None:
    child = Child(_program("import time; print('up', flush=True); time.sleep(600)", tmp_path), console)
    await child.start()
    first = child.pid
    assert first is not None
    await _until(lambda: "child   | up" in out.getvalue(), "the child's first line is not shown")
    os.kill(first, signal.SIGKILL)
    await _until(lambda: out.getvalue().count("child   | up") == 2, "the child was not started again")
    assert child.pid != first
    await child.stop()
    assert "child was killed by SIGKILL; it is started again" in out.getvalue()


async def test_a_child_that_keeps_dying_is_given_longer_and_longer_waits(
    console: Console, out: io.StringIO, tmp_path: Path
) -> None:
    child = Child(_program("raise SystemExit(3)", tmp_path), console)
    await child.start()
    await _until(lambda: out.getvalue().count("exit code 3") >= 4, "the child was not started again")
    await child.stop()
    waits = [line.split(" in ")[1] for line in out.getvalue().splitlines() if "exit code 3" in line]
    assert waits[:4] == ["0.01 s.", "0.02 s.", "0.04 s.", "0.08 s."]


async def test_a_child_that_ignores_sigterm_is_ended_by_force(
    console: Console, out: io.StringIO, tmp_path: Path
) -> None:
    child = Child(_program(_STUBBORN, tmp_path, stop_seconds=0.2), console)
    await child.start()
    pid = child.pid
    assert pid is not None
    await _until(lambda: "| up" in out.getvalue(), "the child did not start")
    await child.stop()
    assert not _alive(pid)
    assert "ended by force" in out.getvalue()


async def test_what_a_child_started_ends_with_it(console: Console, out: io.StringIO, tmp_path: Path) -> None:
    child = Child(_program(_PARENT, tmp_path), console)
    await child.start()
    await _until(lambda: child.last_lines, "the child did not start")
    grandchild = int(child.last_lines[0])
    assert _alive(grandchild)
    await child.stop()
    await _until(lambda: not _alive(grandchild), "the grandchild outlived the child")


async def test_stopping_while_a_child_waits_to_be_started_again_is_at_once(
    console: Console, out: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_FIRST_WAIT_SECONDS", 300.0)
    child = Child(_program("raise SystemExit(1)", tmp_path), console)
    await child.start()
    await _until(lambda: "exit code 1" in out.getvalue(), "the child did not end")
    async with asyncio.timeout(5):
        await child.stop()


async def test_standard_input_is_given_and_lines_are_kept_in_a_file(
    console: Console, out: io.StringIO, tmp_path: Path
) -> None:
    child = Child(_program("print(input()[::-1])", tmp_path, stdin=b"abc\n"), console)
    assert await child.run_once() == 0
    console.close()
    assert (tmp_path / "logs" / "child.log").read_text() == "cba\n"


async def test_a_very_long_line_does_not_stop_the_reading(console: Console, out: io.StringIO, tmp_path: Path) -> None:
    child = Child(_program("print('x' * 1_000_000); print('end')", tmp_path), console)
    assert await child.run_once() == 0
    assert child.last_lines[-1] == "end"


async def test_secrets_of_a_program_are_not_in_its_repr(tmp_path: Path) -> None:
    program = Program("child", ("x",), {"KEY": "hunter2"}, tmp_path, stdin=b"hunter2")
    assert "hunter2" not in repr(program)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_tethered_process_ends_when_its_parent_is_killed(wait_until: Callable[..., Any]) -> None:
    code = (
        "import os, subprocess, sys, time; "
        f"p = subprocess.Popen([sys.executable, {parent_watch.__file__!r}, str(os.getpid()), '9', "
        "sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True); "
        "print(p.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    wait_until(lambda: "sleep(600)" in _command_of(child) and "parent_watch" not in _command_of(child), "not started")
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    wait_until(lambda: not _alive(child), "the child outlived its parent")


def _command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def test_a_full_disk_costs_the_files_but_not_the_terminal(tmp_path: Path, out: io.StringIO) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    console = Console(tmp_path / "logs", out)
    console.line("serve", "one")
    console.line("serve", "two")
    assert out.getvalue().count("cannot be written") == 1
    assert "serve   | two" in out.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_a_process_that_takes_its_time_does_not_outlive_the_one_it_is_tied_to() -> None:
    watched = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    program = (
        "import signal, sys, time; from genisys_site.launching.parent_watch import end_after;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "end_after(int(sys.argv[1]), 0.1); print('tied', flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", program, str(watched.pid)]
    with subprocess.Popen(argv, cwd=BASE_DIR, stdout=subprocess.PIPE) as tied:
        assert tied.stdout is not None
        assert tied.stdout.readline() == b"tied\n"
        assert tied.poll() is None
        watched.kill()
        watched.communicate()
        assert tied.wait(20) == -signal.SIGKILL
