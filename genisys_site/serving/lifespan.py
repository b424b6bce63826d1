"""The beginning and the end of this process under an ASGI server other than ours (`manage.py serve` sees to its own).

The protocol's `lifespan.shutdown` comes only when all connections have been closed, and an open event stream would hold
a server up until then. So SIGTERM and SIGINT first come here: sockets are closed with 4012 and streams ended, and then
the server gets the signal, and finds nothing left to wait for. A second signal reaches it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from types import FrameType
from typing import Any

import structlog

from genisys.host import STORE_ERRORS
from genisys_site.serving import lifecycle
from runs.engines import close_engine, engine
from runs.live import sockets, sse

Message = MutableMapping[str, Any]

_CONNECT_SECONDS = 5.0
_DRAIN_SECONDS = 5.0

log = structlog.get_logger("genisys_site.lifespan")


async def lifespan(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer the server's `lifespan` scope (ASGI specification, "Lifespan Protocol", 2.0)."""
    await receive()
    await _connect()
    with _first_to_know(asyncio.get_running_loop()):
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await _drain()
    await close_engine()
    await send({"type": "lifespan.shutdown.complete"})


async def _connect() -> None:
    """Reach Redis before the first visitor does. `/readyz` reports a Redis that is not there yet."""
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await engine().connect()
    except (*STORE_ERRORS, TimeoutError) as error:
        log.warning("lifespan.redis_away", kind=type(error).__name__)


async def _drain() -> None:
    """Let all visitors go, as `WebServer` does. Doing it twice does nothing more."""
    lifecycle.draining.set()
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            await asyncio.gather(sockets.drain(), sse.drain())
    except TimeoutError:
        log.warning("lifespan.cut_short")


@contextlib.contextmanager
def _first_to_know(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Have signals come here before the server's handlers, where those are functions and this is the main thread."""
    undo: list[Callable[[], None]] = []
    with contextlib.suppress(ValueError):  # this is not the main thread
        undo = [_take_over(number, loop) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        yield
    finally:
        for each in undo:
            each()


def _take_over(number: signal.Signals, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
    """Handle the signal before the server does; return what undoes that."""
    servers_own = signal.getsignal(number)
    if not callable(servers_own):
        return lambda: None
    leaving: list[asyncio.Task[None]] = []  # the loop itself holds its tasks weakly

    async def leave() -> None:
        try:
            await _drain()
        finally:
            servers_own(number, None)

    def begin() -> None:
        leaving.append(loop.create_task(leave()))

    def on_signal(_: int, frame: FrameType | None) -> None:
        if lifecycle.draining.is_set():
            servers_own(number, frame)
        else:
            lifecycle.draining.set()
            loop.call_soon_threadsafe(begin)

    signal.signal(number, on_signal)
    return lambda: _give_back(number, on_signal, servers_own)


def _give_back(number: signal.Signals, ours: Any, servers_own: Any) -> None:
    if signal.getsignal(number) is ours:
        signal.signal(number, servers_own)
