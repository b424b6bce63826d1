"""A TCP proxy before a server, with which a test cuts the network between it and whoever knows this address."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter

from genisys_site.launching import ports

PIECE_BYTES = 65536


class Wire:
    """`async with Wire(port) as wire:` leads from `wire.port` to the server at `port` of this machine.

    `cut`: nothing passes either way and nothing is closed, as where a cable is out. What was sent meanwhile arrives
    once it is mended, as TCP sends it again: also what was sent by those who have closed their end since. `refuse`:
    what is open is ended, and who comes is turned away. `delay`: each piece takes so long. `mend` ends all of them.
    `lose`: what is open stays so, and nothing passes any more, as where the other host is gone; who comes gets through.
    """

    def __init__(self, to_port: int) -> None:
        self.port = ports.reserve()
        self._to_port = to_port
        self._delay_s = 0.0
        self._whole = asyncio.Event()
        self._links: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Wire:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()

    def cut(self) -> None:
        self._whole.clear()

    def lose(self) -> None:
        self.cut()
        self._whole = asyncio.Event()
        self._whole.set()

    def delay(self, seconds: float) -> None:
        self._delay_s = seconds

    async def refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def mend(self) -> None:
        self._delay_s = 0.0
        self._whole.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        link = asyncio.create_task(self._link(reader, writer))
        self._links.add(link)
        link.add_done_callback(self._links.discard)

    async def _link(self, reader: StreamReader, writer: StreamWriter) -> None:
        ends, whole = [writer], self._whole
        try:
            await whole.wait()
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._to_port)
            ends.append(to_server)
            carrying = (self._carry(reader, to_server, whole), self._carry(from_server, writer, whole))
            await asyncio.gather(*carrying, return_exceptions=True)
        except OSError:
            pass  # The server is gone: who asked sees its connection end.
        finally:
            for end in ends:
                end.close()

    async def _carry(self, reader: StreamReader, writer: StreamWriter, whole: asyncio.Event) -> None:
        try:
            while piece := await reader.read(PIECE_BYTES):
                await whole.wait()
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()  # What is written leaves first.
