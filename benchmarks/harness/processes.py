"""Processes of one benchmark: started tied to it, found again by their ids, and gone when it is.

Only what was started here, and what that started in turn, is ever signalled.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from genisys_site.launching import parent_watch

REPOSITORY = Path(__file__).resolve().parents[2]
ANSWER_S = 60.0


class BenchmarkFailed(Exception):
    """What was measured did not do what it must, so that its time means nothing."""


class Child:
    """One process with a log file. The kernel kills it when the benchmark dies (see parent_watch)."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        folder: Path,
        *,
        pipes: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        tied = [sys.executable, "-I", "-S", parent_watch.__file__, str(os.getpid()), str(int(signal.SIGKILL))]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                [*tied, *argv],
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else log,
                stderr=log,
                cwd=REPOSITORY,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def must_live(self) -> None:
        """Raise BenchmarkFailed, with the end of its log, when the process has ended."""
        if self.process.poll() is not None:
            said = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
            raise BenchmarkFailed(f"{self.name} ended with {self.process.returncode}:\n{said}")

    def children(self) -> list[int]:
        """Return the ids of the processes that this one has started and that still run."""
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False)  # noqa: S607
        pairs = [line.split() for line in listed.stdout.splitlines()]
        return [int(pid) for pid, parent in pairs if parent == str(self.pid)]

    def terminate(self) -> None:
        self.process.terminate()

    def kill_all(self) -> None:
        """SIGKILL the process and its children at once, as the loss of a host does."""
        family = [self.pid, *self.children()] if self.process.poll() is None else []
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)

    async def ended(self, seconds: float) -> int:
        """Wait for its end without blocking the loop; return the exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise BenchmarkFailed(f"{self.name} did not end within {seconds:g} s")
            await asyncio.sleep(0.02)
        return self.process.returncode

    def stop(self, seconds: float = 8.0) -> None:
        """SIGTERM, and SIGKILL for it and its children when that takes too long."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                self.kill_all()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Told:
    """A process that takes one order a line and answers each with a line."""

    def __init__(self, name: str, module: str, folder: Path, env: dict[str, str] | None = None) -> None:
        self.child = Child(name, [sys.executable, "-m", module], folder, pipes=True, env=env)

    async def order(self, do: str, **order: Any) -> dict[str, Any]:
        def ask() -> str:
            assert self.child.process.stdin is not None
            assert self.child.process.stdout is not None
            self.child.process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
            self.child.process.stdin.flush()
            return self.child.process.stdout.readline().decode()

        try:
            async with asyncio.timeout(ANSWER_S):
                line = await asyncio.to_thread(ask)
        except (TimeoutError, OSError) as error:
            self.child.must_live()
            raise BenchmarkFailed(f"{self.child.name} did not answer {do!r}") from error
        if not line:
            await asyncio.sleep(0.1)  # its output closes just before it ends
            self.child.must_live()
            raise BenchmarkFailed(f"{self.child.name} did not answer {do!r}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def resident_mb(roots: Iterable[int]) -> dict[str, float]:
    """Return the resident memory of these processes and of all that they have started, in MB, by command line."""
    argv = ["ps", "-A", "-ww", "-o", "pid=,ppid=,rss=,args="]
    listed = subprocess.run(argv, capture_output=True, text=True, check=False).stdout  # noqa: S603 - no shell
    rows = [
        (int(pid), int(parent), int(kb), args)
        for line in listed.splitlines()
        for pid, parent, kb, args in [line.split(None, 3)]
    ]
    family = set(roots)
    for _ in range(4):  # a worker, its children, and theirs
        family |= {pid for pid, parent, _, _ in rows if parent in family}
    found = defaultdict[str, float](float)
    for pid, _, kb, args in rows:
        if pid in family:
            found[args] += kb / 1024
    return found


def log_errors_alone() -> None:
    """Keep silent of what is less than an error: the watch tells of every lease that runs out, which is measured."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("error"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@contextlib.contextmanager
def scratch(folder: str | None) -> Iterator[Path]:
    """Make a folder for the files of a measure in the given one, or in the current directory, and remove it."""
    within = Path(folder or Path.cwd()).resolve()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=within, ignore_cleanup_errors=True) as made:
        yield Path(made)
