"""A process full of viewers: `python -m benchmarks.streams.viewers`, told what to do by JSON lines on its stdin.

The client under the benchmark must not be what is measured, so it is one epoll loop without a framework: it reads the
bytes of all its sockets, takes WebSocket frames (RFC 6455) or Server-Sent Events out of them, and decodes a text that
many viewers receive once. Checks are those of `check`. Orders, each answered by one line:

    open     {viewers: [{run, cookie}], port, dialect, within_s}    connect them, spread over that time
    mark     {}                                                      measure from here on
    stall    {share}                                                 that share of them stops reading
    resume   {}                                                      they read again
    report   {written?: {run: [last, digest]}}                       what was measured; with `written`, the account
    stop     {}
"""

from __future__ import annotations

import base64
import heapq
import json
import os
import random
import resource
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from .check import Faults, Reader, Written

ACK_CHARS = 32 * 1024
COME_BACK_S = 5.0
"""A viewer whose socket was closed comes back after a random part of this time."""
TRY_AGAIN_S = (0.2, 1.0)
READ_BYTES = 256 * 1024
REMEMBER_TEXTS = 4000
BUCKET_NS = 100_000

KEY = base64.b64encode(b"0123456789abcdef").decode()
UPGRADE = (
    "GET /ws/runs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nCookie: {cookie}\r\n\r\n"
)
STREAM = "GET /events/{run} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n"


def masked(opcode: int, payload: bytes) -> bytes:
    """One final frame of a client. The mask is zero: it hides nothing here and changes nothing."""
    size = len(payload)
    head = bytes([0x80 | opcode]) + (bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big"))
    return head + bytes(4) + payload


def unframed(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Find the frame at `at`: its opcode and where its payload begins and ends. None while it is not whole."""
    if len(data) < at + 2:
        return None
    size, begin = data[at + 1], at + 2
    if size == 126:
        size, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    elif size == 127:
        size, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    if len(data) < begin + size:
        return None
    return data[at] & 0x0F, begin, begin + size


@dataclass(slots=True)
class Tally:
    """What this process has measured since the last mark. Latencies in tenths of a millisecond."""

    latency: Counter[int] = field(default_factory=Counter)
    frames: int = 0
    events: int = 0
    bytes: int = 0
    cpu_s: float = field(default_factory=time.process_time)
    clock_s: float = field(default_factory=time.monotonic)


class Viewer:
    """One socket that follows one run, and comes back to it until the run has ended."""

    __slots__ = (
        "bytes", "caught_up_at", "connected_at", "cookie", "dialect", "left", "opened", "part", "port", "reader", "run",
        "sock", "stalled", "unacknowledged",
    )  # fmt: skip

    def __init__(self, run: str, cookie: str, port: int, dialect: str) -> None:
        self.run = run
        self.cookie = cookie
        self.port = port
        self.dialect = dialect
        self.reader = Reader()
        self.sock: socket.socket | None = None
        self.left = b""
        self.part = b""
        self.opened = False
        self.stalled = False
        self.unacknowledged = 0
        self.bytes = 0
        self.connected_at = self.caught_up_at = 0.0


class Audience:
    """All viewers of this process, on one epoll."""

    def __init__(self) -> None:
        self.viewers: list[Viewer] = []
        self.tally = Tally()
        self.refused = self.reopened = 0
        self.closes: Counter[int] = Counter()
        self._epoll = select.epoll()
        self._by_fd: dict[int, Viewer] = {}
        self._due: list[tuple[float, int, Viewer]] = []
        self._texts: dict[bytes, Any] = {}
        self._stopping = False

    def run(self) -> None:
        commands = sys.stdin.fileno()
        os.set_blocking(commands, False)
        self._epoll.register(commands, select.EPOLLIN)
        typed = b""
        while not self._stopping:
            for fd, _ in self._epoll.poll(self._patience()):
                if fd == commands:
                    more = os.read(commands, READ_BYTES)
                    if not more:
                        return
                    *lines, typed = (typed + more).split(b"\n")
                    for line in lines:
                        print(json.dumps(self._obey(json.loads(line))), flush=True)
                elif (viewer := self._by_fd.get(fd)) is not None:
                    self._readable(viewer)
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                self._connect(heapq.heappop(self._due)[2])

    def _patience(self) -> float | None:
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else None

    # Orders

    def _obey(self, order: dict[str, Any]) -> dict[str, Any]:
        kinds: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "open": self._open,
            "mark": self._mark,
            "stall": self._stall,
            "resume": self._resume,
            "report": self._report,
            "stop": self._stop,
        }
        return kinds[order["do"]](order)

    def _open(self, order: dict[str, Any]) -> dict[str, Any]:
        now = time.monotonic()
        for each in order["viewers"]:
            viewer = Viewer(each["run"], each["cookie"], order["port"], order["dialect"])
            self.viewers.append(viewer)
            self._at(now + random.uniform(0, order["within_s"]), viewer)  # noqa: S311 - spread, not a secret
        return {"opening": len(order["viewers"])}

    def _mark(self, order: dict[str, Any]) -> dict[str, Any]:
        self.tally = Tally()
        for viewer in self.viewers:
            viewer.caught_up_at = 0.0
            viewer.bytes = 0
        return {}

    def _stall(self, order: dict[str, Any]) -> dict[str, Any]:
        chosen = self.viewers[: round(len(self.viewers) * order["share"])]
        for viewer in chosen:
            viewer.stalled = True
            if viewer.sock is not None:
                self._epoll.unregister(viewer.sock.fileno())
        return {"stalled": len(chosen)}

    def _resume(self, order: dict[str, Any]) -> dict[str, Any]:
        for viewer in self.viewers:
            if viewer.stalled:
                viewer.stalled = False
                if viewer.sock is not None:
                    self._epoll.register(viewer.sock.fileno(), select.EPOLLIN)
        return {}

    def _stop(self, order: dict[str, Any]) -> dict[str, Any]:
        self._stopping = True
        return {}

    def _report(self, order: dict[str, Any]) -> dict[str, Any]:
        faults = Faults()
        written = {run: Written(*facts) for run, facts in order.get("written", {}).items()}
        for viewer in self.viewers:
            if viewer.run in written:
                faults.add(viewer.reader.closing_account(written[viewer.run]))
        now = time.monotonic()
        return {
            "open": sum(viewer.opened for viewer in self.viewers),
            "live": sum(viewer.reader.live for viewer in self.viewers),
            "ended": sum(viewer.reader.ended for viewer in self.viewers),
            "slowest": min((viewer.reader.cursor for viewer in self.viewers if not viewer.stalled), default=0),
            "resyncs": sum(viewer.reader.resyncs for viewer in self.viewers),
            "refused": self.refused,
            "reopened": self.reopened,
            "caught_up": [[viewer.connected_at, viewer.caught_up_at] for viewer in self.viewers],
            "latency": list(self.tally.latency.items()),
            "frames": self.tally.frames,
            "events": self.tally.events,
            "bytes": self.tally.bytes,
            "bytes_each": [viewer.bytes for viewer in self.viewers],
            "busy": (time.process_time() - self.tally.cpu_s) / max(0.001, now - self.tally.clock_s),
            "faults": asdict(faults),
            "closes": dict(self.closes),
        }

    # Sockets

    def _at(self, when: float, viewer: Viewer) -> None:
        heapq.heappush(self._due, (when, id(viewer), viewer))

    def _connect(self, viewer: Viewer) -> None:
        sock = socket.socket()
        try:
            sock.connect(("127.0.0.1", viewer.port))
        except OSError:
            sock.close()
            self._again(viewer)
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = STREAM if viewer.dialect == "sse" else UPGRADE
        sock.sendall(request.format(port=viewer.port, key=KEY, cookie=viewer.cookie, run=viewer.run).encode())
        sock.setblocking(False)
        viewer.sock, viewer.left, viewer.part, viewer.opened, viewer.unacknowledged = sock, b"", b"", False, 0
        viewer.connected_at = time.time()
        self._by_fd[sock.fileno()] = viewer
        if not viewer.stalled:
            self._epoll.register(sock.fileno(), select.EPOLLIN)

    def _again(self, viewer: Viewer) -> None:
        self.refused += 1
        self._at(time.monotonic() + random.uniform(*TRY_AGAIN_S), viewer)  # noqa: S311 - jitter

    def _lost(self, viewer: Viewer) -> None:
        """The socket is gone: come back, unless the run has ended."""
        was_open = viewer.opened
        if viewer.sock is not None:
            self._by_fd.pop(viewer.sock.fileno(), None)
            if not viewer.stalled:
                self._epoll.unregister(viewer.sock.fileno())
            viewer.sock.close()
            viewer.sock = None
        viewer.opened = viewer.reader.live = False
        if viewer.reader.ended:
            return
        if was_open:
            self.reopened += 1
            self._at(time.monotonic() + random.uniform(0, COME_BACK_S), viewer)  # noqa: S311 - jitter
        else:
            self._again(viewer)

    def _readable(self, viewer: Viewer) -> None:
        assert viewer.sock is not None
        try:
            data = viewer.sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost(viewer)
            return
        self.tally.bytes += len(data)
        viewer.bytes += len(data)
        if viewer.left:
            data = viewer.left + data
        if not viewer.opened:
            data = self._handshake(viewer, data)
        if viewer.sock is not None:
            viewer.left = data if not viewer.opened else (
                self._events(viewer, data) if viewer.dialect == "sse" else self._frames(viewer, data)
            )  # fmt: skip

    def _handshake(self, viewer: Viewer, data: bytes) -> bytes:
        """Read the answer to the request; return what came behind it."""
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            return data
        if head.split(b" ", 2)[1] not in (b"101", b"200"):
            self._lost(viewer)
            return b""
        viewer.opened = True
        if viewer.dialect == "genisys":
            reader = viewer.reader
            self._say(
                viewer, {"t": "sub", "run": viewer.run, "after": reader.cursor, "log_id": reader.log_id, "brief": True}
            )
        elif viewer.dialect == "plain":
            self._say(viewer, {"run": viewer.run})
        return rest

    def _say(self, viewer: Viewer, message: dict[str, Any]) -> None:
        self._send(viewer, masked(1, json.dumps(message).encode()))

    def _send(self, viewer: Viewer, frame: bytes) -> None:
        assert viewer.sock is not None
        try:
            viewer.sock.send(frame)
        except OSError:
            return  # the next read tells that it is gone

    def _frames(self, viewer: Viewer, data: bytes) -> bytes:
        at = 0
        while (found := unframed(data, at)) is not None:
            opcode, begin, end = found
            is_last, at = data[at] & 0x80, end
            if opcode <= 1:  # A long text comes in several frames (RFC 6455, 5.4).
                text = viewer.part + data[begin:end]
                viewer.part = b"" if is_last else text
                if is_last:
                    self._text(viewer, text)
            elif opcode == 9:
                self._send(viewer, masked(10, data[begin:end]))
            elif opcode == 8:
                self.closes[int.from_bytes(data[begin : begin + 2], "big")] += 1
                self._lost(viewer)
                return b""
        return data[at:] if at < len(data) else b""

    def _events(self, viewer: Viewer, data: bytes) -> bytes:
        """Take whole SSE events out, chunk heads of the HTTP answer and all; return what is left."""
        *whole, rest = data.split(b"\n\n")
        for event in whole:
            _, found, line = event.partition(b"data: ")
            if found and b'"sent"' in line:
                self._news(viewer, [json.loads(line.partition(b"\n")[0])], time.time_ns())
        return rest

    def _text(self, viewer: Viewer, text: bytes) -> None:
        frame = self._texts.get(text)
        if frame is None:
            if len(self._texts) > REMEMBER_TEXTS:
                self._texts.clear()
            frame = self._texts[text] = json.loads(text)
        self.tally.frames += 1
        if viewer.dialect == "plain":
            if "sent" in frame:
                self._news(viewer, [frame], time.time_ns())
            return
        kind, reader = frame["t"], viewer.reader
        if kind == "batch":
            reader.batch(frame["log_id"], frame["first"], frame["events"])
            self._news(viewer, frame["events"], time.time_ns())
            self._acknowledge(viewer, len(text))
        elif kind == "text":
            event = {"type": "text.delta", **frame}
            reader.batch(reader.log_id or "", event["seq"], [event])
            self._news(viewer, [event], time.time_ns())
            self._acknowledge(viewer, len(text))
        elif kind == "live":
            reader.live = True
            viewer.caught_up_at = viewer.caught_up_at or time.time()
        elif kind == "resync":
            reader.resync(frame)
        elif kind == "error":
            reader.faults.refused += 1
        elif kind == "end":
            reader.end(frame["seq"])
            viewer.caught_up_at = viewer.caught_up_at or time.time()

    def _news(self, viewer: Viewer, events: list[dict[str, Any]], now: int) -> None:
        self.tally.events += len(events)
        if viewer.dialect == "genisys" and not viewer.reader.live:
            return  # history: it was old when it was asked for
        for event in events:
            sent = event.get("sent")
            if sent is not None:
                self.tally.latency[(now - sent) // BUCKET_NS] += 1

    def _acknowledge(self, viewer: Viewer, chars: int) -> None:
        viewer.unacknowledged += chars
        if viewer.unacknowledged >= ACK_CHARS:
            viewer.unacknowledged = 0
            self._say(viewer, {"t": "ack", "run": viewer.run, "seq": viewer.reader.cursor})


def allow_sockets() -> None:
    """Raise this process's limit of open files as far as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    allow_sockets()
    Audience().run()
