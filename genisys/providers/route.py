"""The route of one call through the configured providers: in their order, within their quotas, until one answers.

A call asks the gate of each provider in order and goes to the first that admits it soon. A provider that fails is
skipped for the next one. What follows depends on who is at fault:

- The request (400, 401, 404, …): the call fails at once.
- A limit (429): the gate pauses for the whole fleet, and the call queues again. It does not count as a failed try.
- The provider (connection, time-out, 5xx, nonsense): a failed try, after which the client's `retry` decides; but while
  the provider answers nobody (its circuit breaker is open, or only failures came since the call first met one) it is
  taken to be down, and the last try is not counted against the call.
- The answer (not in the form asked for): a failed try in any case, since it was paid for.

Inside a run a call for which no provider is left waits, for as long as it takes, and the run leaves its worker
meanwhile: an outage fails no run. Outside a run no call can be parked: every failure is a failed try, and while all
providers are known to be down a call fails at once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from ..core.clock import now_ms
from ..core.logs import Logger
from ..execution.scope import wait
from ..execution.steps import OpenStep
from ..limits.gates import Admission, Gates, Outcome, Slot, Standing
from ..limits.local_gates import LocalGates
from ..policies.retry import Retry
from ..redis_io import errors as store_errors
from .provider import Provider
from .provider_error import Blame, ErrorDescriber, ProviderError, blame_for, quiet_asked_s

T = TypeVar("T")

PASS_OVER_MS = 2_000
"""A provider whose next free time is further away is skipped where there is another one."""
ACCOUNT_PAUSE_MS = 60_000
DOUBTFUL_PAUSE_S = 1.0
"""Between tries that are not counted, at a provider that may be down but is not known to be."""
STORE_PAUSE_S = 0.25

log = Logger("genisys.providers")

_outside_runs: Gates = LocalGates()


class Route:
    """The route of one call, which is one step. `provider` is the one that answered (or the first in order)."""

    def __init__(self, providers: Sequence[Provider], retry: Retry, step: OpenStep, *, model: str, tokens: int) -> None:
        self._serving = [provider for provider in providers if provider.serves(model)]
        if not self._serving:
            raise ProviderError(
                f"No configured provider serves the model {model!r}: add it to the `models` of one of "
                f"{', '.join(provider.name for provider in providers)}.",
                permanent=True,
                detail={"host": "", "model": model, "status": 0, "tries": 0},
            )
        self.provider = self._serving[0]
        self._retry = retry
        self._step = step
        self._model = model
        self._estimate = tokens
        self._gates = _outside_runs if step.scope is None else step.scope.execution.store.gates
        self._failed_here: set[str] = set()
        self._last: ProviderError | None = None

    def error_describer(self, provider: Provider) -> ErrorDescriber:
        return ErrorDescriber(provider.host, provider.own_name(self._model), provider.api_key, provider.name)

    async def tried(self, send: Callable[[Provider], Awaitable[T]], used: Callable[[T], int | None]) -> T:
        """Send until a provider answers. `used(reply)` returns the tokens that the reply cost, None if not yet known.

        Raises ProviderError: the request's own error at once, any other once the tries are used up.
        """
        step = self._step
        await wait(step.scope, reason="retry", until_ms=step.memory.get("next_try", 0))
        since = step.memory.get("since") or now_ms()
        tried: int = step.memory.get("tries", 0)
        while True:
            provider = await self._admitted(tried)
            try:
                reply = await send(provider)
            except Exception as error:
                tried = await self._failed(provider, error, tried, since)
                continue
            self.provider = provider
            tokens = used(reply)
            # The reservation counted an estimate: the difference is added or given back.
            more = 0 if tokens is None else tokens - self._estimate
            await self._settle(provider, "ok", more, spent=tokens or 0)
            return reply

    async def used(self, tokens: int) -> None:
        """Report the tokens of a stream, which has ended."""
        await self._settle(self.provider, "", tokens - self._estimate, spent=tokens)

    async def broke(self) -> None:
        """Report that the provider broke off in the middle of its answer."""
        await self._settle(self.provider, "failed", 0)

    # Which provider, and when

    async def _admitted(self, tried: int) -> Provider:
        """Wait until a provider may be asked, and return it."""
        while True:
            choices = [provider for provider in self._in_turn() if provider.name not in self._failed_here]
            answers: list[tuple[int, int, Admission]] = []
            for place, provider in enumerate(choices):
                got = await self._ask(provider, PASS_OVER_MS if len(self._serving) > 1 else None)
                if got.code == "go":
                    return provider
                answers.append((got.at_ms, place, got))
            if self._failed_here:
                # The others are not available now: go back to those that failed, after a moment.
                self._failed_here.clear()
                delay = (self._last and self._retry.delay(max(1, tried), self._last)) or 0
                await wait(self._step.scope, reason="retry", until_ms=now_ms() + round(delay * 1000))
                continue
            at_ms, place, got = min(answers, key=lambda answer: answer[:2])
            # Every first free time is too far away, and nothing is reserved yet: reserve the nearest.
            if got.code == "later":
                got = await self._ask(choices[place], None)
                if got.code == "go":
                    return choices[place]
                at_ms = got.at_ms
            await self._park(choices[place], at_ms)

    def _in_turn(self) -> list[Provider]:
        """Return the providers in their order; the one where we have a reservation comes first."""
        held = (self._step.memory.get("place") or {}).get("provider")
        return sorted(self._serving, key=lambda provider: provider.name != held)

    async def _ask(self, provider: Provider, within_ms: int | None) -> Admission:
        """Ask one provider's gate, and wait for the time that it reserves."""
        while True:
            got = await self._reserve(provider, within_ms)
            if got.code != "wait":
                if self._step.memory.get("place"):
                    self._step.remember(place=None)  # used up, or void
                return got
            place = {"provider": provider.name, "at_ms": got.slot.at_ms, "moved_ms": got.slot.moved_ms}
            # Remembered: a run that leaves its worker to wait comes back to its reservation.
            self._step.remember(place=place)
            await wait(self._step.scope, reason="provider", until_ms=got.at_ms, provider=provider.name)

    async def _reserve(self, provider: Provider, within_ms: int | None) -> Admission:
        place = self._step.memory.get("place")
        mine = place and place["provider"] == provider.name
        held = Slot(place["at_ms"], place["moved_ms"]) if place and mine else None
        while True:
            try:
                return await self._gates.reserve(
                    provider.gate, provider.limits, self._estimate, within_ms=within_ms, held=held
                )
            except store_errors.STORE_ERRORS as error:
                log.info("gate.waiting", provider=provider.name, error=str(error))
                await asyncio.sleep(STORE_PAUSE_S)

    async def _park(self, provider: Provider, at_ms: int) -> None:
        """Wait until the soonest provider may be tried again, and a random moment more, as others wait for it too."""
        left = max(0, at_ms - now_ms())
        if self._step.scope is None:
            raise self._last or self.error_describer(provider).error(
                "is known to be down for now.", 0, 0, retry_after=left / 1000
            )
        apart = random.uniform(0, min(500, left / 10))  # noqa: S311 - jitter, not a secret
        await wait(self._step.scope, reason="provider", until_ms=round(at_ms + apart), provider=provider.name)

    # How it ended

    async def _failed(self, provider: Provider, error: Exception, tried: int, since: int) -> int:
        """Report the failure and return how many tries are used. Raises where there is nothing more to try."""
        described = self._last = self.error_describer(provider).describe(error, tried + 1)
        blame = blame_for(error)
        quiet = quiet_asked_s(error)
        pause_ms = round(quiet * 1000) if quiet else None
        others = [each for each in self._serving if each.name not in {provider.name, *self._failed_here}]
        if blame == "account" and others:
            pause_ms = ACCOUNT_PAUSE_MS
        outcome: Outcome = "failed" if blame == "provider" else "limited" if blame == "limit" else "ok"
        standing = await self._settle(provider, outcome, -self._estimate if blame == "limit" else 0, pause_ms)
        if blame == "request" or (blame == "account" and not others):
            raise described
        tried, delay = self._counted(blame, standing, described, tried)
        if delay is None or self._retry.too_late(since, delay):
            raise described
        if blame != "limit":
            self._failed_here.add(provider.name)
        if others:
            delay = 0.0
        else:
            self._failed_here.clear()
        await self._step.retrying(tried, delay, described, since=since)
        return tried

    def _counted(
        self, blame: Blame, standing: Standing, described: ProviderError, tried: int
    ) -> tuple[int, float | None]:
        """Return how many tries are used after this failure, and the seconds to wait, or None to give up."""
        if blame == "answer" or (blame != "account" and self._step.scope is None):
            return tried + 1, self._retry.delay(tried + 1, described)
        if blame != "provider" or standing.down_until_ms:
            return tried, 0.0  # the gate says when to go on
        if tried + 1 >= self._retry.attempts and standing.row > tried:
            return tried, self._retry.delay(max(1, tried), described) or DOUBTFUL_PAUSE_S
        return tried + 1, self._retry.delay(tried + 1, described)

    async def _settle(
        self, provider: Provider, outcome: Outcome, tokens: int, pause_ms: int | None = None, *, spent: int = 0
    ) -> Standing:
        """Report to the gate; skipped where Redis is away, as a paid answer must never be lost over it."""
        try:
            return await self._gates.settle(
                provider.gate, provider.limits, outcome, tokens=tokens, pause_ms=pause_ms, spent=spent
            )
        except store_errors.STORE_ERRORS as error:
            log.info("gate.not_told", provider=provider.name, error=str(error))
            return Standing()
