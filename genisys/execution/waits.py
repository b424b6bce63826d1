"""Waiting that costs nothing: a step that waits for a time, an answer or a permission.

A wait is part of the run's state. While other steps work, or where it is short, it is waited out in memory; once
nothing else is under way and its end is not near, the run leaves its worker and is taken up again when it is time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..core.clock import now_ms
from ..redis_io.keys import EARLY_MS

# To leave and be taken up again costs two writes and a replay: not worth it for a gap between steps or a short sleep.
LEAVE_AFTER_S = 0.5
STAY_FOR_S = EARLY_MS / 1000
"""No less: a run that is taken up as early as may be waits its time out, and does not leave again at once."""


class Waiting(Protocol):
    """What waits: a scope, which does not work meanwhile."""

    key: str

    def rest(self) -> None: ...
    def work(self) -> None: ...


@dataclass(slots=True, eq=False)
class Wait:
    """One thing that is waited for. `until_ms` is epoch milliseconds, None where only a signal can end it."""

    step: str
    reason: str
    until_ms: int | None
    detail: dict[str, Any]
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def described(self) -> dict[str, Any]:
        """Return the wait as the `run.waiting` event carries it."""
        return {"step": self.step, "reason": self.reason, "until": self.until_ms or 0, **self.detail}


class Waits:
    """All waits of one attempt, and how many of its scopes work.

    `leave` is called when the run can leave its worker: nothing has worked for `leave_after_s`, and no wait ends
    within `stay_for_s`.
    """

    def __init__(
        self, leave: Callable[[], None], *, leave_after_s: float = LEAVE_AFTER_S, stay_for_s: float = STAY_FOR_S
    ) -> None:
        self._leave = leave
        self._leave_after_s = leave_after_s
        self._stay_for_s = stay_for_s
        self._open: set[Wait] = set()
        self._working = 1  # the workflow's own body
        self._timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether all that goes on is waiting."""
        return self._working == 0 and bool(self._open)

    def work(self, change: int) -> None:
        """Count scopes that begin (1) or stop (-1) working."""
        self._working += change
        if self._working == 0:
            self._plan()

    def wake(self) -> None:
        """Let every wait look again at what it waits for."""
        for wait in self._open:
            wait.woken.set()

    def described(self) -> dict[str, Any]:
        """Return what the run waits for: the fields of `run.waiting`. The first to end comes first."""
        waits = sorted(self._open, key=lambda wait: wait.until_ms or 2**62)  # those without an end come last
        first = waits[0].described()
        return {**first, "for": [wait.described() for wait in waits[:20]]}

    def until_ms(self) -> int | None:
        """Return when the first wait ends by itself, or None."""
        return min((wait.until_ms for wait in self._open if wait.until_ms is not None), default=None)

    async def wait(
        self, scope: Waiting, reason: str, until_ms: int | None, ready: Callable[[], bool], detail: dict[str, Any]
    ) -> None:
        """Return when `ready()` is true or the time has come."""
        wait = Wait(scope.key, reason, until_ms, detail)
        self._open.add(wait)
        scope.rest()
        try:
            while not ready():
                left = None if until_ms is None else (until_ms - now_ms()) / 1000
                if left is not None and left <= 0:
                    return
                wait.woken.clear()
                try:
                    async with asyncio.timeout(left):
                        await wait.woken.wait()
                except TimeoutError:
                    continue  # Asked once more: it may have become ready in the same moment.
        finally:
            self._open.discard(wait)
            scope.work()

    def stop(self) -> None:
        """Never call `leave` again, and drop the reference to it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._leave = lambda: None

    def _plan(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._leave_after_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self.idle:
            return
        until = self.until_ms()
        if until is None or until - now_ms() > self._stay_for_s * 1000:
            self._leave()
        else:
            self._plan()
