"""How often a caller asks: counters of requests in fixed windows, shared by all web processes."""

from __future__ import annotations

from dataclasses import dataclass

from ..redis_io.keys import rate_key
from ..redis_io.pipe import AnyPipe


@dataclass(frozen=True, slots=True)
class Count:
    """Requests in the current window including this one, and how long the window still lasts."""

    requests: int
    left_ms: int


class RateStore:
    """The counters in Redis: one round trip for each request."""

    def __init__(self, pipe: AnyPipe) -> None:
        self._pipe = pipe

    async def count(self, who: str, window_ms: int) -> Count:
        """Count a request of `who`. Safe to cancel. Raises STORE_ERRORS."""
        requests, left_ms = await self._pipe.script("rate", 1, rate_key(who), window_ms)
        return Count(int(requests), int(left_ms))
