"""Following a run over HTTP from any Python process: the whole history, then what happens, each event once.

It reads NDJSON from `GET /api/runs/{id}/events` by the rules of `log.reader`, and owns the connection: when to connect
again, how long to wait, and what is a refusal and not a fault. It ends only when the run has ended.
"""

from __future__ import annotations

import asyncio
import functools
import json
import random
import ssl
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Self

import httpx

from .errors import FollowRefused, GenisysError
from .log.cursor import parse_cursor, write_cursor
from .log.fold import Event, State, fold, new_state
from .log.reader import RESYNC, NotAFrame, Reader, ReceivedFrame, Refusal, decode
from .net.rate_headers import LONGEST_S, retry_after

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 10.0
SILENCE_S = 45.0
"""The server sends something every 15 s: after three times that the line counts as dead."""
CONNECT_S = 10.0
LONGEST_LINE_BYTES = 64 * 1024 * 1024
"""A batch is at most 256 KB or one event; this is above any state that a resync may bring."""
LONGEST_PROBLEM_BYTES = 64 * 1024

NDJSON = "application/x-ndjson"
PASSING = frozenset({408, 425, 429})
"""The 4xx that may pass by themselves, as all 5xx may."""

_WORDS = {
    401: "The server does not accept the token: it is wrong, expired or withdrawn.",
    403: "The token may not read this run.",
    404: "There is no such run, or it is not yours to see.",
}


class _Lost(Exception):
    """There is no line to the server now; `retry_after` is how many seconds it asked to be left alone."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


def follow(
    url: str, *, token: str | None = None, after: str | None = None, client: httpx.AsyncClient | None = None
) -> Following:
    """Follow the run whose address in the API is `url` (`…/api/runs/<id>`, with or without `/events`).

        async for event in follow("https://genisys.example/api/runs/018f…", token="gen_…"):
            print(event["seq"], event["type"])

    It yields every event of the run's log in order, each once, and ends when the run has ended; whatever else happens
    to the line, the server or the network, it connects again and goes on. See `Following` for its attributes.

    `token` is an API token with the scope `read`; it is sent to that address only, and redirects are refused. `after`
    is a cursor of an earlier `Following`: events come from there on. `client` is an httpx.AsyncClient of yours,
    for a proxy, certificates or HTTP/2; it is not closed, and without one the environment's proxies are not used.

    Raises ValueError for an invalid address, token or cursor, and while following FollowRefused.
    """
    return Following(url, token=token, after=after, client=client)


class Following:
    """A run that is being followed: an async iterator of its events. Get it from `follow`.

    An event is a dict: `seq`, `at` (epoch ms), `type`, `attempt` and what its type brings. One with `covers` stands for
    so many events, those before it having been superseded. An event of type `resync` says that the log is another one,
    or has lost something: drop what you made of earlier events. Its `state` is what to begin with
    instead (the fold up to and with its `seq`), or None for an empty one; `reason` says why.

    - `cursor` is the place behind the last event that was handed out: pass it to `follow` to go on from there.
    - `status` is the run's status (completed, failed or cancelled) once all has been handed out, None before.
    - `trouble` says in a sentence why there is no line to the server just now, and is empty while there is one.

    `cursor` moves as an event is handed out. Store it when you are done with the event: after a crash you then get that
    event again rather than never. Safe to cancel while it waits: nothing is lost, and it can be iterated again. Memory
    is bounded by one frame, however slow the reader: what it does not read stays on the server.

    Leaving the loop early closes the line soon; `async with follow(…) as run:` or `aclose()` do it at once.
    """

    def __init__(self, url: str, *, token: str | None, after: str | None, client: httpx.AsyncClient | None) -> None:
        self._url = _events_url(url)
        self._headers = {"Accept": NDJSON, "Accept-Encoding": "identity", **_credential(token)}
        self._client = client
        self._reader = Reader(*parse_cursor(after)) if after is not None else Reader()
        self._handed = (self._reader.log_id, self._reader.seq)
        self._events: deque[Event] = deque()
        self._line: AsyncGenerator[ReceivedFrame, None] | None = None
        self._failures = 0
        self._not_before = 0.0
        self._asked_at = -1
        self.trouble = ""
        self.status: str | None = None

    def __repr__(self) -> str:
        return f"<Following {self._url} at {self.cursor}{f', {self.status}' if self.status else ''}>"

    @property
    def cursor(self) -> str:
        return write_cursor(*self._handed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the line to the server. Iterating again goes on behind `cursor`."""
        line, self._line = self._line, None
        if line is not None:
            await line.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._reader.status is not None:
                self.status = self._reader.status
                await self.aclose()
                raise StopAsyncIteration
            self._events.extend(self._reader.take(await self._frame()))
            if self._reader.gap:
                await self._ask_again()
            else:
                self._failures = 0
        event = self._events.popleft()
        self._handed = (event["log_id"] if event["type"] == RESYNC else self._reader.log_id, event["seq"])
        return event

    def states(self, state: State | None = None) -> AsyncIterator[State]:
        """Return the run's state as it grows, folded from its events, instead of the events.

            async for state in follow(url, token=token).states():
                print(state["run_status"], state["status_text"])

        It comes once for each frame, so history is a few states rather than thousands; a resync is taken care of. It
        is the same dict each time, changed in place: copy what you keep. To go on behind a cursor, give the state that
        belongs to it. Raises ValueError where the two do not fit.
        """
        if state is None:
            state = new_state()
        if state["seq"] != self._handed[1]:
            raise ValueError(
                f"The state is at event {state['seq']} and the cursor at {self._handed[1]}: give the state that "
                "belongs to the cursor, or neither"
            )
        return self._states(state)

    async def _states(self, state: State) -> AsyncIterator[State]:
        began_anew = False
        async for event in self:
            try:
                state = (event["state"] or new_state()) if event["type"] == RESYNC else fold([event], state)
            except (ValueError, TypeError, LookupError) as error:
                if began_anew:
                    raise GenisysError("The events of this run do not fit together, so it has no state.") from error
                began_anew = True
                await self._begin_anew()
                continue
            if not self._events:
                yield state

    async def _begin_anew(self) -> None:
        await self.aclose()
        self._events.clear()
        self._events.append(self._reader.begin_anew("broken"))

    async def _frame(self) -> ReceivedFrame:
        """Return the next frame, over as many lines as it takes. Raises FollowRefused."""
        while True:
            await asyncio.sleep(self._not_before - asyncio.get_running_loop().time())
            if self._line is None:
                url = self._url.copy_merge_params({"after": self._reader.cursor})
                self._line = _frames(url, self._headers, self._client)
            try:
                frame = await _next_of(self._line)
            except _Lost as lost:
                await self._lost(lost)
            except BaseException:
                await self.aclose()
                raise
            else:
                self.trouble = ""
                return frame

    async def _lost(self, lost: _Lost) -> None:
        await self.aclose()
        self.trouble = str(lost)
        self._failures += 1
        delay = backoff_s(self._failures)
        if lost.retry_after is not None:
            # A little later at random, so that clients that got the same time do not come back at once.
            delay += lost.retry_after
        self._not_before = asyncio.get_running_loop().time() + delay

    async def _ask_again(self) -> None:
        """Ask again from the cursor where something is missing; at once, unless that was tried in vain already."""
        if self._asked_at == self._reader.seq:
            await self._lost(_Lost("The server leaves out what comes next."))
        else:
            self._asked_at = self._reader.seq
            await self.aclose()


async def _next_of(line: AsyncGenerator[ReceivedFrame, None]) -> ReceivedFrame:
    """Return the line's next frame. Raises FollowRefused, and _Lost where the line has ended or brings none."""
    try:
        async with asyncio.timeout(SILENCE_S):
            return await anext(line)
    except TimeoutError as error:
        raise _Lost(f"The server said nothing for {SILENCE_S:g} s.") from error
    except StopAsyncIteration as error:
        raise _Lost("The server ended the answer before the run had ended.") from error
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise _Lost(f"The line to the server broke: {error or type(error).__name__}.") from error
    except NotAFrame as error:
        raise _Lost(str(error)) from error


async def _frames(
    url: httpx.URL, headers: dict[str, str], client: httpx.AsyncClient | None
) -> AsyncGenerator[ReceivedFrame, None]:
    """Yield the frames of one connection, to its end, however it ends.

    It holds no reference to the Following: where that is dropped, the line is dropped too, which closes it.
    """
    async with AsyncExitStack() as stack:
        if client is None:
            client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, verify=_tls()))
        request = client.build_request("GET", url, headers=headers, timeout=httpx.Timeout(CONNECT_S, read=None))
        response = await client.send(request, stream=True, follow_redirects=False)
        stack.push_async_callback(response.aclose)
        if response.status_code != 200:
            raise _meaning(response.status_code, await _detail(response), retry_after(response.headers), headers)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != NDJSON:
            raise _Lost(f"The server answered with {media_type or 'no type'} where {NDJSON} was asked for.")
        async for line in _lines(response):
            frame = decode(line)
            if isinstance(frame, Refusal):
                raise _meaning(frame.code, f"The server says: {frame.message[:500]}", frame.retry_after, headers)
            yield frame


def _meaning(status: int, detail: str, retry_after_s: float | None, headers: dict[str, str]) -> _Lost | FollowRefused:
    """Return what an answer without frames means: a refusal, or no line for now."""
    if status < 300 or status >= 500 or status in PASSING:
        asked = None if retry_after_s is None else min(retry_after_s, LONGEST_S)
        return _Lost(f"The server answered {status}. {detail}".strip(), asked)
    if status < 400:
        words = "The server redirects this address, and a token is not sent elsewhere: follow the new address itself."
    elif status == 401 and "Authorization" not in headers:
        words = "This run cannot be read without a token: make one with `manage.py token`."
    else:
        words = _WORDS.get(status, f"The server answered {status} and will not let this run be followed.")
    return FollowRefused(f"{words} {detail}".strip(), status=status)


def backoff_s(failures: int) -> float:
    """Return the seconds before the next try: full jitter between 0.5 s and a ceiling that doubles to 10 s."""
    ceiling = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures, 16))
    return random.uniform(FIRST_DELAY_S, max(FIRST_DELAY_S, ceiling))  # noqa: S311 - jitter, not a secret


async def _lines(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Split the body into lines. A last one without a line end was cut off, and is dropped."""
    held = bytearray()
    async for part in response.aiter_bytes():
        looked_at = len(held)
        held += part
        while (end := held.find(b"\n", looked_at)) >= 0:
            yield bytes(held[:end])
            del held[: end + 1]
            looked_at = 0
        if len(held) > LONGEST_LINE_BYTES:
            raise NotAFrame(f"The server sent a line of more than {LONGEST_LINE_BYTES} bytes, which is no frame.")


async def _detail(response: httpx.Response) -> str:
    """Read the sentence of a problem (RFC 9457), if that is what the body is."""
    if not response.headers.get("Content-Type", "").startswith("application/problem+json"):
        return ""
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > LONGEST_PROBLEM_BYTES:
            return ""
    return _sentence(body)


def _sentence(body: bytes) -> str:
    try:
        problem: Any = json.loads(body)
    except ValueError:
        return ""
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return f"The server says: {detail[:500]}" if isinstance(detail, str) else ""


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return the context of all connections: making one reads the system's certificates."""
    return httpx.create_ssl_context(trust_env=False)


def _events_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"{url!r} is no address: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise ValueError("A run's address begins with http:// or https:// and a host, and holds no password")
    path = parsed.path.rstrip("/")
    return parsed.copy_with(path=path if path.endswith("/events") else f"{path}/events", fragment=None)


def _credential(token: str | None) -> dict[str, str]:
    if token is None:
        return {}
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(
            "This is no API token: it has to be printable ASCII without spaces, as `manage.py token` gives it"
        )
    return {"Authorization": f"Bearer {token}"}
