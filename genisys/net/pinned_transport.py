"""Connections to literal addresses, each of which was looked up and checked.

A name is looked up once, every answer is checked, and the address that was checked is the one that is dialled.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import httpcore
import httpx

from .addresses import is_public
from .errors import FetchBlocked, FetchFailed, FetchTimeout, FetchUnresolved
from .tls import shared_context

Resolve = Callable[[str, int], Awaitable[list[str]]]

PUBLIC_PORTS = frozenset({80, 443, 8080, 8443})

_MOST_ADDRESSES_TRIED = 4


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Dials only what it has itself looked up and checked."""

    def __init__(self, resolve: Resolve, allowed_private_hosts: frozenset[str]) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._resolve = resolve
        self._allowed_private_hosts = allowed_private_hosts

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        host = host.lower().strip("[]")
        addresses = await self._checked(host, port, timeout)
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses[:_MOST_ADDRESSES_TRIED]:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _checked(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except TimeoutError as error:
            raise FetchTimeout(f"The name {host} could not be looked up in time. Try again later.") from error
        except (OSError, UnicodeError) as error:
            raise _lookup_failure(host, error) from error
        if not addresses:
            raise _lookup_failure(host, socket.gaierror(socket.EAI_NONAME, "no address"))
        if host not in self._allowed_private_hosts:
            if port not in PUBLIC_PORTS:
                raise FetchBlocked(f"Port {port} of {host} is not read.")
            if not all(is_public(address) for address in addresses):
                raise FetchBlocked(
                    f"{host} is an address inside a private network, which is not read. "
                    "Give the address of a public site."
                )
        return sorted(addresses, key=lambda address: ":" in address)  # IPv4 first: fewer broken routes

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise FetchBlocked("A socket of this machine is not read.")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class PinnedTransport(httpx.AsyncBaseTransport):
    """httpx on a connection pool over the pinned network. No proxy, no retries of its own."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        # SSL_CERT_FILE is honoured here: the operator decides which authorities to trust, and that is no way around the
        # guard.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=shared_context(httpx.create_ssl_context),
            max_connections=64,
            http2=True,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Stream(response.stream),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        if hasattr(self._stream, "aclose"):
            await self._stream.aclose()


async def resolve_name(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _lookup_failure(host: str, error: Exception) -> FetchFailed:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return FetchFailed(f"The name {host} cannot be looked up at the moment. Try again later.")
    return FetchUnresolved(f"{host} does not resolve: there is no such name. Check the spelling.")
