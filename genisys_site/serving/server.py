"""Daphne, with an orderly end.

Daphne alone drops its sockets on SIGTERM without a close frame, and with an SSE response open the process can
crash while it exits. Here a signal first makes the process unready and deaf to new connections, then has
sockets closed with 4012 and streams ended, waits a bounded time for what is in flight, and only then stops
the reactor.
"""

from __future__ import annotations

# First: importing this installs Twisted's asyncio reactor, which no other import may have chosen before.
from daphne.server import Server  # isort: skip

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import structlog
from twisted.internet import defer

from genisys_site.configuration.refusal import CannotStart
from genisys_site.serving import flow, lifecycle
from genisys_site.serving.http_requests import with_our_requests
from genisys_site.serving.sockets import SocketFactory
from runs.engines import close_engine
from runs.live import sockets, sse

_DRAIN_SECONDS = 5.0
_IN_FLIGHT_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_CLOSE_HANDSHAKE_SECONDS = 5.0
"""How long a reader has to answer our close frame. After Autobahn's 1 s a busy one is reset, and reads 1006."""
_BACKLOG = 2048
"""With Twisted's 50, more readers who come back at once would wait for seconds until their kernels try again."""
_MESSAGE_BYTES = 4 * sockets.MAX_MESSAGE_CHARS
"""The most that one message, and one frame of it, may hold: a character takes four bytes of UTF-8 at most."""

log = structlog.get_logger("genisys_site.server")


class WebServer(Server):
    """One listening address; ends on SIGTERM or SIGINT, at once on the second one.

    `message_bytes` is the most that a message to a socket, and a frame of it, may hold.
    """

    def __init__(
        self,
        application: Any,
        *,
        host: str,
        port: int,
        on_listen: Callable[[], None],
        message_bytes: int = _MESSAGE_BYTES,
    ) -> None:
        super().__init__(
            application,
            endpoints=[_endpoint(host, port)],
            signal_handlers=False,
            ready_callable=self._on_start,
            server_name="genisys",
            websocket_max_message_size=message_bytes,
            websocket_max_frame_size=message_bytes,
        )
        self._on_listen = on_listen
        self._ports: list[Any] = []
        self._ending: asyncio.Task[None] | None = None
        self._stopped = False
        self.listen_failure = ""

    def serve(self) -> None:
        """Block until the server has ended. Raises CannotStart where it cannot listen."""
        self.run()
        if self.listen_failure:
            raise CannotStart(self.listen_failure)

    # Daphne's hooks

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)
        self._on_listen()

    def listen_error(self, failure: Any) -> None:
        self.listen_failure = f"The server cannot listen: {failure.getErrorMessage()}"
        self.stop()

    def stop(self) -> None:
        """Stop the reactor, once: on a second call Twisted raises ReactorNotRunning."""
        if not self._stopped:
            self._stopped = True
            super().stop()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket":
            scope["extensions"] = {"websocket.http.response": {}, sockets.SEND_NOW: {"send": protocol.send_now}}
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        if message["type"] != "websocket.send":
            await super().handle_reply(protocol, message)
            # The last part of a body is not waited for: its request is over, and with it all that made it.
            if message["type"] == "http.response.body" and message.get("more_body") and protocol.channel is not None:
                await flow.caught_up(protocol.channel.transport)
            return
        connection = self.connections.get(protocol)
        if connection is not None and "disconnected" not in connection:
            await protocol.send(message)

    def kill_all_applications(self) -> Any:
        """Cancel what outlived the wait. Daphne's own version fails on connections without application."""
        left = self._in_flight()
        for application in left:
            application.cancel()
        if not left:
            return defer.succeed(None)
        return defer.Deferred.fromFuture(asyncio.ensure_future(asyncio.wait(left, timeout=_DRAIN_SECONDS)))

    # The end

    def _on_start(self) -> None:
        self.ws_factory = self._socket_factory()
        self.http_factory.buildProtocol = with_our_requests(self.http_factory.buildProtocol)
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, loop)

    def _socket_factory(self) -> SocketFactory:
        """Return the factory of our sockets, with the options that Daphne would have set."""
        factory = SocketFactory(self, server=self.server_name)
        factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            allowNullOrigin=True,
            openHandshakeTimeout=self.websocket_handshake_timeout,
            closeHandshakeTimeout=_CLOSE_HANDSHAKE_SECONDS,
            maxMessagePayloadSize=self.websocket_max_message_size,
            maxFramePayloadSize=self.websocket_max_frame_size,
            failByDrop=False,  # who sends too much gets 1009, not a connection that breaks
        )
        factory.share_options()
        return factory

    def _on_signal(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._ending is None:
            self._ending = loop.create_task(self._end())
        else:
            self.stop()

    async def _end(self) -> None:
        try:
            lifecycle.draining.set()
            for port in self._ports:
                port.stopListening()
            async with asyncio.timeout(_DRAIN_SECONDS):
                await asyncio.gather(sockets.drain(), sse.drain())
            async with asyncio.timeout(_IN_FLIGHT_SECONDS):
                while self._in_flight():
                    await asyncio.sleep(_LOOK_SECONDS)
                await close_engine()
        except TimeoutError:
            log.warning("server.cut_short", in_flight=len(self._in_flight()))
        except Exception:
            log.exception("server.drain_failed")
        finally:
            self.stop()

    def _in_flight(self) -> list[asyncio.Future[Any]]:
        applications = (details.get("application_instance") for details in self.connections.values())
        return [application for application in applications if application is not None and not application.done()]


def _endpoint(host: str, port: int) -> str:
    """Return Twisted's endpoint description, in which the colons of an IPv6 address are escaped."""
    escaped = host.replace(":", r"\:")
    return f"tcp{'6' if ':' in host else ''}:port={port}:interface={escaped}:backlog={_BACKLOG}"
