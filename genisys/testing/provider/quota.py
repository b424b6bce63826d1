"""A provider's quota, as OpenAI enforces one."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 60.0


class Quota:
    """At most so many requests in any 60 s."""

    def __init__(self, requests_per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = requests_per_minute
        self._clock = clock
        self._taken: deque[float] = deque()

    def take(self) -> float:
        """Let a request pass and return 0, or return for how many seconds none will."""
        now = self._clock()
        while self._taken and self._taken[0] <= now - WINDOW_S:
            self._taken.popleft()
        if len(self._taken) >= self._limit:
            return self._taken[0] + WINDOW_S - now
        self._taken.append(now)
        return 0.0

    def headers(self, wait: float) -> list[tuple[str, str]]:
        return [
            ("retry-after", str(math.ceil(wait))),
            ("retry-after-ms", str(math.ceil(wait * 1000))),
            ("x-ratelimit-limit-requests", str(self._limit)),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", f"{math.ceil(wait * 1000)}ms"),
        ]
