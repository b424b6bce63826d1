"""How fast a host is asked by all workers together: the time between two requests, its pauses, and its breaker.

Stands on the gates that providers have too (`limits.gates`), so the pace is kept in Redis and over restarts. Outside a
run it is this process's own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Literal

from ..core.clock import now_ms, sleep
from ..core.logs import Logger
from ..errors import GenisysError
from ..execution.scope import current
from ..limits.gates import Gates, Limits, Slot, Standing
from ..limits.local_gates import LocalGates
from ..redis_io import errors as store_errors

STRICT_FROM_S = 1.0
"""From this delay on no gap is ever shorter; below it a few requests may catch up for those that came late."""
DOWN_LONGEST_S = 30.0
"""How long a caller waits for a host whose breaker is open: it may not come back for hours."""
STORE_PAUSE_S = 0.5
HostAnswer = Literal["ok", "failed", "limited"]

log = Logger("genisys.store")
_outside_runs = LocalGates()


class HostAway(GenisysError):
    """The host has failed again and again, or asked to be left alone for longer than the caller waits."""


@dataclass(frozen=True, slots=True)
class HostPace:
    """The pace of one host. `delay_s` lies between the starts of two requests, whichever workers make them.

    A caller waits at most `longest_s`. It holds its worker meanwhile, so that its place in the queue is never lost.
    """

    host: str
    delay_s: float = 0.0
    longest_s: float = 120.0

    PREFIX: ClassVar[str] = "host"

    async def turn(self) -> None:
        """Return when it is this caller's turn. Raises HostAway, which is permanent, where that is too far away."""
        held: Slot | None = None
        until = now_ms() + self.longest_s * 1000
        until_down = now_ms() + min(self.longest_s, DOWN_LONGEST_S) * 1000
        while True:
            within = max(0, round(until - now_ms()))
            try:
                got = await self._gates().reserve(self._gate, self._limits, 0, within_ms=within, held=held)
            except store_errors.STORE_ERRORS as error:
                log.info("gate.waiting", provider=self.host, error=str(error))
                await asyncio.sleep(STORE_PAUSE_S)
                continue
            if got.code == "go":
                return
            if got.at_ms > (until_down if got.code == "down" else until):
                raise self._away(got.code == "down", (got.at_ms - now_ms()) / 1000)
            held = got.slot if got.code == "wait" else None
            await sleep(max(0.0, (got.at_ms - now_ms()) / 1000))

    async def settle(self, answer: HostAnswer, pause_s: float | None = None) -> Standing:
        """Tell how a request ended; `pause_s` is how long the host asks for no more. Skipped where Redis is away."""
        pause_ms = None if pause_s is None else round(pause_s * 1000)
        try:
            return await self._gates().settle(self._gate, self._limits, answer, pause_ms=pause_ms)
        except store_errors.STORE_ERRORS as error:
            log.info("gate.not_told", provider=self.host, error=str(error))
            return Standing()

    @property
    def _gate(self) -> str:
        return f"{self.PREFIX}:{self.host}"

    @property
    def _limits(self) -> Limits:
        # The gates use a little less of a quota than there is; a delay is no quota, but the least that is waited.
        per_minute = 60 / (self.delay_s * 0.98) if self.delay_s > 0 else None
        return Limits(per_minute, burst_ms=0) if self.delay_s >= STRICT_FROM_S else Limits(per_minute)

    @staticmethod
    def _gates() -> Gates:
        scope = current.get()
        return _outside_runs if scope is None else scope.execution.store.gates

    def _away(self, is_down: bool, for_s: float) -> HostAway:
        what = (
            "does not answer just now" if is_down else f"asks to be left alone for {max(1, round(for_s))} more seconds"
        )
        return HostAway(f"{self.host} {what}, so it was not asked. Try again later.", permanent=True)
