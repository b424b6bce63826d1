"""The guarded HTTP client: the only way to an address that a person or a page has given, to read it or to send to it.

A name is looked up once, every answer is checked, and the literal address that was checked is the one that is dialled,
so a name cannot point elsewhere between check and use. TLS and the Host header stay with the name. Redirects are
followed here, with the same checks; what is sent (POST, PUT) is never redirected. Sizes count decoded bytes, as
they come; the deadline covers everything, redirects included. No proxy, cookie or credential of this machine is ever
used.

FetchError (GenisysError)
├── FetchBlocked    the address, scheme or port is not one that may be read (permanent)
├── FetchTooLarge   more bytes than allowed (permanent)
├── FetchTimeout    no answer, or no end of it, in time
└── FetchFailed     name lookup, connection or protocol; permanent where trying again cannot help
    └── FetchUnresolved   there is no such name (permanent)
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType

import httpcore
import httpx

from .decoding import Decoder
from .errors import FetchBlocked, FetchFailed, FetchTimeout, FetchTooLarge
from .pinned_transport import PUBLIC_PORTS, PinnedBackend, PinnedTransport, Resolve, resolve_name
from .rate_headers import retry_after

REDIRECTS = frozenset({301, 302, 303, 307, 308})
LONGEST_URL = 4096


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `url` is the final address, `redirects` those before it; `content_type` is bare and lower-case."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    content_type: str
    redirects: list[str]
    truncated: bool = False

    @property
    def retry_after(self) -> float | None:
        """The seconds for which the server asks to be left alone, at most an hour; None where it does not say."""
        return retry_after(self.headers)


class Fetcher:
    """Reads addresses given by strangers, and sends to them.

    Use as an async context manager; safe for concurrent calls on one loop.

    `allowed_private_hosts` are the host names (as written in a URL) that may be private and have any port. `timeout`
    bounds each connect, read and write, `total` a whole `get` or `post`, both in seconds. `max_bytes` counts decoded
    bytes. `resolve` looks up names; tests replace it.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allowed_private_hosts: frozenset[str] = frozenset(),
        timeout: float = 20.0,
        total: float = 60.0,
        max_bytes: int = 10_000_000,
        max_redirects: int = 5,
        resolve: Resolve | None = None,
    ) -> None:
        self.allowed_private_hosts = frozenset(host.lower().strip("[]") for host in allowed_private_hosts)
        self.user_agent = user_agent
        self.total = total
        self.max_bytes = max_bytes
        self.max_redirects = max_redirects
        backend = PinnedBackend(resolve or resolve_name, self.allowed_private_hosts)
        self._client = httpx.AsyncClient(
            transport=PinnedTransport(backend),
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def __aenter__(self) -> Fetcher:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[str, ...] = (),
        max_bytes: int | None = None,
        truncate: bool = False,
    ) -> Fetched:
        """Read one address, following redirects; any HTTP status is an answer, not an error.

        With `accept` (content types), an answer that says it is of another type comes with an empty body, unread.
        With `truncate`, a body over the limit is cut there and marked, instead of FetchTooLarge.
        Raises FetchBlocked, FetchTooLarge, FetchTimeout, FetchFailed.
        """
        limit = max_bytes if max_bytes is not None else self.max_bytes
        async with self._in_time(url):
            return await self._following_redirects(url, dict(headers or {}), accept, limit, truncate)

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, max_bytes: int | None = None
    ) -> Fetched:
        """Send a body to one address, once; any HTTP status is an answer, a redirect too, and none is followed.

        The answer's body is cut at the limit and marked. Raises FetchBlocked, FetchTimeout, FetchFailed. After the
        last two the receiver may have got the body all the same.
        """
        return await self._send("POST", url, body, headers, max_bytes)

    async def put(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, max_bytes: int | None = None
    ) -> Fetched:
        """Send a body in place of what an address holds; all else is as with `post`."""
        return await self._send("PUT", url, body, headers, max_bytes)

    async def _send(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str] | None, max_bytes: int | None
    ) -> Fetched:
        limit = max_bytes if max_bytes is not None else self.max_bytes
        async with self._in_time(url):
            target = self.check(url)
            plain = {"accept-encoding": "identity", **(headers or {})}
            async with self._sent(method, target, plain, (), body) as response:
                return await self._read(response, target, [], (), limit, truncate=True)

    @asynccontextmanager
    async def _in_time(self, url: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.total):
                yield
        except TimeoutError as error:
            raise FetchTimeout(
                f"{url} did not end within {self.total:g} seconds and was given up. Try again later."
            ) from error

    async def _following_redirects(
        self, url: str, headers: dict[str, str], accept: tuple[str, ...], limit: int, truncate: bool
    ) -> Fetched:
        passed: list[str] = []
        target = self.check(url)
        while True:
            async with self._sent("GET", target, headers, accept) as response:
                location = response.headers.get("location")
                if response.status_code not in REDIRECTS or not location:
                    return await self._read(response, target, passed, accept, limit, truncate)
            passed.append(str(target))
            if len(passed) > self.max_redirects:
                raise FetchFailed(
                    f"{passed[0]} leads from one address to the next more than {self.max_redirects} times and was "
                    "given up. Give the address where it should end.",
                    permanent=True,
                )
            following = self.check(location, base=target)
            if not _is_same_server(following, target):
                headers = {}
            target = following

    def check(self, url: str, *, base: httpx.URL | None = None) -> httpx.URL:
        """Parse an address and check it by the rules that need no lookup. Raises FetchBlocked."""
        try:
            target = base.join(url) if base is not None else httpx.URL(url)
            host, port = target.host.lower(), target.port
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchBlocked(f"“{url[:200]}” is not a web address. Write it as https://example.com/page.") from error
        if target.scheme not in ("http", "https") or not host:
            raise FetchBlocked(
                f"“{url[:200]}” is not a web address: only http:// and https:// can be read. "
                "Write it as https://example.com/page."
            )
        if len(str(target)) > LONGEST_URL:
            raise FetchBlocked(f"An address at {host} is longer than {LONGEST_URL} characters and was not read.")
        if target.userinfo:
            raise FetchBlocked(
                f"The address of {host} holds a user name or password, which is not sent. "
                "Leave out what stands before the @."
            )
        if port is not None and port not in PUBLIC_PORTS and host not in self.allowed_private_hosts:
            raise FetchBlocked(f"Port {port} of {host} is not read. Give an address on port {_listed(PUBLIC_PORTS)}.")
        return target.copy_with(fragment=None)

    def _own_headers(self, accept: tuple[str, ...]) -> dict[str, str]:
        return {
            "user-agent": self.user_agent,
            "accept": ", ".join((*accept, "*/*;q=0.1")) if accept else "*/*",
            "accept-encoding": "gzip, deflate",
        }

    @asynccontextmanager
    async def _sent(
        self,
        method: str,
        target: httpx.URL,
        headers: dict[str, str],
        accept: tuple[str, ...],
        body: bytes | None = None,
    ) -> AsyncIterator[httpx.Response]:
        request = self._client.build_request(
            method, target, content=body, headers={**self._own_headers(accept), **headers}
        )
        try:
            response = await self._client.send(request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise FetchTimeout(f"{target.host} did not answer in time. Try again later.") from error
        except httpcore.ConnectError as error:
            raise FetchFailed(_connect_sentence(target, error)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.TransportError) as error:
            raise FetchFailed(
                f"{target.host} broke off the connection before the whole answer had come. Try again later."
            ) from error
        except (httpcore.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as error:
            raise FetchBlocked(f"{target} cannot be asked for: {error}") from error

    async def _read(
        self,
        response: httpx.Response,
        target: httpx.URL,
        passed: list[str],
        accept: tuple[str, ...],
        limit: int,
        truncate: bool,
    ) -> Fetched:
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        wanted = not accept or not content_type or content_type in accept
        body, truncated = b"", False
        if wanted:
            body, truncated = await _read_body(response, target, limit, truncate)
        return Fetched(
            url=str(target),
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            content_type=content_type,
            redirects=passed,
            truncated=truncated,
        )


async def _read_body(response: httpx.Response, target: httpx.URL, limit: int, truncate: bool) -> tuple[bytes, bool]:
    """Return the decoded body, at most `limit` bytes of it, and whether it was cut."""
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit and not truncate:
        raise FetchTooLarge(_too_large_sentence(target, limit, int(announced)))
    decoder = Decoder(response.headers.get("content-encoding", ""), target)
    body = bytearray()
    async for raw in response.aiter_raw():
        for piece in decoder.decode(raw):
            body += piece
            if len(body) > limit:
                if truncate:
                    return bytes(body[:limit]), True
                raise FetchTooLarge(_too_large_sentence(target, limit, None))
    return bytes(body), False


def _is_same_server(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def _connect_sentence(target: httpx.URL, error: Exception) -> str:
    if isinstance(error.__cause__, ssl.SSLError) or "SSL" in str(error) or "certificate" in str(error).lower():
        return (
            f"{target.host} could not prove who it is: its certificate is not valid ({error}). "
            "Check the address, or tell the site's owner."
        )
    return f"{target.host} does not accept connections. Check the address, or try again later."


def _too_large_sentence(target: httpx.URL, limit: int, announced: int | None) -> str:
    what = f"is {announced / 1_000_000:.0f} MB, larger" if announced else "is larger"
    return f"{target} {what} than the {limit / 1_000_000:g} MB that are read of one page, and was not read."


def _listed(ports: frozenset[int]) -> str:
    *most, last = sorted(ports)
    return f"{', '.join(map(str, most))} or {last}"
