"""Pages are asked for ahead of the parsers, but only so far."""

from __future__ import annotations

import asyncio

from ingestion.web.backlog import MOST_BYTES, PARSED_AT_ONCE, Backlog


async def test_nothing_more_is_asked_for_while_too_much_waits_to_be_parsed() -> None:
    waits = Backlog()
    async with waits.parsing(MOST_BYTES - 1):
        await asyncio.wait_for(waits.room(), 10)
        async with waits.parsing(1):
            asking = asyncio.create_task(waits.room())
            await asyncio.sleep(0)
            assert not asking.done()
        await asyncio.wait_for(asking, 10)


async def test_a_page_that_could_not_be_parsed_waits_no_longer() -> None:
    waits = Backlog()
    try:
        async with waits.parsing(MOST_BYTES):
            raise ValueError("no page")
    except ValueError:
        pass
    await asyncio.wait_for(waits.room(), 10)


async def test_one_reading_has_only_some_of_its_pages_in_the_parsers_queue() -> None:
    waits, go_on, busy, most = Backlog(), asyncio.Event(), 0, 0

    async def page() -> None:
        nonlocal busy, most
        async with waits.parsing(1):
            busy, most = busy + 1, max(most, busy + 1)
            await go_on.wait()
            busy -= 1

    async with asyncio.TaskGroup() as pages:
        for _ in range(2 * PARSED_AT_ONCE):
            pages.create_task(page())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert busy == PARSED_AT_ONCE
        go_on.set()
    assert most == PARSED_AT_ONCE and busy == 0
