"""The gates before the providers, in Redis, one hash each: one script call to reserve, one to settle."""

from __future__ import annotations

from typing import Any

import redis.asyncio

from ..core.clock import stated_ms
from ..redis_io.keys import GATE_TTL_S, gate_key
from ..redis_io.scripts import script
from .gates import (
    ASK_AGAIN_CAP_MS,
    ASK_AGAIN_FIRST_MS,
    BREAK_AFTER,
    LONGEST_PAUSE_MS,
    OPEN_CAP_MS,
    OPEN_FIRST_MS,
    PAUSE_CAP_MS,
    PAUSE_FIRST_MS,
    PROBE_MS,
    SLOT_GOOD_FOR_MS,
    SPREAD_MS,
    WINDOW_MS,
    Admission,
    Limits,
    Outcome,
    Slot,
    Standing,
    interval_ms,
)


class RedisGates:
    """`Gates` in Redis, which all workers share. Raises STORE_ERRORS while Redis is away."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._reserve = client.register_script(script("gate_reserve"))
        self._settle = client.register_script(script("gate_settle"))

    async def reserve(
        self, gate: str, limits: Limits, tokens: int, *, within_ms: int | None = None, held: Slot | None = None
    ) -> Admission:
        args: list[Any] = [
            stated_ms(),
            interval_ms(limits.requests_per_minute),
            tokens * interval_ms(limits.tokens_per_minute),
            "" if within_ms is None else within_ms,
            "" if held is None else held.at_ms,
            "" if held is None else held.moved_ms,
            GATE_TTL_S,
        ]
        bounds = [limits.burst_ms, SLOT_GOOD_FOR_MS, SPREAD_MS, PROBE_MS, ASK_AGAIN_FIRST_MS, ASK_AGAIN_CAP_MS]
        code, at, moved, probe = await self._reserve(keys=[gate_key(gate)], args=args + bounds)
        return Admission(code.decode(), int(at), Slot(int(at), int(moved)), probe=probe == 1)

    async def settle(
        self, gate: str, limits: Limits, outcome: Outcome, *, tokens: int = 0, pause_ms: int | None = None
    ) -> Standing:
        args: list[Any] = [
            stated_ms(),
            outcome,
            tokens * interval_ms(limits.tokens_per_minute),
            "" if pause_ms is None else pause_ms,
            GATE_TTL_S,
        ]
        pauses = [PAUSE_FIRST_MS, PAUSE_CAP_MS, LONGEST_PAUSE_MS]
        breaker = [WINDOW_MS, BREAK_AFTER, OPEN_FIRST_MS, OPEN_CAP_MS]
        down_until, row = await self._settle(keys=[gate_key(gate)], args=args + pauses + breaker)
        return Standing(int(down_until), int(row))
