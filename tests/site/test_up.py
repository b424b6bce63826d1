"""`manage.py up` as a person meets it: real processes, real signals."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from genisys_site.configuration.environment import BASE_DIR
from genisys_site.configuration.refusal import CannotStart
from genisys_site.launching import launch, parent_watch, ports
from tests.conftest import wait_until

_UNSET = ("REDIS_URL", "DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "GENISYS_MODEL", "SECRET_KEY")

# Generous, since several Pythons start at once and the machine may be busy with other things.
_START_SECONDS = 240
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
    pytest.mark.timeout(600),
]


class Up:
    """One `manage.py up --no-model` in a folder of its own."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.log = home.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
        return {**kept, "GENISYS_HOME": str(self.home), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Begin a life, and a log with it."""
        with self.log.open("wb") as log:
            # Tied to us, so that a test session that is killed leaves nothing behind either.
            tied = [sys.executable, "-I", "-S", parent_watch.__file__, str(os.getpid()), str(int(signal.SIGKILL))]
            self.process = subprocess.Popen(
                [*tied, sys.executable, "manage.py", "up", "--no-model"],
                cwd=BASE_DIR,
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    def refuse(self, *arguments: str, **environ: str) -> tuple[int, str]:
        """Runs a second one that must end by itself."""
        done = subprocess.run(
            [sys.executable, "manage.py", "up", "--no-model", *arguments],
            cwd=BASE_DIR,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr

    def processes(self) -> set[int]:
        """Every living process that was told this home folder or works in it, `up` itself left out."""
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (self.process is None or int(entry.name) != self.process.pid):
                try:
                    told = f"GENISYS_HOME={self.home}\0".encode() in (entry / "environ").read_bytes()
                    # Redis writes its title over its environment.
                    works_there = (entry / "cwd").readlink().is_relative_to(self.home)
                except OSError:
                    continue
                if told or works_there:
                    found.add(int(entry.name))
        return found


def _one(home: Path) -> Iterator[Up]:
    up = Up(home, ports.reserve())
    yield up
    if up.process is not None and up.lives:
        up.process.kill()
        up.process.wait(10)
    for pid in up.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """One that was never started, in a home of its own."""
    yield from _one(tmp_path / "home")


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One whose home outlives it from test to test, as at a person's: only the first life sets it up."""
    yield from _one(tmp_path_factory.mktemp("up") / "home")


@pytest.fixture
def running(settled: Up) -> Up:
    """The one that lives, or a new life in the same home when the test before ended it."""
    if not settled.lives:
        settled.start()
        _wait_until_greeted(settled)
    return settled


def _wait_until_greeted(up: Up) -> None:
    def greeted() -> bool:
        if not up.lives:
            assert up.process is not None
            pytest.fail(f"up ended with {up.process.returncode}:\n{up.said()}")
        return "Stop with Ctrl-C" in up.said()

    wait_until(greeted, "up did not become ready", seconds=_START_SECONDS)


def test_a_part_that_dies_is_started_again(running: Up) -> None:
    def serving() -> set[int]:
        return {pid for pid in running.processes() if b"\0serve\0" in Path(f"/proc/{pid}/cmdline").read_bytes()}

    (first,) = serving()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: "serve was killed by SIGKILL; it is started again" in running.said(), "up did not say so")
    wait_until(
        lambda: httpx.get(f"http://127.0.0.1:{running.port}/readyz").status_code == 200,
        "serve did not come back",
        seconds=_START_SECONDS,
    )
    assert serving() != {first}
    # It lives on: the next test ends it, and sees that it ends as it should.


def test_up_starts_everything_and_stops_everything(running: Up) -> None:
    assert httpx.get(f"http://127.0.0.1:{running.port}/readyz", timeout=30).status_code == 200
    link = re.search(rf"http://localhost:{running.port}(/enter/\S+)", running.said())
    assert link is not None
    with httpx.Client(base_url=f"http://127.0.0.1:{running.port}", timeout=30) as browser:
        assert browser.get(link[1]).headers["Location"] == "/"
        assert "sessionid" in browser.cookies
    with redis.Redis.from_url((running.home / "redis.url").read_text(), decode_responses=True) as client:
        assert client.config_get("appendonly", "maxmemory-policy") == {
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
        }

    assert running.process is not None
    held = json.loads((running.home / "up.lock").read_text())
    assert held == {"pid": running.process.pid, "address": f"http://localhost:{running.port}/"}
    code, said = running.refuse(PORT=str(running.port + 1))
    assert code == 2
    assert f"already runs from this folder, at http://localhost:{running.port}/" in said

    assert running.end(signal.SIGTERM) == 0
    wait_until(lambda: not running.processes(), "processes were left behind")
    assert "ended by force" not in running.said()


def test_a_killed_up_leaves_no_process_behind_and_the_next_one_starts(running: Up) -> None:
    assert len(running.processes()) >= 4
    running.end(signal.SIGKILL)
    wait_until(lambda: not running.processes(), "processes outlived up")
    running.start()
    _wait_until_greeted(running)
    assert running.end(signal.SIGINT) == 0


def test_up_told_to_stop_is_gone_within_ten_seconds_though_a_worker_is_stuck(running: Up) -> None:
    def children() -> list[int]:
        """The worker's own processes, whose parent is the one that `up` started."""
        workers = {pid for pid in running.processes() if b"\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes()}
        return [pid for pid in workers if _parent(pid) in workers]

    wait_until(lambda: len(children()) >= 2, "the worker's processes did not come up", seconds=_START_SECONDS)
    # As in C code that keeps the interpreter's lock, nothing in it moves, and it hears no SIGTERM.
    for pid in children():
        os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    assert running.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 10
    wait_until(lambda: not running.processes(), "processes were left behind")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_a_taken_port_is_said_before_anything_is_started(up: Up) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # The port is reserved for this test.
        other.bind(("127.0.0.1", up.port))
        other.listen()
        code, said = up.refuse()
    assert code == 2
    assert said.strip().startswith(f"Port {up.port} is taken by another program.")
    assert not (up.home / "redis").exists()


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_a_port_that_is_none_is_a_sentence(up: Up, port: str) -> None:
    code, said = up.refuse(PORT=port)
    assert code == 2
    assert "PORT: " in said
    assert "Traceback" not in said


def test_a_home_that_cannot_be_written_is_a_sentence(up: Up, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, said = up.refuse(GENISYS_HOME=str(tmp_path / "file" / "home"))
    assert code == 2
    assert "GENISYS_HOME" in said
    assert "Traceback" not in said


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = launch.shutil._ntuple_diskusage(total=10**9, used=10**9, free=10**6)  # type: ignore[attr-defined]
    monkeypatch.setattr(launch.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(CannotStart, match="is full: 1 MB are free"):
        launch._check_disk(tmp_path)
