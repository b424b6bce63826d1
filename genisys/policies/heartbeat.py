"""The heartbeat policy: a try without a sign of life for too long is stopped, as by a timeout."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.clock import now_ms
from ..errors import StepTimeout
from ..execution import pulse
from ..execution.scope import current as current_scope
from .policy import Call, Proceed


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Stop a try that gives no sign of life for `seconds`: no event, text, step inside it or `heartbeat()`.

    It fails with StepTimeout and may be tried again, as the component's retry policy says. Waiting is no silence.
    """

    rank: ClassVar[int] = 65

    seconds: float

    def __post_init__(self) -> None:
        if self.seconds <= 0:
            raise ValueError("heartbeat: give the seconds of silence after which a try is stopped, more than 0")

    async def run(self, call: Call, proceed: Proceed) -> Any:
        loop = asyncio.get_running_loop()
        deadline = asyncio.timeout(self.seconds)
        open_ = True

        def marked(resting: bool) -> None:
            if open_ and not deadline.expired():
                deadline.reschedule(None if resting else loop.time() + self.seconds)

        token = pulse.current.set(pulse.Pulse(pulse.current.get(), marked))
        try:
            async with deadline:
                try:
                    return await proceed()
                finally:
                    open_ = False
        except TimeoutError as error:
            if deadline.expired():
                message = f"“{call.component.name}” gave no sign of life for {self.seconds:g} s and was stopped."
                raise StepTimeout(message) from error
            raise
        finally:
            pulse.current.reset(token)


def heartbeat() -> None:
    """Give a sign of life from long work that emits nothing else, so that the run does not count as silent."""
    pulse.mark()
    scope = current_scope.get()
    if scope is not None:
        scope.execution.writer.last_mark_ms = now_ms()
