"""A fork is the process that its command would be: its session, its environment, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import fork_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux alone")

SAYS = """
import os, signal, sys, time
print(os.environ["GREETING"], sys.argv[1:], os.getcwd(), os.getsid(0) == os.getpid(), sys.stdin.read() == "")
print("to stderr", file=sys.stderr)
if sys.argv[1] == "sleep":
    time.sleep(600)  # until a signal ends it
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """Start the program as a fork; its output goes to files `out` and `err` of the test's folder."""
    (tmp_path / "says.py").write_text(SAYS)

    def start(*arguments: str) -> fork_server.Forked:
        with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
            env = {**os.environ, "GREETING": "hello"}
            argv = [sys.executable, "-m", "says", *arguments]
            return fork_server.start(argv, env=env, cwd=tmp_path, stdout=out.fileno(), stderr=err.fileno())

    return start


def test_it_has_its_own_world_and_tells_how_it_ended(run: Callable[..., Any], tmp_path: Path) -> None:
    forked = run("3", "more")
    assert forked.wait(30) == 3
    assert forked.poll() == 3
    assert (tmp_path / "out").read_text() == f"hello ['3', 'more'] {tmp_path} True True\n"
    assert (tmp_path / "err").read_text() == "to stderr\n"
    assert "GREETING" not in os.environ


def test_it_ends_by_signals(run: Callable[..., Any]) -> None:
    forked = run("sleep")
    assert forked.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        forked.wait(0.05)
    forked.terminate()
    assert forked.wait(30) == -signal.SIGTERM
    forked.kill()


def test_what_it_raises_is_its_own(run: Callable[..., Any], tmp_path: Path) -> None:
    assert run("no number").wait(30) == 1
    assert "ValueError: invalid literal" in (tmp_path / "err").read_text()
    assert run("0").wait(30) == 0, "the parent of all forks has gone on"


def test_it_ends_with_its_parent(tmp_path: Path, wait_until: Callable[..., Any]) -> None:
    env = {**os.environ, "GENISYS_HOME": str(tmp_path)}
    parent = fork_server.Parent.with_settings(env)
    with open(os.devnull, "w") as nowhere:
        argv = [sys.executable, "manage.py", "shell", "-c", "import time; time.sleep(600)"]
        forked = parent.start(argv, env=env, cwd=fork_server.ROOT, stdout=nowhere.fileno(), stderr=nowhere.fileno())
    assert forked.poll() is None
    parent.kill()
    wait_until(lambda: not Path(f"/proc/{forked.pid}").exists(), "the fork outlives its parent")
    assert forked.poll() == -signal.SIGKILL


def test_only_programs_of_the_project_are_forks() -> None:
    assert fork_server.serves([sys.executable, "manage.py", "serve"])
    assert not fork_server.serves([sys.executable, "-c", "pass"])
    assert not fork_server.serves(["/usr/bin/python3", "manage.py"])
