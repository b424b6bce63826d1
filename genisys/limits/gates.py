"""The gate before each provider: when a request may leave, as the whole fleet knows it.

A gate holds three things that every worker shares. Its *quota* is two queues of reservations, for requests and for
tokens: a request gets the time from which it may leave, so that it waits once and in its turn. Its *pause* is what
the provider asked for (`Retry-After`): it moves every reservation back by its length, but for what a burst may catch up
of it: the quota is not used meanwhile. Its *breaker* is closed (requests pass), open (none passes until a time) or
half-open (one probe at a time passes, and decides).

Times are the callers' own, as everywhere in the library: the less their clocks agree, the less evenly a quota is used.
Gates are kept by a `Gates`: in Redis (`redis_gates`), or in this process (`local_gates`).

Sources: the generic cell rate algorithm (ITU-T I.371, annex A, "virtual scheduling"), here with a queue in place of a
refusal; the circuit breaker of M. Nygard, "Release It!", 2nd edition 2018, section 5.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

USED_SHARE = 0.98
"""The share of a quota that is used: the provider counts when requests arrive, not when they leave."""
BURST_MS = 600
"""How much of an unused quota may be caught up, of each minute."""
SLOT_GOOD_FOR_MS = 5_000
"""A reservation that is not used within that time is void: a request that comes later queues again."""
SPREAD_MS = 20
"""Between requests that waited for the end of a pause, where the provider has no quota to spread them."""
PAUSE_FIRST_MS, PAUSE_CAP_MS = 1_000, 60_000
"""A pause where the provider does not say how long: doubled with each one."""
LONGEST_PAUSE_MS = 3_600_000
PAUSES_APART_MS = 5_000
"""A pause is caught up, as far as a burst is, where the one before it ended so long ago. Pauses that follow each other
closely say that somebody else uses the quota too: then each of them slows the queue down by its whole length."""

BREAK_AFTER = 5
"""So many failures in a row, fleet-wide and within WINDOW_MS, open the breaker."""
WINDOW_MS = 600_000
OPEN_FIRST_MS, OPEN_CAP_MS = 1_000, 15_000
"""How long it stays open: doubled with each probe that fails."""
PROBE_MS = 30_000
"""A probe without a result by then is taken for lost, and another one may leave."""
ASK_AGAIN_FIRST_MS, ASK_AGAIN_CAP_MS = 1_000, 5_000
"""While a probe is under way, the others ask again after as long as it has taken so far, within these bounds."""

HELD_ASK_AGAIN_MS = 15_000
"""While operators have paused a provider, callers ask again after so long, and so notice when it is let go on."""
HOUR_MS = 3_600_000
LONGEST_HOLD_MS = 7 * 24 * 3_600_000
"""A pause by hand ends by itself, at the latest after a week: one that is forgotten must not last for ever."""

Code = Literal["go", "wait", "later", "down"]
Outcome = Literal["ok", "failed", "limited", ""]


@dataclass(frozen=True, slots=True)
class Limits:
    """A provider's quota; None where it has none that we know. `burst_ms` of an unused one may be caught up."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    burst_ms: int = BURST_MS


@dataclass(frozen=True, slots=True)
class Slot:
    """A reservation: its time, and by how much pauses had moved the queue when it was made."""

    at_ms: int
    moved_ms: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A gate's answer.

    `go`: leave now (as the probe, where `probe` says so). `wait`: `slot` is reserved, ask again with it at `at_ms`.
    `later`: nothing is reserved, since the first free time, `at_ms`, is too far away. `down`: the breaker is open, ask
    again at `at_ms`.
    """

    code: Code
    at_ms: int
    slot: Slot
    probe: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A provider's state: until when its breaker is open (0: closed), and how many failures there were in a row."""

    down_until_ms: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Use:
    """What was asked of a provider in the hour that began at `from_ms`: answers (refusals are some), failures, limits
    that it named, and tokens. `minute_…` is of the present minute, 0 in hours that have passed.
    """

    from_ms: int
    answered: int = 0
    failed: int = 0
    limited: int = 0
    tokens: int = 0
    minute_requests: int = 0
    minute_tokens: int = 0


@dataclass(frozen=True, slots=True)
class GateState:
    """A gate as it stands. Times are epoch milliseconds, 0 for none, and may have passed.

    `paused_until_ms` is what the provider asked for, `held_until_ms` a pause by hand, `down_until_ms` how long the
    breaker is open (`is_open` stays True until a probe is answered), `row` the failures in a row. `free_at_ms` is when
    all that has been reserved will have left. `hours` are the last ones, the present one last.
    """

    paused_until_ms: int = 0
    held_until_ms: int = 0
    is_open: bool = False
    down_until_ms: int = 0
    row: int = 0
    free_at_ms: int = 0
    hours: tuple[Use, ...] = ()


class Gates(Protocol):
    """Where gates are kept. `gate` names one; times are epoch milliseconds."""

    async def reserve(
        self, gate: str, limits: Limits, tokens: int, *, within_ms: int | None = None, held: Slot | None = None
    ) -> Admission:
        """Reserve a time for a request of some tokens, at most `within_ms` from now; a good `held` is kept."""
        ...

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
        """Record how a request ended: `ok` (answered, even with a refusal), `failed`, `limited`, or "" for neither.

        `tokens` is what it used above its estimate (negative: less). `pause_ms` is how long the provider asks for no
        requests; None with `limited` where it did not say. With `spent` (the tokens that were used) it is counted in
        the gate's `hours`.
        """
        ...

    async def hold(self, gate: str, until_ms: int) -> None:
        """Let no request leave until then, at most LONGEST_HOLD_MS from now; a time that has passed lets them again.

        Requests that have left are not touched.
        """
        ...

    async def look(self, gate: str, hours: int = 1) -> GateState:
        """Return the gate as it stands, with what was asked in the last `hours`. Changes nothing."""
        ...


def interval_ms(per_minute: float | None) -> float:
    """Return the milliseconds that one request (or token) takes of a quota; 0 where there is none."""
    return 0.0 if per_minute is None else 60_000 / (per_minute * USED_SHARE)


def hours_until(now_ms: int, count: int) -> range:
    """Return the last hours, counted from the epoch, the present one last."""
    present = now_ms // HOUR_MS
    return range(present - count + 1, present + 1)


def use_from(used: Mapping[str, int], hour: int, now_ms: int) -> Use:
    """Return what a gate counted in an hour: its counters by outcome, and those of the minute that it counted last."""
    is_now = used.get("minute") == now_ms // 60_000
    return Use(
        hour * HOUR_MS,
        used.get("ok", 0),
        used.get("failed", 0),
        used.get("limited", 0),
        used.get("tokens", 0),
        used.get("minute_requests", 0) if is_now else 0,
        used.get("minute_tokens", 0) if is_now else 0,
    )


def catch_up_ms(limits: Limits) -> int:
    """Return how much of a pause may be caught up. Without a quota nothing is: it is all that spreads the requests."""
    return 0 if limits.requests_per_minute is None else limits.burst_ms
