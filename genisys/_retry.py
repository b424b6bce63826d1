"""The retry policy: exponential backoff with full jitter.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 (the "full jitter" form).
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how soon a failed body runs again.

    `attempts` counts all tries, the first one too. `base` and `cap` are seconds: try n waits a random time between 0
    and min(cap, base * 2**(n-1)), or the error's `retry_after` where it is longer. `on` says which errors count; an
    error whose `permanent` is true never does.
    """

    attempts: int = 3
    base: float = 0.5
    cap: float = 30.0
    on: tuple[type[Exception], ...] = (Exception,)

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"Retry(attempts={self.attempts}): a component runs at least once; give 1 or more")
        if self.base < 0 or self.cap < 0:
            raise ValueError("Retry: base and cap are seconds, 0 or more")

    def delay(self, tried: int, error: Exception) -> float | None:
        """Give the seconds to wait after the `tried`-th try failed with `error`, or None to give up."""
        if tried >= self.attempts or not isinstance(error, self.on) or getattr(error, "permanent", False):
            return None
        backoff = random.uniform(0, min(self.cap, self.base * 2 ** (tried - 1)))  # noqa: S311 - jitter, not a secret
        return max(backoff, getattr(error, "retry_after", None) or 0.0)


ONCE = Retry(attempts=1)
