"""A request is lent a thread with an open connection, and the next request gets it as it is."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from genisys_site.serving.pages import Pages
from runs.live import resources

SCOPE = {"type": "http"}


@pytest.fixture(autouse=True)
def no_threads_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(resources, "_idle", [])
    yield
    while resources._idle:
        resources._put_back(resources._idle.pop(), busy=True)


class Told(Pages):
    """Handles a request by what the test says."""

    def __init__(self, act: Any) -> None:
        super().__init__()
        self._act = act

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await self._act()


async def _asked(act: Any) -> None:
    await Told(act)(SCOPE, None, None)


async def _here() -> int:
    return await sync_to_async(threading.get_ident)()


async def test_requests_one_after_another_share_a_thread_and_those_at_once_do_not() -> None:
    threads: list[int] = []
    together = asyncio.Barrier(2)

    async def alone() -> None:
        threads.append(await _here())
        threads.append(await _here())

    async def beside_another() -> None:
        await together.wait()
        threads.append(await _here())
        await together.wait()

    await _asked(alone)
    await _asked(alone)
    assert len(set(threads)) == 1
    threads.clear()
    await asyncio.gather(_asked(beside_another), _asked(beside_another))
    assert len(set(threads)) == 2


@pytest.mark.django_db(transaction=True)
async def test_the_next_request_finds_the_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", resources.KEEP_CONNECTION_S)
    connections: list[Any] = []

    def look() -> None:
        connection.ensure_connection()
        connections.append(connection.connection)

    async def act() -> None:
        await sync_to_async(look)()
        await resources.release_resources()

    await _asked(act)
    await _asked(act)
    assert connections[0] is connections[1]


async def test_a_thread_that_is_given_back_early_is_lent_on_and_comes_again_when_it_is_needed() -> None:
    threads: list[int] = []

    async def other() -> None:
        threads.append(await _here())

    async def long() -> None:
        await other()
        await resources.release_resources()
        await _asked(other)
        await other()

    await _asked(long)
    assert threads[0] == threads[1]
    assert len(resources._idle) >= 1, "what was made for the rest of the request is kept too"


async def test_a_request_that_was_cancelled_leaves_nothing_in_the_way_of_the_next() -> None:
    at_work, done = threading.Event(), threading.Event()

    def work() -> None:
        at_work.set()
        done.wait(30)

    async def act() -> None:
        await sync_to_async(work)()

    task = asyncio.create_task(_asked(act))
    await asyncio.to_thread(at_work.wait, 30)
    task.cancel()
    try:
        async with asyncio.timeout(30):
            await _asked(_here)
    finally:
        done.set()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_only_so_many_idle_threads_are_kept() -> None:
    everybody = asyncio.Barrier(resources.MOST_IDLE + 5)

    async def act() -> None:
        await _here()
        await everybody.wait()

    await asyncio.gather(*(_asked(act) for _ in range(resources.MOST_IDLE + 5)))
    assert len(resources._idle) == resources.MOST_IDLE


def test_the_product_serves_its_pages_so() -> None:
    assert settings.ASGI_APPLICATION == "genisys_site.asgi.application"
    from genisys_site import asgi

    limit = asgi.application.application_mapping["http"]
    assert isinstance(inspect.getclosurevars(limit).nonlocals["application"], Pages)
