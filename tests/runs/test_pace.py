"""How soon control looks again: seldom at rest, and at once when there is news."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from runs.control_plane import pace
from runs.control_plane.pace import Pace

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Pace:
    monkeypatch.setattr(pace, "QUIET_AFTER", timedelta(0))
    made = Pace()
    made._stirred_s -= 1
    return made


async def test_news_ends_the_pauses_of_all_who_are_at_rest(quiet: Pace):
    paused = [asyncio.create_task(quiet.pause(timedelta(0), asyncio.Event(), AN_HOUR)) for _ in range(3)]
    await asyncio.sleep(0)  # one turn of the loop: they begin to pause
    assert not any(task.done() for task in paused)
    quiet.stir()
    await asyncio.gather(*paused)


async def test_while_things_move_a_pause_is_as_long_as_its_loop_asks():
    await asyncio.wait_for(Pace().pause(timedelta(0), asyncio.Event(), AN_HOUR), 5)


async def test_a_stop_ends_a_pause_at_rest_and_at_work(quiet: Pace):
    stopping = asyncio.Event()
    busy = Pace()
    busy._stirred_s += 3600
    paused = [
        asyncio.create_task(quiet.pause(AN_HOUR, stopping, AN_HOUR)),
        asyncio.create_task(busy.pause(AN_HOUR, stopping)),
    ]
    await asyncio.sleep(0)  # as above
    stopping.set()
    quiet.stir()
    await asyncio.gather(*paused)
