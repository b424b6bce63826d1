"""Child processes that are kept running, and ended in order. Knows nothing of what they are for."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genisys_site.launching import parent_watch
from genisys_site.launching.console import Console

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 15.0
_STEADY_SECONDS = 30.0
_LINE_BYTES = 16_384
_REMEMBERED_LINES = 20


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `stop_seconds` is how long it has between SIGTERM and SIGKILL."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path
    stop_seconds: float = 10.0
    orphan_signal: signal.Signals = signal.SIGKILL
    stdin: bytes = field(default=b"", repr=False)


class Child:
    """One process at a time of a program, started again whenever it ends by itself."""

    def __init__(self, program: Program, console: Console) -> None:
        self.program = program
        self.last_lines: deque[str] = deque(maxlen=_REMEMBERED_LINES)
        self._console = console
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def has_ended(self) -> bool:
        """Say whether no process of the program runs."""
        return self._process is None or self._process.returncode is not None

    async def run_once(self) -> int:
        """Run the program to its end; return its exit code."""
        await self._start()
        return await self._finish()

    async def start(self) -> asyncio.Task[None]:
        """Start it and keep it running until `stop`; return the task that does, which ends only then."""
        await self._start()
        self._keeper = asyncio.create_task(self._keep())
        return self._keeper

    async def stop(self, within_seconds: float | None = None) -> None:
        """Send SIGTERM, wait that long or the program's own time, then SIGKILL what is left of its process group."""
        if within_seconds is None:
            within_seconds = self.program.stop_seconds
        self._stopping.set()
        process = self._process
        if process is not None and process.returncode is None:
            _signal(process, signal.SIGTERM)
            try:
                # wait_for would cancel what it waits on; the keeper must live to read the last lines.
                await asyncio.wait_for(asyncio.shield(process.wait()), within_seconds)
            except TimeoutError:
                self._console.say(f"{self.name} did not stop within {within_seconds:.1f} s; it is ended by force.")
                self.kill()
        if self._keeper is not None:
            await self._keeper

    def kill(self) -> None:
        """End the process and all it started, at once."""
        self._stopping.set()
        if self._process is not None:
            _kill_group(self._process.pid)

    async def _keep(self) -> None:
        wait_seconds = _FIRST_WAIT_SECONDS
        while True:
            started = time.monotonic()
            code = await self._finish()
            if self._stopping.is_set():
                return
            if time.monotonic() - started > _STEADY_SECONDS:
                wait_seconds = _FIRST_WAIT_SECONDS
            self._console.say(f"{self.name} {describe_exit(code)}; it is started again in {wait_seconds:g} s.")
            try:
                await asyncio.wait_for(self._stopping.wait(), wait_seconds)
            except TimeoutError:
                wait_seconds = min(wait_seconds * 2, _LONGEST_WAIT_SECONDS)
            else:
                return
            try:
                await self._start()
            except OSError as exc:
                self._console.say(f"{self.name} cannot be started: {exc.strerror}.")
            if self._stopping.is_set():
                self.kill()  # `stop` came between the wait and the start, and saw no process.

    async def _start(self) -> None:
        program = self.program
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", parent_watch.__file__, str(os.getpid()), str(int(program.orphan_signal))),
            *program.argv,
            stdin=asyncio.subprocess.PIPE if program.stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(program.env),
            cwd=program.cwd,
            # Ctrl-C reaches the whole process group of a terminal: only `up` shall get it, and stop in order.
            start_new_session=True,
        )
        if program.stdin and self._process.stdin is not None:
            self._process.stdin.write(program.stdin)
            self._process.stdin.close()

    async def _finish(self) -> int:
        """Read the process's lines to its end, and return its exit code; what it left in its group is ended too."""
        assert self._process is not None
        process = self._process
        reader = asyncio.create_task(self._read(process))
        code = await process.wait()
        _kill_group(process.pid)
        await reader
        return code

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        pending = b""
        while chunk := await process.stdout.read(_LINE_BYTES):
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self._line(line)
            if len(pending) > _LINE_BYTES:
                self._line(pending)
                pending = b""
        if pending:
            self._line(pending)

    def _line(self, raw: bytes) -> None:
        text = raw.decode("utf-8", "replace").rstrip("\r")
        self.last_lines.append(text)
        self._console.line(self.name, text)


def describe_exit(code: int) -> str:
    """`ended with exit code 1`, `was killed by SIGKILL`."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except ProcessLookupError:
        return


def _kill_group(process_group: int) -> None:
    try:
        os.killpg(process_group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
