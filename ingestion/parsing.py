"""A stranger's bytes, taken apart in processes of their own (`ingestion.parser_process`), which are killed past limits.

A page that holds a parser for minutes, or fills the memory, then costs its own outcome and nothing else: the worker
waits for it in a thread of a small pool, and goes on. A process is started when it is first needed, about a second,
kept for the next page, and replaced where it died. Safe to use from any event loop of the process.

Own code, since no pool does this without a price: the standard library's cannot kill the process of one task, and
pebble's threads look around ten times a second for as long as it stands.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from ingestion.extract import Extracted
from ingestion.parser_process import ANSWERS, CPU_S
from ingestion.robots import Robots
from ingestion.sitemap import Sitemap

PROCESSES = 2
WALL_S = 60.0
"""How long an answer may take on a machine that has no time for it; else its processor time is what counts."""
REAPED_WITHIN_S = 0.5
_ROOT = Path(__file__).resolve().parents[1]


class TooHard(Exception):
    """These bytes could not be taken apart within the limits. The text says why, as a clause: “it took …”."""


class _Parser:
    """One process, used by one thread at a time."""

    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingestion.parser_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONPATH": path},
            start_new_session=True,  # a Ctrl-C is for the worker, which lets its runs go first
        )

    def ask(self, order: bytes, body: bytes, seconds: float) -> dict[str, Any]:
        """Return the answer. Raises TooHard where the process died or did not answer in time; it is gone then."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(order + b"\n" + body)
            self._process.stdin.flush()
            line = self._line(time.monotonic() + seconds)
        except (BrokenPipeError, ConnectionResetError):
            line = b""
        if not line.endswith(b"\n"):
            raise TooHard(self._why())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _line(self, deadline: float) -> bytes:
        assert self._process.stdout is not None
        descriptor, pieces = self._process.stdout.fileno(), list[bytes]()
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        while (left := deadline - time.monotonic()) > 0:
            if not ready.poll(left * 1000):
                break
            piece = os.read(descriptor, 1 << 20)
            pieces.append(piece)
            if not piece or piece.endswith(b"\n"):
                break
        return b"".join(pieces)

    def _why(self) -> str:
        try:
            self._process.wait(REAPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            ended = False
        else:
            ended = True
        self.kill()
        if not ended:
            return f"it took longer than {WALL_S:g} s to take apart"
        return f"it took more than {CPU_S} s of processor time, or more memory than is allowed, to take apart"

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


class Parsers:
    """The processes of this one. `cancelled` requests end theirs."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(PROCESSES, thread_name_prefix="parsing")
        self._idle: list[_Parser] = []
        self._lock = threading.Lock()

    async def ask(self, do: str, body: bytes, seconds: float = WALL_S, **arguments: Any) -> Any:
        """Return what that function of `parser_process` makes of these bytes. Raises TooHard."""
        order = json.dumps({"do": do, "bytes": len(body), "with": arguments}).encode()
        ask = partial(self._ask, order, body, seconds)
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        if (fault := answer.get("fault")) is not None:
            memory = "it took more memory than is allowed to take apart"
            raise TooHard(memory if fault == "memory" else f"it could not be taken apart ({fault})")
        return ANSWERS[do].validate_python(answer["found"])

    def _ask(self, order: bytes, body: bytes, seconds: float) -> dict[str, Any]:
        with self._lock:
            parser = self._idle.pop() if self._idle else None
        parser = parser or _Parser()
        answer = parser.ask(order, body, seconds)
        with self._lock:
            self._idle.append(parser)
        return answer

    def close(self) -> None:
        """End the processes."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            while self._idle:
                self._idle.pop().kill()


_parsers: tuple[int, Parsers] | None = None


def parsers() -> Parsers:
    """Return this process's own; one that was forked off makes others."""
    global _parsers
    if _parsers is None or _parsers[0] != os.getpid():
        _parsers = os.getpid(), Parsers()
        atexit.register(_parsers[1].close)
    return _parsers[1]


async def page(body: bytes, content_type: str, url: str) -> Extracted:
    """Return what a page says. Raises TooHard."""
    found: Extracted = await parsers().ask("page", body, content_type=content_type, url=url)
    return found


async def rules(body: bytes, content_type: str, url: str, user_agent: str) -> Robots:
    """Return what a robots.txt allows. Raises TooHard."""
    found: Robots = await parsers().ask("rules", body, content_type=content_type, url=url, user_agent=user_agent)
    return found


async def addresses(body: bytes) -> Sitemap:
    """Return what a sitemap names. Raises TooHard."""
    found: Sitemap = await parsers().ask("addresses", body)
    return found
