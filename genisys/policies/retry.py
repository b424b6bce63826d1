"""The retry policy: exponential backoff with full jitter. The tries that a step has used survive a crash.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 (the "full jitter" form).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from ..core.clock import now_ms
from ..core.definitions import count, limit
from ..core.durations import seconds, waitable
from ..errors import is_permanent, retry_after_of
from ..execution.scope import wait
from ..execution.steps import OpenStep
from .policy import Call, Proceed


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how soon a failed body runs again.

    `attempts` counts all tries, including the first. `base` and `cap` are seconds: try n waits a random time between 0
    and min(cap, base * 2**(n-1)), or the error's `retry_after` where it is longer. After `deadline` (seconds or a
    timedelta since the first try began) no try begins. `on` says which errors count; an error whose `permanent` is true
    never does. Tries are counted over crashes and hand-overs: a step that has used three of five has two left.
    """

    rank: ClassVar[int] = 50

    attempts: int = 3
    base: float = 0.5
    cap: float = 30.0
    on: tuple[type[Exception], ...] = (Exception,)
    deadline: float | timedelta | None = None

    def __post_init__(self) -> None:
        count(self.attempts, where="Retry: attempts", why="a component runs at least once")
        for name in ("base", "cap"):
            waitable(getattr(self, name), where=f"Retry: {name}")
        if not isinstance(self.on, tuple) or not all(isinstance(e, type) and issubclass(e, Exception) for e in self.on):
            raise TypeError(f"Retry: on={self.on!r:.60} is no tuple of exceptions. Write on=(OSError,)")
        if self.deadline is not None:
            limit(self.deadline, where="Retry: deadline")

    def delay(self, tried: int, error: Exception) -> float | None:
        """Return the seconds to wait after the `tried`-th try failed with `error`, or None to give up."""
        if tried >= self.attempts or not self._counts(error) or is_permanent(error):
            return None
        backoff = random.uniform(0, min(self.cap, self.base * 2 ** (tried - 1)))  # noqa: S311 - jitter, not a secret
        return max(backoff, retry_after_of(error) or 0.0)

    def _counts(self, error: BaseException) -> bool:
        """Return whether the error is one of `on`; for a group, whether all inside are."""
        left = [error]
        while left:
            each = left.pop()
            if not isinstance(each, self.on):
                if not isinstance(each, BaseExceptionGroup):
                    return False
                left.extend(each.exceptions)
        return True

    async def run(self, call: Call, proceed: Proceed) -> Any:
        return await self.tried(call.step, proceed)

    async def tried(self, step: OpenStep, proceed: Proceed) -> Any:
        """Run `proceed` until it returns a result or the policy gives up; then the last error is raised."""
        tried = step.memory.get("tries", 0)
        await wait(step.scope, reason="retry", until_ms=step.memory.get("next_try", 0))
        since = step.memory.get("since") or now_ms()
        while True:
            tried += 1
            try:
                return await proceed()
            except Exception as error:
                delay = self.delay(tried, error)
                if delay is None or self.too_late(since, delay):
                    raise
                await step.retrying(tried, delay, error, since=since)

    def too_late(self, since_ms: int, delay: float) -> bool:
        """Return whether a try after that delay (seconds) would begin after the deadline."""
        limit = seconds(self.deadline)
        return limit is not None and now_ms() + delay * 1000 > since_ms + limit * 1000


ONCE = Retry(attempts=1)
