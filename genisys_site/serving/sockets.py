"""A WebSocket under our Daphne: the same promises as Daphne's and Autobahn's own, at a fraction of their cost.

Daphne frames each text once for each of its readers, and Twisted then asks the event loop to call back before it
writes it. Of a log that a thousand people follow that is most of what the process does. Here a text that goes to many
is framed once (frames of a server are not masked, RFC 6455, 5.1, so all get the same bytes), and written at once where
nothing of that socket waits. What the kernel does not take goes to Twisted, which keeps the order. Of that there is a
bound (`flow`): who does not read is waited for, and cut off in the end.

It also speaks ASGI's extension `websocket.http.response`: a handshake can be refused with any status and headers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from genisys_site.serving import flow

DENIAL_START = "websocket.http.response.start"
DENIAL_BODY = "websocket.http.response.body"

_REMEMBERED = 256
_REMEMBERED_BYTES = 4 * 1024 * 1024
_WAITING_MESSAGES = 256
"""A client that has sent so many messages that nobody has taken yet is cut off."""
_SHORT, _MEDIUM = 126, 1 << 16


class Frames:
    """Frames by the identity of their text: one that is sent to many is the same object each time."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[str, bytes]] = {}
        self._bytes = 0

    def of(self, text: str) -> bytes:
        # An entry keeps its text alive, so no other text can come to have its id.
        found = self._made.get(id(text))
        if found is not None:
            return found[1]
        frame = framed(text)
        if len(self._made) >= _REMEMBERED or self._bytes + len(frame) > _REMEMBERED_BYTES:
            self._made.clear()
            self._bytes = 0
        self._made[id(text)] = (text, frame)
        self._bytes += len(frame)
        return frame


def framed(text: str) -> bytes:
    """Return the one final, unmasked text frame of RFC 6455 that carries the text."""
    payload = text.encode()
    size = len(payload)
    if size < _SHORT:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < _MEDIUM:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class Socket(WebSocketProtocol):
    """One WebSocket. `WebServer` makes its factory."""

    # Daphne's are written in Python, and are called several times for each message.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    request: Any
    _denial: tuple[int, Iterable[tuple[bytes, bytes]], bytes] | None = None
    _in_order: asyncio.Lock | None = None
    """Held while a text is being sent in pieces, between which nothing else may go."""

    def onOpen(self) -> None:
        super().onOpen()
        # What the request left behind: the HTTP channel, which would also stop reading acks while our writes wait, and
        # the headers in four forms. Only the path is looked at again.
        self.transport.unregisterProducer()
        self.request = SimpleNamespace(path=self.request.path)
        self.http_request_data = self.http_headers = self.http_request_params = self.clean_headers = None

    def serverSend(self, content: Any, binary: bool = False) -> None:
        transport = self.transport
        if binary or self.state != self.STATE_OPEN or self._perMessageCompress is not None or self.send_queue:
            super().serverSend(content, binary)
            return
        frame = self.factory.frames.of(content)
        if (
            transport.TLS
            or transport._tempDataBuffer
            or len(transport.dataBuffer) != transport.offset
            or not transport.connected
        ):
            transport.write(frame)
            return
        try:
            taken = transport.socket.send(frame)
        except OSError:
            taken = 0  # full, or gone: Twisted finds out which
        if taken < len(frame):
            transport.write(frame[taken:])

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        queue = getattr(self, "application_queue", None)
        if queue is not None and queue.qsize() >= _WAITING_MESSAGES:
            self.transport.abortConnection()
            return
        super().onMessage(payload, isBinary)

    def send_now(self, text: str) -> bool:
        """Send a text, or let it be where the socket is closing; False where it has to wait. Never fails."""
        if self.state != self.STATE_OPEN:
            return True
        if self._has_to_wait(text):
            return False
        self.serverSend(text)
        return True

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message once the connection has taken what was sent before, a long text in pieces."""
        text = message.get("text") or ""
        if not self._has_to_wait(text):
            self.handle_reply(message)
            return
        self._in_order = self._in_order or asyncio.Lock()
        async with self._in_order:
            if not await flow.caught_up(self.transport) or self.state != self.STATE_OPEN:
                return
            if len(text) <= flow.PIECE_CHARS or self._perMessageCompress is not None:
                self.handle_reply(message)
            else:
                await self._send_in_pieces(text)

    def _has_to_wait(self, text: str) -> bool:
        return (
            len(text) > flow.PIECE_CHARS
            or (self._in_order is not None and self._in_order.locked())
            or flow.is_behind(self.transport)
        )

    async def _send_in_pieces(self, text: str) -> None:
        """Send one text message in several frames (RFC 6455, 5.4)."""
        for start in range(0, len(text), flow.PIECE_CHARS):
            if start and (not await flow.caught_up(self.transport) or self.state != self.STATE_OPEN):
                return
            piece = text[start : start + flow.PIECE_CHARS].encode()
            self.sendFrame(opcode=0 if start else 1, payload=piece, fin=start + flow.PIECE_CHARS >= len(text))

    def serverClose(self, code: int | None = None) -> None:
        # Autobahn's sendClose takes 1000 and 3000 to 4999 alone, but 1009 and 1011 are a server's (RFC 6455, 7.4.1).
        self.sendCloseFrame(code=1000 if code is None else code)

    def handle_reply(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == DENIAL_START:
            self._denial = (message["status"], message.get("headers", ()), b"")
        elif kind == DENIAL_BODY and self._denial is not None:
            status, headers, body = self._denial
            self._denial = (status, headers, body + message.get("body", b""))
            if not message.get("more_body", False):
                self.serverReject()
        else:
            super().handle_reply(message)

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: Any = None) -> None:
        if self._denial is None:
            super().sendHttpErrorResponse(code, reason, responseHeaders)
            return
        status, headers, body = self._denial
        said = [(name.decode("latin1"), value.decode("latin1")) for name, value in headers]
        ends = [("Content-Length", len(body)), ("Connection", "close")]
        super().sendHttpErrorResponse(status, HTTPStatus(status).phrase, [*said, *ends])
        self.sendData(body)


class SocketFactory(WebSocketFactory):
    """Makes the sockets of one server."""

    protocol = Socket

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.frames = Frames()

    def share_options(self) -> None:
        """Have all sockets share the options that stand now: Autobahn copies them into each, and writes them out."""
        for name in WebSocketProtocol.CONFIG_ATTRS:
            option = getattr(self, name)
            setattr(Socket, name, staticmethod(option) if callable(option) else option)
        Socket.CONFIG_ATTRS = []
