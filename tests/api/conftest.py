"""An owner, an outsider and staff; a workflow; runs whose logs the tests write themselves, in a real Redis."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import AsyncClient
from pydantic import BaseModel, Field, PlainSerializer

from genisys import workflow
from genisys.host import Worker
from genisys.testing.redis import write
from runs.accounts import tokens
from runs.engines import close_engine
from runs.engines import engine as engine_of_loop
from runs.live import following
from runs.models import Run
from runs.service.starting import start_run


class Order(BaseModel):
    topic: str = Field(min_length=3)
    words: int = 100


class Part(BaseModel):
    name: str
    amount: int = 1


class Bundle(BaseModel):
    parts: list[Part]
    first: Part | None = None


class Delivery(BaseModel):
    text: str


@workflow(name="api-test", title=lambda order: f"About {order.topic}")
async def api_test(order: Order) -> Delivery:
    """Writes about a topic."""
    return Delivery(text=order.topic)


@workflow(name="bundle-test")
async def bundle_test(bundle: Bundle) -> Delivery:
    """Says how many parts there are."""
    return Delivery(text=str(len(bundle.parts)))


def _no_default() -> float:
    raise LookupError("no default for it")


class Loose(BaseModel):
    most: float = float("inf")
    seen: Annotated[int, PlainSerializer(lambda value: _no_default())] = 3
    match: re.Pattern[str] | None = None
    check: Callable[[int], bool] | None = None
    words: int = 100


@workflow(name="loose-test")
async def loose_test(loose: Loose) -> Loose:
    """Has an input of which not everything can be described."""
    return loose


@dataclass
class People:
    owner: Any
    outsider: Any
    staff: Any


@pytest.fixture
async def people(transactional_db: None) -> People:
    create = sync_to_async(get_user_model().objects.create_user)
    staff = await create("staff", "staff@example.com", "secret", is_staff=True)
    await staff.user_permissions.aadd(await Permission.objects.aget(codename="operate_run"))
    return People(
        await create("owner", "owner@example.com", "secret"),
        await create("outsider", "outsider@example.com", "secret"),
        staff,
    )


@pytest.fixture(autouse=True)
def staying() -> Iterator[None]:
    yield
    following.leaving.begun = False


@pytest.fixture
async def engine(redis_url: str) -> AsyncIterator[Any]:
    yield engine_of_loop()
    await following.close_hub()
    await close_engine()


@pytest.fixture
async def worker(engine: Any, redis_url: str) -> AsyncIterator[None]:
    """A worker in the test's own process."""
    worker = Worker(redis_url, concurrency=4, secret=settings.GENISYS_SECRETS)
    working = asyncio.create_task(worker.run())
    yield
    worker.stop()
    await asyncio.wait_for(working, 30)


class Api:
    """The API as one person with a token calls it."""

    def __init__(self, token: str = "", client: AsyncClient | None = None) -> None:
        self.client = client or AsyncClient(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, **headers: str) -> Any:
        return await self.client.get(path, headers=self.headers | headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return await self.client.post(
            path, {} if body is None else body, content_type="application/json", headers=self.headers | headers
        )


async def token_for(user: Any, *scopes: str) -> str:
    _, secret = await sync_to_async(tokens.issue)(
        user, name="test", scopes=list(scopes) or ["start", "read", "control"]
    )
    return secret


@pytest.fixture
async def owner(people: People) -> Api:
    return Api(await token_for(people.owner))


@pytest.fixture
async def outsider(people: People) -> Api:
    return Api(await token_for(people.outsider))


@pytest.fixture
async def staff(people: People) -> Api:
    return Api(await token_for(people.staff))


@pytest.fixture
def nobody(people: People) -> Api:
    return Api()


@pytest.fixture
def scoped(people: People) -> Any:
    """Gives the owner's API with a token of these scopes only."""

    async def make(*scopes: str) -> Api:
        return Api(await token_for(people.owner, *scopes))

    return make


class LiveRun:
    """A run of the owner, with the test in place of the worker."""

    def __init__(self, run: Run, engine: Any) -> None:
        self.run = run
        self.id = run.pk
        self.url = f"/api/runs/{run.pk}"
        self._engine = engine

    async def say(self, *texts: str) -> None:
        await self._append([{"type": "status", "at": 1, "text": text} for text in texts])

    async def finish(self) -> None:
        """End the log, and the row with it."""
        await self._append([{"type": "run.completed", "at": 1}], status="completed")
        await self.project("completed", output={"text": "done"})

    async def project(self, status: str, **fields: Any) -> None:
        """Have the row follow its log, as control does."""
        meta = await self._engine.meta(self.id)
        await Run.objects.filter(pk=self.id).aupdate(status=status, seq=meta.last_seq, log_id=meta.log_id, **fields)

    async def _append(self, events: list[dict[str, Any]], **fields: Any) -> None:
        await write(self._engine, self.id, events, **fields)

    async def archive(self) -> None:
        """Move the log to the database and let Redis forget it."""
        from runs.record import archive

        await self.run.arefresh_from_db()
        events = await self._engine.events(self.id)
        page = await self._engine.read(self.id)
        row = archive.pack(self.run, log_id=page.log_id, last_seq=page.last_seq, events=events, journal=[])
        await row.asave(force_insert=True)
        await self._engine.store._redis.flushall()


@pytest.fixture
async def live_run(people: People, engine: Any) -> LiveRun:
    run = await start_run(user=people.owner, workflow="api-test", input={"topic": "bees"}, title="Bees")
    return LiveRun(run, engine)
