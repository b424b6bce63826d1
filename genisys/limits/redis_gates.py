"""The gates before the providers, in Redis, one hash each: one script call to reserve, one to settle."""

from __future__ import annotations

from typing import Any

from ..core.clock import now_ms, stated_ms
from ..redis_io.connection import AnyRedis
from ..redis_io.keys import GATE_TTL_S, gate_hold_key, gate_key, gate_use_key
from ..redis_io.pipe import AnyPipe
from .gates import (
    ASK_AGAIN_CAP_MS,
    ASK_AGAIN_FIRST_MS,
    BREAK_AFTER,
    HELD_ASK_AGAIN_MS,
    HOUR_MS,
    LONGEST_HOLD_MS,
    LONGEST_PAUSE_MS,
    OPEN_CAP_MS,
    OPEN_FIRST_MS,
    PAUSE_CAP_MS,
    PAUSE_FIRST_MS,
    PAUSES_APART_MS,
    PROBE_MS,
    SLOT_GOOD_FOR_MS,
    SPREAD_MS,
    WINDOW_MS,
    Admission,
    GateState,
    Limits,
    Outcome,
    Slot,
    Standing,
    catch_up_ms,
    hours_until,
    interval_ms,
    use_from,
)

_FIELDS = ("pause_until", "opened", "open_until", "row", "requests", "tokens")


class RedisGates:
    """`Gates` in Redis, which all workers share. Raises STORE_ERRORS while Redis is away."""

    def __init__(self, client: AnyRedis, pipe: AnyPipe) -> None:
        self._redis = client
        self._pipe = pipe  # each request to a provider or a site asks twice here

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
        keys = gate_key(gate), gate_hold_key(gate)
        answer = await self._pipe.script("gate_reserve", 2, *keys, *args, *bounds, HELD_ASK_AGAIN_MS)
        code, at, moved, probe = answer
        return Admission(code.decode(), int(at), Slot(int(at), int(moved)), probe=probe == 1)

    async def settle(
        self,
        gate: str,
        limits: Limits,
        outcome: Outcome,
        *,
        tokens: int = 0,
        pause_ms: int | None = None,
        spent: int | None = None,
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
        keys = gate_key(gate), gate_use_key(gate, now_ms() // HOUR_MS)
        counted = ["" if spent is None else spent, catch_up_ms(limits), PAUSES_APART_MS]
        answer = await self._pipe.script("gate_settle", 2, *keys, *args, *pauses, *breaker, *counted)
        down_until, row = answer
        return Standing(int(down_until), int(row))

    async def hold(self, gate: str, until_ms: int) -> None:
        left_ms = min(until_ms - now_ms(), LONGEST_HOLD_MS)
        if left_ms > 0:
            await self._redis.set(gate_hold_key(gate), now_ms() + left_ms, px=left_ms)
        else:
            await self._redis.delete(gate_hold_key(gate))

    async def look(self, gate: str, hours: int = 1) -> GateState:
        now = now_ms()
        last = hours_until(now, hours)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hmget(gate_key(gate), *_FIELDS)
            pipe.get(gate_hold_key(gate))
            for hour in last:
                pipe.hgetall(gate_use_key(gate, hour))
            raw, held, *counted = await pipe.execute()
        paused, opened, down, row, requests, tokens = (int(float(value or 0)) for value in raw)
        used = [{name.decode(): int(value) for name, value in each.items()} for each in counted]
        held_until = int(held or 0)
        return GateState(
            paused,
            held_until if held_until > now else 0,
            opened > 0,
            down,
            row,
            max(requests, tokens),
            tuple(use_from(each, hour, now) for each, hour in zip(used, last, strict=True)),
        )
