"""The timeout policies: a limit on each try of a body, and one on all tries together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.clock import now_ms
from ..errors import StepTimeout
from .policy import Call, Proceed


@dataclass(frozen=True, slots=True)
class TryTimeout:
    """Stop each try after so many seconds. The body may then be tried again."""

    rank: ClassVar[int] = 60

    seconds: float

    async def run(self, call: Call, proceed: Proceed) -> Any:
        async with limit(self.seconds, f"“{call.component.name}” took longer than its limit of {self.seconds:g} s"):
            return await proceed()


@dataclass(frozen=True, slots=True)
class TotalTimeout:
    """Stop the step so many seconds after it first began, tries, waits, crashes and hand-overs included."""

    rank: ClassVar[int] = 40

    seconds: float

    async def run(self, call: Call, proceed: Proceed) -> Any:
        began = call.step.memory.get("began")
        if began is None:
            began = now_ms()
            call.step.remember(began=began)
        left = max(0.0, self.seconds - (now_ms() - began) / 1000)
        message = f"“{call.component.name}” took longer in all than its limit of {self.seconds:g} s"
        try:
            async with limit(left, message):
                return await proceed()
        except StepTimeout as error:
            error.permanent = True
            raise


@asynccontextmanager
async def limit(seconds: float, message: str) -> AsyncIterator[None]:
    """Raise StepTimeout in the body when it takes longer than `seconds`."""
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            yield
    except TimeoutError as error:
        if deadline.expired():
            raise StepTimeout(f"{message} and was stopped.") from error
        raise
