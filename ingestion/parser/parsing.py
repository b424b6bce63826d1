"""Parses untrusted bytes in processes of their own (`process`), which are killed past their limits.

A page that holds a parser for minutes, or fills the memory, then costs its own outcome and nothing else: the worker
waits for it in a thread of a small pool, and goes on. A process is started when it is first needed, which takes about a
second, kept for the next page, and replaced when it has died. Safe to use from any event loop of the process.

Our own code, since no pool fits: the standard library's cannot kill the process of one task, and pebble's threads wake
ten times a second for as long as it exists.
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
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ingestion.content.extracted import Extracted
from ingestion.parser.answers import ANSWERS, CPU_S
from ingestion.web.robots import Robots
from ingestion.web.sitemap import Sitemap

PROCESSES = 2
WALL_S = 60.0
"""How long an answer may take on a busy machine; on others the limit on processor time is met first."""
REAPED_WITHIN_S = 0.5
_ROOT = Path(__file__).resolve().parents[2]


class TooHard(Exception):
    """These bytes could not be parsed within the limits. The text says why, as a clause: “it took …”."""


class _Parser:
    """One process, used by one thread at a time."""

    def __init__(self) -> None:
        self.ended = False
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingestion.parser.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # One thread, since numpy would start one for each core, and take their stacks out of the memory allowed.
            env={
                "PATH": os.environ.get("PATH", ""),
                "LANG": "C.UTF-8",
                "PYTHONPATH": path,
                "OPENBLAS_NUM_THREADS": "1",
            },
            start_new_session=True,  # a Ctrl-C is for the worker, which lets its runs go first
        )

    def ask(self, order: bytes, body: bytes, seconds: float) -> dict[str, Any]:
        """Return the answer. Raises TooHard where the process died or did not answer in time: kill it then."""
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
        if not ended:
            return f"it took longer than {WALL_S:g} s to take apart"
        return f"it took more than {CPU_S} s of processor time, or more memory than is allowed, to take apart"

    def end(self) -> None:
        """End the process, even a busy one. Safe from any thread; whoever waits for its answer gets TooHard."""
        self.ended = True
        self._process.kill()

    def kill(self) -> None:
        """End the process and forget it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


@dataclass(slots=True)
class _Request:
    """One request on its way. `parser` is the process that works on it, once there is one."""

    order: bytes
    body: bytes
    seconds: float
    answer: Future[dict[str, Any]] = field(default_factory=Future)
    parser: _Parser | None = None


class Parsers:
    """The parser processes of this process, each behind a thread that waits for it.

    The threads are daemons: the interpreter waits for no page when it ends, and `close` ends even a busy process.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[_Request] = SimpleQueue()
        self._lock = threading.Lock()
        self._all: set[_Parser] = set()
        self._closed = False
        for number in range(PROCESSES):
            threading.Thread(target=self._serve, name=f"parsing-{number}", daemon=True).start()

    async def ask(self, do: str, body: bytes, seconds: float = WALL_S, **arguments: Any) -> Any:
        """Return what that function of `process` makes of these bytes. Raises TooHard.

        A request that is cancelled ends its process, so that its place is free at once.
        """
        order = json.dumps({"do": do, "bytes": len(body), "with": arguments}).encode()
        request = _Request(order, body, seconds)
        self._waiting.put(request)
        try:
            answer = await asyncio.wrap_future(request.answer)
        except asyncio.CancelledError:
            with self._lock:
                if request.parser is not None:
                    request.parser.end()
            raise
        if (fault := answer.get("fault")) is not None:
            memory = "it took more memory than is allowed to take apart"
            raise TooHard(memory if fault == "memory" else f"it could not be taken apart ({fault})")
        return ANSWERS[do].validate_python(answer["found"])

    def _serve(self) -> None:
        """Work on one request after another, in a thread, with one process for as long as it lives."""
        parser: _Parser | None = None
        while True:
            request = self._waiting.get()
            if not request.answer.set_running_or_notify_cancel():
                continue
            try:
                parser = parser or self._started()
                with self._lock:
                    request.parser = parser
                answer = parser.ask(request.order, request.body, request.seconds)
                with self._lock:
                    request.parser = None
                if parser.ended:  # for this request, which was cancelled just then: the next one needs another process
                    self._drop(parser)
                    parser = None
                request.answer.set_result(answer)
            except BaseException as error:
                with self._lock:
                    request.parser = None
                if parser is not None:
                    self._drop(parser)
                    parser = None
                request.answer.set_exception(error)

    def _drop(self, parser: _Parser) -> None:
        with self._lock:
            self._all.discard(parser)
        parser.kill()

    def _started(self) -> _Parser:
        parser = _Parser()
        with self._lock:
            self._all.add(parser)
            closed = self._closed
        if closed:
            parser.end()
        return parser

    def close(self) -> None:
        """End the processes, busy ones too."""
        with self._lock:
            self._closed = True
            for parser in self._all:
                parser.end()


_parsers: tuple[int, Parsers] | None = None


def parsers() -> Parsers:
    """Return the parsers of this process; a forked child makes its own."""
    global _parsers
    if _parsers is None or _parsers[0] != os.getpid():
        _parsers = os.getpid(), Parsers()
        atexit.register(_parsers[1].close)
    return _parsers[1]


async def page(
    body: bytes, content_type: str, url: str, *, status: int = 200, asked: str = "", name: str = ""
) -> Extracted:
    """Return what a page says, what its head says to us by that `name`, and what it is judged to be. Raises TooHard."""
    found: Extracted = await parsers().ask(
        "page", body, content_type=content_type, url=url, status=status, asked=asked, name=name
    )
    return found


async def rules(body: bytes, content_type: str, url: str, user_agent: str) -> Robots:
    """Return what a robots.txt allows. Raises TooHard."""
    found: Robots = await parsers().ask("rules", body, content_type=content_type, url=url, user_agent=user_agent)
    return found


async def addresses(body: bytes) -> Sitemap:
    """Return what a sitemap names. Raises TooHard."""
    found: Sitemap = await parsers().ask("addresses", body)
    return found
