"""Three people, an engine on a real Redis, a worker and a control in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from genisys.host import Engine, Worker
from runs.control_plane.control import Control
from runs.engines import close_engine, new_engine
from runs.engines import engine as engine_of_loop
from runs.models import Run


@dataclass(frozen=True)
class People:
    owner: Any
    outsider: Any
    staff: Any
    operator: Any


@pytest.fixture
def people(transactional_db: None) -> People:
    def person(name: str, **fields: Any) -> Any:
        return get_user_model().objects.create_user(
            username=name, email=f"{name}@example.test", password="secret", **fields
        )

    operator = person("operator", is_staff=True)
    operator.user_permissions.add(Permission.objects.get(codename="operate_run"))
    return People(person("owner"), person("outsider"), person("staff", is_staff=True), operator)


@pytest_asyncio.fixture
async def engine(redis_url: str, transactional_db: None) -> AsyncIterator[Engine]:
    """This loop's engine, as services and views get it."""
    yield engine_of_loop()
    await close_engine()


@pytest_asyncio.fixture
async def worker(redis_url: str) -> AsyncIterator[Worker]:
    """A worker that knows the workflows of the test's module."""
    worker = Worker(redis_url, concurrency=4, secret=settings.GENISYS_SECRETS)
    running = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await asyncio.wait_for(running, 30)


@pytest_asyncio.fixture
async def control(engine: Engine) -> AsyncIterator[Control]:
    """A control with an engine of its own, as the process has."""
    async with new_engine() as own:
        yield Control(own, keep_seconds=3600)


@pytest.fixture
def eventually() -> Callable[..., Awaitable[Any]]:
    """Ask an async question until its answer is true, and give it."""

    async def ask(question: Callable[[], Awaitable[Any]], message: str, seconds: float = 20.0) -> Any:
        try:
            async with asyncio.timeout(seconds):
                while not (answer := await question()):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{message} (not within {seconds:g} s)")
        return answer

    return ask


@pytest.fixture
def ended(engine: Engine, eventually: Callable[..., Awaitable[Any]]) -> Callable[[Run], Awaitable[Any]]:
    """Wait until the run's log is closed, and give its meta."""

    async def wait(run: Run) -> Any:
        async def closed() -> Any:
            meta = await engine.meta(run.pk)
            return meta if meta is not None and meta.closed else None

        return await eventually(closed, f"{run} did not end")

    return wait


@pytest.fixture
def recorded(control: Control, ended: Callable[[Run], Awaitable[Any]]) -> Callable[[Run], Awaitable[Run]]:
    """Wait until the run has ended, let control look once, and give the row anew."""

    async def wait(run: Run) -> Run:
        await ended(run)
        await control.sweep()
        await run.arefresh_from_db()
        return run

    return wait
