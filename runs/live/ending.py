"""Waiting for a run's end, for a caller who asked for the result and not for the events.

It is the hub that waits: no polling of the database, no connection to it and no thread meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from enum import Enum, auto

from genisys.host import Frame
from runs.accounts.tokens import Caller
from runs.live import viewer_slots
from runs.live.following import LAST, Cursor, follow
from runs.live.resources import release_resources
from runs.models import Run


class Waited(Enum):
    """How a wait for a run's end went."""

    ENDED = auto()
    NOT_YET = auto()
    LEAVING = auto()
    """This process goes away: another one can answer."""
    SHUT_OUT = auto()
    """The caller may no longer see the run."""


async def wait_for_end(caller: Caller, run: Run, seconds: float) -> Waited:
    """Wait until the run has ended, for at most so long. Where no slot is free, there is no wait."""
    shut_out = False
    try:
        async with asyncio.timeout(seconds) as limit:

            def lose(_: set[str] | None) -> None:
                nonlocal shut_out
                if not limit.expired():
                    shut_out = True
                    limit.reschedule(asyncio.get_running_loop().time())

            with _seated(caller, run, lose):
                return await _end_of(run)
    except viewer_slots.Full:
        return Waited.NOT_YET
    except TimeoutError:
        return Waited.SHUT_OUT if shut_out else Waited.NOT_YET


@contextmanager
def _seated(caller: Caller, run: Run, on_lost: Callable[[set[str] | None], None]) -> Iterator[None]:
    slot = viewer_slots.take(caller.user, session_key=caller.session_key, token_id=caller.token_id, on_lost=on_lost)
    slot.runs.add(run.pk)
    try:
        yield
    finally:
        slot.leave()


async def _end_of(run: Run) -> Waited:
    await release_resources()
    async with aclosing(follow(run, Cursor(), taker=_is_not_last)) as frames:
        async for frame in frames:
            if frame.t in LAST:
                # Where the log cannot be read, nobody here knows when the run ends.
                return Waited.ENDED if frame.t == "end" else Waited.NOT_YET
    return Waited.LEAVING


def _is_not_last(frame: Frame) -> bool:
    """Take every frame before the last, so that nobody is woken for it."""
    return frame.t not in LAST
