"""Gates in this process alone: for calls outside a run, and for the store in memory that ships for tests.

Follows gate_reserve.lua and gate_settle.lua line by line; one contract suite holds both to the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..core.clock import now_ms
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


@dataclass(slots=True)
class _Gate:
    """`requests` and `tokens`: the time at which each queue is empty. The rest as in gate_reserve.lua."""

    requests: float = 0.0
    tokens: float = 0.0
    moved: int = 0
    pause_until: int = 0
    catch_up: int = 0
    pauses: int = 0
    since: int = 0
    row: int = 0
    opened: int = 0
    open_until: int = 0
    probe_at: int = 0
    probe_until: int = 0
    held_until: int = 0
    used: dict[int, dict[str, int]] = field(default_factory=dict)


class LocalGates:
    """Gates that this process alone knows."""

    def __init__(self) -> None:
        self._gates: dict[str, _Gate] = {}

    async def reserve(
        self, gate: str, limits: Limits, tokens: int, *, within_ms: int | None = None, held: Slot | None = None
    ) -> Admission:
        state, now = self._gates.setdefault(gate, _Gate()), now_ms()
        if state.held_until > now:
            at = min(state.held_until, now + HELD_ASK_AGAIN_MS)
            return Admission("down", at, Slot(at, state.moved))
        if state.opened:
            return self._half_open(state, now, _cost(limits, tokens))
        if held is not None:
            # Pauses since then have moved it; one that is caught up in part, not before its end.
            at = max(held.at_ms + state.moved - held.moved_ms, state.pause_until)
            if now <= at + SLOT_GOOD_FOR_MS:
                return _admission(state, at, now)
        return self._next(state, limits, tokens, now, within_ms)

    def _next(self, state: _Gate, limits: Limits, tokens: int, now: int, within_ms: int | None) -> Admission:
        """Take the next moment at which the quotas have room, unless that is later than `within_ms`."""
        request_ms, tokens_ms = _cost(limits, tokens)
        at = max(now, state.pause_until)
        if request_ms:
            at = max(at, int(state.requests - limits.burst_ms))
        elif state.pause_until > now:
            at = max(at, int(state.requests))
            request_ms = SPREAD_MS  # without a quota: or all that waited would leave at the same moment
        if tokens_ms:
            at = max(at, int(state.tokens - limits.burst_ms))
        if within_ms is not None and at > now + within_ms:
            return Admission("later", at, Slot(at, state.moved))
        self._take(state, at, request_ms, tokens_ms)
        return _admission(state, at, now)

    def _half_open(self, state: _Gate, now: int, cost: tuple[float, float]) -> Admission:
        until = max(state.open_until, state.pause_until)
        if until > now:
            return Admission("down", until, Slot(until, state.moved))
        if state.probe_until > now:
            wait = min(ASK_AGAIN_CAP_MS, max(ASK_AGAIN_FIRST_MS, now - state.probe_at))
            return Admission("down", now + wait, Slot(now + wait, state.moved))
        state.probe_at, state.probe_until = now, now + PROBE_MS
        self._take(state, now, *cost)
        return Admission("go", now, Slot(now, state.moved), probe=True)

    def _take(self, state: _Gate, at: int, request_ms: float, tokens_ms: float) -> None:
        if request_ms:
            state.requests = max(state.requests, at) + request_ms
        if tokens_ms:
            state.tokens = max(state.tokens, at) + tokens_ms

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
        state, now = self._gates.setdefault(gate, _Gate()), now_ms()
        if spent is not None:
            _count_use(state.used.setdefault(now // HOUR_MS, {}), now // 60_000, outcome, spent)
        if tokens and limits.tokens_per_minute is not None:
            state.tokens += tokens * interval_ms(limits.tokens_per_minute)
        self._pause(state, limits, now, outcome, pause_ms)
        if state.opened:
            self._decide(state, now, outcome)
        elif outcome:
            self._count(state, now, outcome)
        return Standing(state.open_until if state.opened else 0, state.row)

    async def hold(self, gate: str, until_ms: int) -> None:
        self._gates.setdefault(gate, _Gate()).held_until = min(until_ms, now_ms() + LONGEST_HOLD_MS)

    async def look(self, gate: str, hours: int = 1) -> GateState:
        state, now = self._gates.get(gate, _Gate()), now_ms()
        return GateState(
            state.pause_until,
            state.held_until if state.held_until > now else 0,
            bool(state.opened),
            state.open_until,
            state.row,
            int(max(state.requests, state.tokens)),
            tuple(use_from(state.used.get(hour, {}), hour, now) for hour in hours_until(now, hours)),
        )

    def _pause(self, state: _Gate, limits: Limits, now: int, outcome: Outcome, pause_ms: int | None) -> None:
        if pause_ms is None:
            if outcome == "ok":
                state.pauses = 0
            if outcome != "limited" or state.pause_until > now:
                return
            pause_ms = min(PAUSE_CAP_MS, PAUSE_FIRST_MS * 2**state.pauses)
            state.pauses = min(state.pauses + 1, 10)
        until = now + min(pause_ms, LONGEST_PAUSE_MS)
        before = max(now, state.pause_until)
        if until > before:
            if state.pause_until <= now:
                state.catch_up = catch_up_ms(limits) if now - state.pause_until >= PAUSES_APART_MS else 0
            caught_up = min(state.catch_up, until - before)
            by = until - before - caught_up
            state.pause_until, state.catch_up = until, state.catch_up - caught_up
            state.moved += by
            state.requests = max(state.requests, before) + by
            state.tokens = max(state.tokens, before) + by

    def _decide(self, state: _Gate, now: int, outcome: Outcome) -> None:
        """Close the half-open breaker, or open it for longer. Requests that left before it opened do not count."""
        if state.open_until > now or not outcome:
            return
        if outcome == "failed":
            state.opened = min(state.opened + 1, 10)
            state.open_until = now + min(OPEN_CAP_MS, OPEN_FIRST_MS * 2 ** (state.opened - 1))
        else:
            state.opened = state.open_until = state.row = 0
        state.probe_until = 0

    def _count(self, state: _Gate, now: int, outcome: Outcome) -> None:
        if outcome != "failed":
            state.row = 0
            return
        if state.row == 0 or now - state.since > WINDOW_MS:
            state.since, state.row = now, 0
        state.row += 1
        if state.row >= BREAK_AFTER:
            state.opened, state.open_until, state.probe_until = 1, now + OPEN_FIRST_MS, 0


def _admission(state: _Gate, at: int, now: int) -> Admission:
    return Admission("go" if at <= now else "wait", at, Slot(at, state.moved))


def _cost(limits: Limits, tokens: int) -> tuple[float, float]:
    return interval_ms(limits.requests_per_minute), tokens * interval_ms(limits.tokens_per_minute)


def _count_use(used: dict[str, int], minute: int, outcome: Outcome, spent: int) -> None:
    if used.get("minute") != minute:
        used.update(minute=minute, minute_requests=0, minute_tokens=0)
    used["tokens"] = used.get("tokens", 0) + spent
    used["minute_tokens"] += spent
    if outcome:
        used[outcome] = used.get(outcome, 0) + 1
        used["minute_requests"] += 1
