"""Following runs of the real product over its REST API, its web process killed and put back meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from genisys.client import FollowRefused, follow
from genisys.host import Engine, canonical, fold
from genisys.testing.redis import make_run, write
from tests.conftest import Stack

PATIENCE_S = 90

PREPARE = """
import json
from django.contrib.auth import get_user_model
from runs.models import ApiToken
from runs.accounts.tokens import issue

make = get_user_model().objects.create_user
ana, bob = (make(name, f"{name}@example.org", "a password") for name in ("ana", "bob"))
tokens = {
    "owner": issue(ana, name="owner", scopes=list(ApiToken.SCOPES)),
    "withdrawn": issue(ana, name="withdrawn", scopes=["read"]),
    "starter": issue(ana, name="starter", scopes=["start"]),
    "outsider": issue(bob, name="outsider", scopes=list(ApiToken.SCOPES)),
}
print(json.dumps({name: secret for name, (_, secret) in tokens.items()}))
"""

WITHDRAW = "from runs.models import ApiToken; ApiToken.objects.filter(name='withdrawn').delete()"


@dataclass
class Watched:
    """A web process with one run on it, and the test in place of its worker."""

    stack: Stack
    engine: Engine
    run: str
    tokens: dict[str, str]

    @property
    def url(self) -> str:
        return f"{self.stack.url}/api/runs/{self.run}"

    def follow(self, **options: Any) -> Any:
        return follow(self.url, **{"token": self.tokens["owner"], **options})

    async def say(self, *texts: str) -> None:
        await self._append([{"type": "status", "at": 1, "text": text} for text in texts])

    async def finish(self) -> None:
        await self._append([{"type": "run.completed", "at": 1}], status="completed")

    async def _append(self, events: list[dict[str, Any]], **fields: Any) -> None:
        await write(self.engine, self.run, events, **fields)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, dict[str, str]]]:
    """A web process and its Redis, without a worker, and the tokens of those who may come."""
    stack = Stack(tmp_path_factory.mktemp("web"))
    try:
        stack.redis.start()
        stack.migrate()
        tokens = json.loads(stack.manage("shell", "--verbosity", "0", "-c", PREPARE).splitlines()[-1])
        stack.serve.start()
        yield stack, tokens
    finally:
        stack.kill()


@pytest.fixture
async def watched(web: tuple[Stack, dict[str, str]]) -> AsyncIterator[Watched]:
    stack, tokens = web
    stack.wait_until_ready()
    started = httpx.post(
        f"{stack.url}/api/workflows/ingest-site/start",
        headers={"Authorization": f"Bearer {tokens['owner']}"},
        json={"url": "https://example.org/"},
        trust_env=False,
        timeout=20,
    )
    assert started.status_code == 202, started.text
    async with Engine(stack.redis.url) as engine:
        yield Watched(stack, engine, started.json()["id"], tokens)


async def collected(following: Any, seen: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    got = [] if seen is None else seen
    async with asyncio.timeout(PATIENCE_S), following as run:
        async for event in run:
            got.append(event)
        assert run.status == "completed"
    return got


async def until(condition: Callable[[], Any], message: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(message)


async def test_a_run_is_followed_live_to_its_end_and_again_from_any_cursor(watched: Watched) -> None:
    seen: list[dict[str, Any]] = []
    reading = asyncio.create_task(collected(watched.follow(), seen))
    await until(lambda: seen, "the run's first event does not come")
    for n in range(20):
        await watched.say(f"said {n}", "and more")
    await watched.finish()
    log = await watched.engine.events(watched.run)
    assert await reading == log
    last = watched.follow()
    async with asyncio.timeout(PATIENCE_S):
        cursors = [last.cursor async for _ in last]
        assert await collected(watched.follow(after=cursors[9])) == log[10:]
        assert await collected(watched.follow(after=cursors[-1])) == []
        states = [canonical(state) async for state in watched.follow().states()]
    assert states[-1] == canonical(fold(log))


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_a_web_process_that_is_replaced_in_mid_run_costs_no_event_and_doubles_none(
    watched: Watched, how: str
) -> None:
    seen: list[dict[str, Any]] = []
    reading = asyncio.create_task(collected(watched.follow(), seen))
    await until(lambda: seen, "the run's first event does not come")

    async def works() -> None:
        for n in range(400):
            await watched.say(f"said {n}")
            await asyncio.sleep(0.01)  # so that the run is still going on when the process is replaced

    working = asyncio.create_task(works())
    await until(lambda: len(seen) > 5, "nothing comes before the restart")
    serve = watched.stack.serve
    await asyncio.to_thread(serve.kill if how == "killed" else serve.stop)
    serve.start()  # from this thread: the process is tied to it
    had = len(seen)
    await until(lambda: len(seen) > had + 5, "nothing comes after the restart")
    await working
    await watched.finish()
    log = await watched.engine.events(watched.run)
    assert await reading == log
    assert len(log) == 402


async def test_a_cursor_of_another_log_shows_as_a_resync_and_the_whole_log(watched: Watched) -> None:
    await watched.say("a", "b")
    await watched.finish()
    resync, *events = await collected(watched.follow(after="0123456789abcdef:2"))
    assert (resync["type"], resync["reason"]) == ("resync", "log_id")
    assert fold(events, resync["state"])["run_status"] == "completed"


async def test_redis_that_lost_the_end_of_the_log_shows_as_a_resync(watched: Watched) -> None:
    seen: list[dict[str, Any]] = []
    await watched.say("a", "b")
    reading = asyncio.create_task(collected(watched.follow(), seen))
    await until(lambda: len(seen) == 3, "the history does not come")
    meta = await watched.engine.meta(watched.run)
    await watched.engine.store._redis.flushall()
    queued = {"type": "run.queued", "at": 1, "workflow": "ingest-site", "title": "A site"}
    again = {"run_id": watched.run, "events": [queued], "log_id": "anotherlog"}
    await make_run(watched.engine, "ingest-site", **again, status="")
    await watched.finish()
    await reading
    assert meta.log_id != (await watched.engine.meta(watched.run)).log_id
    assert [event["type"] for event in seen[3:]] == ["resync", "run.queued", "run.completed"]


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("wrong", 401), ("starter", 403), ("outsider", 404)])
async def test_who_may_not_see_the_run_is_told_so(watched: Watched, who: str, status: int) -> None:
    token = {"nobody": None, "wrong": "gen_wrong"}.get(who, watched.tokens.get(who))
    with pytest.raises(FollowRefused) as refused:
        await anext(watched.follow(token=token))
    assert refused.value.status == status
    assert refused.value.message.count(".") >= 2, "our sentence and the server's"


async def test_a_token_withdrawn_in_mid_run_ends_in_a_refusal_that_keeps_the_cursor(watched: Watched) -> None:
    async with asyncio.timeout(PATIENCE_S), watched.follow(token=watched.tokens["withdrawn"]) as run:
        await anext(run)
        await asyncio.to_thread(watched.stack.manage, "shell", "--verbosity", "0", "-c", WITHDRAW)
        await asyncio.to_thread(watched.stack.serve.kill)
        watched.stack.serve.start()
        with pytest.raises(FollowRefused) as refused:
            await anext(run)
    assert refused.value.status == 401
    assert run.cursor.endswith(":1")


async def test_a_client_of_ones_own_is_used_and_left_open(watched: Watched) -> None:
    await watched.finish()
    async with httpx.AsyncClient(
        trust_env=False, headers={"Authorization": f"Bearer {watched.tokens['owner']}"}
    ) as own:
        events = await collected(watched.follow(token=None, client=own))
        assert [event["type"] for event in events] == ["run.queued", "run.completed"]
        assert not own.is_closed
