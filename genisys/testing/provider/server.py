"""The server of a scripted provider, on a real socket."""

from __future__ import annotations

import asyncio

import h11

from .connection import Connection
from .responder import Responder, grounded_responder
from .script import Script


class FakeProvider(Script):
    """The server. `responder` returns the text of each answer; it may be changed while it runs."""

    def __init__(self, responder: Responder = grounded_responder, *, port: int = 0, model: str = "scripted") -> None:
        super().__init__(responder, model)
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> FakeProvider:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def base_url(self) -> str:
        """The address for `base_url=` or OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await Connection(self, reader, writer).serve()
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass  # the other side went away, or the server is closing
        finally:
            self._open.discard(task)
            writer.close()
