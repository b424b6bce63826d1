"""Asking one site for things, politely: the guarded client, the host's pace, and what its statuses mean.

A run opens a fetch context, where its components find it; a component that runs alone opens its own. The site's rules
are kept there and not in each step's input: they may be long, and the step that read them has recorded them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.conf import settings

from genisys import GenisysError, HostAway
from genisys.net import Fetched, Fetcher, FetchFailed, FetchTimeout
from ingestion.web.backlog import Backlog
from ingestion.web.links import site_host
from ingestion.web.missing import Missing
from ingestion.web.pacing import LONGEST_WAIT_S, Pace, pace_of
from ingestion.web.robots import Robots, allows

SHORT_RULES_CHARS = 4_000
"""Rules of this length are held against an address in a fraction of a millisecond."""


class SiteBusy(GenisysError):
    """The site says that it is busy or broken just now (429 or 5xx)."""


@dataclass(slots=True)
class FetchContext:
    """What is being read, with what, and by which rules. `rules` are None until the site has been asked for them.

    `languages` are those that are read; none means all. `missing` is what the site gives for what does not exist.
    """

    fetcher: Fetcher
    rules: Robots | None = None
    home: str = ""
    sub_domains: bool = False
    languages: frozenset[str] = frozenset()
    missing: Missing = field(default_factory=Missing)
    backlog: Backlog = field(default_factory=Backlog)

    def allows(self, url: str) -> bool:
        """Return whether the site's rules, as far as they are known, let us read this page."""
        return self.rules is None or allows(self.rules, url, settings.INGEST_USER_AGENT)

    async def may_read(self, url: str) -> bool:
        """Return the same as `allows`. In a thread where the rules are long: they are parsed when first asked."""
        if self.rules is None or len(self.rules.text) <= SHORT_RULES_CHARS:
            return self.allows(url)
        return await asyncio.to_thread(self.allows, url)

    @property
    def delay_s(self) -> float:
        return self.rules.delay_s if self.rules is not None else 0.0


_current: ContextVar[FetchContext | None] = ContextVar("ingestion_fetch_context", default=None)


@asynccontextmanager
async def fetch_context() -> AsyncIterator[FetchContext]:
    """Yield the run's context, or one of its own for a component that runs alone. Its connections are kept open."""
    known = _current.get()
    if known is not None:
        yield known
        return
    async with Fetcher(
        user_agent=settings.INGEST_USER_AGENT,
        allowed_private_hosts=frozenset(settings.INGEST_ALLOWED_PRIVATE_HOSTS),
    ) as fetcher:
        opened = FetchContext(fetcher)
        token = _current.set(opened)
        try:
            yield opened
        finally:
            _current.reset(token)


def fetch_context_now() -> FetchContext:
    """Return the context that is open. Raises LookupError where none is."""
    known = _current.get()
    if known is None:
        raise LookupError("open a fetch_context first")
    return known


async def ask(
    url: str,
    *,
    accept: tuple[str, ...] = (),
    max_bytes: int | None = None,
    truncate: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Return the answer of one address, asked when it is its turn.

    Raises SiteBusy for 429 and 5xx, with the wait that the site asks for, and what the guarded client raises.
    """
    async with fetch_context() as current:
        delay_s = max(settings.INGEST_MIN_DELAY, current.delay_s)
        pace = pace_of(site_host(url), delay_s, settings.INGEST_HOST_CONCURRENCY)
        try:
            async with pace.turn():
                fetched = await current.fetcher.get(
                    url, accept=accept, max_bytes=max_bytes, truncate=truncate, headers=headers
                )
        except HostAway as error:
            raise SiteBusy(error.message, permanent=True) from error
        except (FetchFailed, FetchTimeout) as error:
            if not error.permanent:
                await pace.broke()
            raise
    if fetched.status == 429 or fetched.status >= 500:
        raise await _busy(fetched, url, pace)
    await pace.answered()
    return fetched


async def _busy(fetched: Fetched, url: str, pace: Pace) -> SiteBusy:
    """Return what to raise for a site that is busy or broken, after telling its pace."""
    wait = fetched.retry_after
    if fetched.status in (429, 503) and (wait or fetched.status == 429):
        await pace.pause(wait or None)
    else:
        await pace.broke()
    return SiteBusy(
        f"{site_host(url)} answered {fetched.status} for {url}. Try again later.",
        retry_after=wait if wait and wait <= LONGEST_WAIT_S else None,
        permanent=bool(wait and wait > LONGEST_WAIT_S),
        detail={"status": fetched.status},
    )
