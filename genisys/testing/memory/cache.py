"""Results across runs, kept in this process. For tests only."""

from __future__ import annotations

from ...core.clock import now_ms
from ...store.cache import SEEN
from ...store.protocol import Entry


class MemoryCache:
    """The same answers as RedisCache; entries expire by the library's clock, which a test may set."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[Entry, int]] = {}
        self._seen: dict[str, dict[str, tuple[int, dict[str, str]]]] = {}

    async def get(self, entry: str) -> Entry | None:
        kept, until = self._entries.get(entry, (None, 0))
        return kept if until > now_ms() else None

    async def put(self, entry: str, kept: Entry, ttl_ms: int) -> None:
        self._entries[entry] = (kept, now_ms() + ttl_ms)

    async def seen(self, component: str) -> list[dict[str, str]]:
        newest = sorted(self._seen.get(component, {}).values(), key=lambda noted: -noted[0])
        return [dict(parts) for _, parts in newest]

    async def note(self, component: str, parts: dict[str, str], at_ms: int) -> None:
        noted = self._seen.setdefault(component, {})
        noted[str(sorted(parts.items()))] = (at_ms, dict(parts))
        for oldest in sorted(noted, key=lambda name: noted[name][0])[:-SEEN]:
            del noted[oldest]
