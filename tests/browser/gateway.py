"""What may stand between a browser and the product: a proxy that counts, blocks and cuts as a test says."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from typing import Any

_CHUNK = 65_536


class Gateway:
    """Passes on to a port of loopback, one request a connection, each in threads of its own.

    `blocked` may name "sockets" and "streams", which are then refused as proxies refuse them. `open` and `made` count
    those two kinds, now and ever. `pages` are answered by the gateway itself, by path.
    """

    def __init__(self, port: int) -> None:
        self.blocked: set[str] = set()
        self.pages: dict[str, bytes] = {}
        self.open = {"sockets": 0, "streams": 0}
        self.made = {"sockets": 0, "streams": 0}
        self._upstream = ("127.0.0.1", port)
        self._cut = False
        self._held: set[socket.socket] = set()
        self._lock = threading.Lock()
        gateway = self

        class Visit(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    gateway._visit(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

        self._server = Server(("127.0.0.1", 0), Visit)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Gateway:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.cut()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def cut(self) -> None:
        """Lets nothing through any more, neither what is open nor what is new."""
        with self._lock:
            self._cut = True
            held = list(self._held)
        for end in held:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._cut = False

    def serve(self, path: str, text: str, headers: dict[str, str]) -> None:
        """Answer this path with a text from now on."""
        lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers.items()), "Connection: close"]
        self.pages[path] = ("\r\n".join(lines) + "\r\n\r\n" + text).encode()

    def _visit(self, client: socket.socket) -> None:
        head, rest = _head_of(client)
        kind = _kind_of(head)
        if self._cut or not head:
            return
        if page := self.pages.get(head.split(b" ", 2)[1].split(b"?")[0].decode()):
            client.sendall(page)
            return
        if kind in self.blocked:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        if kind != "sockets":
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            head = b"\r\n".join([*lines, b"Connection: close"])
        with socket.create_connection(self._upstream) as upstream, self._counted(kind, client, upstream):
            upstream.sendall(head + b"\r\n\r\n" + rest)
            back = threading.Thread(target=_pump, args=(client, upstream), daemon=True)
            back.start()
            _pump(upstream, client)
            back.join()

    @contextlib.contextmanager
    def _counted(self, kind: str, *ends: socket.socket) -> Any:
        with self._lock:
            self._held.update(ends)
            if kind:
                self.open[kind] += 1
                self.made[kind] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held.difference_update(ends)
                if kind:
                    self.open[kind] -= 1


def _head_of(client: socket.socket) -> tuple[bytes, bytes]:
    read = b""
    while b"\r\n\r\n" not in read:
        chunk = client.recv(_CHUNK)
        if not chunk:
            return b"", b""
        read += chunk
    head, _, rest = read.partition(b"\r\n\r\n")
    return head, rest


def _kind_of(head: bytes) -> str:
    lower = head.lower()
    if b"\nupgrade: websocket" in lower:
        return "sockets"
    return "streams" if b"\naccept: text/event-stream" in lower else ""


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Passes on what comes, and that nothing more does."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
