"""The fleet's page: what staff see of workers, deployments and providers, and what operators do with them there."""

from __future__ import annotations

import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from genisys import Provider
from genisys.host import Deployments, Engine, WorkerInfo, Workers
from genisys.testing.redis import beat
from runs.models import AuditEntry, Run
from tests.runs.conftest import People

EVIL = "<script>alert(1)</script>"
FLEET = "/staff/fleet/"


def now_ms() -> int:
    return round(time.time() * 1000)


def info(name: str, **facts: Any) -> WorkerInfo:
    now = now_ms()
    known = {"deployment": "v1", "beat_ms": now, "runs": (), **facts}
    return WorkerInfo(name, "host-a", 411, concurrency=4, started_ms=now - 60_000, draining=False, **known)


async def page_of(client: AsyncClient, path: str = FLEET) -> BeautifulSoup:
    answer = await client.get(path)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


@pytest.fixture
async def operator(async_client: AsyncClient, people: People, engine: Engine) -> AsyncClient:
    await async_client.aforce_login(people.operator)
    return async_client


@pytest.fixture
def provider(settings: Any) -> Provider:
    provider = Provider("fast <models>", base_url="https://models.example/v1", api_key="sk-very-secret")
    settings.GENISYS_PROVIDERS = [provider]
    return provider


async def test_the_page_links_workers_to_their_runs_and_escapes_what_runs_are_called(
    operator: AsyncClient, redis_url: str, people: People, provider: Provider
) -> None:
    run = await Run.objects.acreate(workflow="w", title=EVIL, input={}, deployment="v1", status="running")
    beat(redis_url, info("w-3", runs=(run.pk,)), info(EVIL))
    answer = await operator.get(FLEET)
    page = BeautifulSoup(answer.content, "html.parser")
    assert [link.text for link in page.select(".holds a")] == [EVIL]
    assert run.pk in page.select_one(".holds a")["href"]
    assert not page.select("main script")
    assert "sk-very-secret" not in answer.content.decode()
    assert "fast <models>" in page.text


async def test_the_part_that_is_fetched_anew_is_the_page_without_its_frame(
    operator: AsyncClient, redis_url: str
) -> None:
    beat(redis_url, info("gone", beat_ms=now_ms() - 15_000))
    page = await page_of(operator, f"{FLEET}?dead=1")
    address = page.select_one("[data-live]")["data-live"]
    part = await page_of(operator, address)
    assert "gone" in part.text and not part.select("header, h1, script")
    assert [box["id"] for box in part.select(".scroll")] == [box["id"] for box in page.select(".scroll")]


async def test_dead_workers_are_hidden_until_they_are_asked_for(operator: AsyncClient, redis_url: str) -> None:
    beat(redis_url, info("alive"), info("gone", beat_ms=now_ms() - 15_000))
    page = await page_of(operator)
    assert "alive" in page.text and "gone" not in page.text
    assert page.find("a", string="Show 1 dead") is not None
    page = await page_of(operator, f"{FLEET}?dead=1")
    assert "gone" in page.text and page.find("a", string="Hide 1 dead") is not None


async def test_queues_tell_what_waits_what_runs_and_what_is_parked(
    operator: AsyncClient, engine: Engine, redis_url: str
) -> None:
    await engine.store.deployments.register("v1", {"workflows": {}, "inputs": {}, "components": {}})
    old = timezone.now() - timezone.timedelta(hours=2, seconds=5)
    for status, created in (("queued", old), ("queued", timezone.now()), ("running", old)):
        await Run.objects.acreate(workflow="w", input={}, deployment="v1", status=status, created_at=created)
    for reason in ("input", "budget", "sleep", "provider", ""):
        await Run.objects.acreate(workflow="w", input={}, deployment="v1", status="waiting", waits_for=reason)
    await Run.objects.acreate(workflow="w", input={}, deployment="v1", status="completed", created_at=old)
    row = (await page_of(operator)).find("th", string="v1").parent
    assert [cell.get_text(strip=True) for cell in row.select("td.num")] == ["0", "8", "2", "2 h 0 min", "1"]
    parked = ["2 for a person", "1 for a timer", "1 for a provider", "1 for a worker"]
    assert [link.text for link in row.select("td.parked a")] == parked
    assert "It has open runs and no worker" in row.text


async def test_the_number_of_queries_does_not_grow_with_the_fleet(
    operator: AsyncClient, redis_url: str, people: People
) -> None:
    counts = []
    for number in (1, 50):
        runs = [Run(workflow="w", input={}, deployment=f"v{n}", status="running") for n in range(number)]
        await Run.objects.abulk_create(runs)
        beat(redis_url, *(info(f"w-{n}", runs=(run.pk,)) for n, run in enumerate(runs)))
        queries = CaptureQueriesContext(connection)
        await sync_to_async(queries.__enter__)()
        assert (await operator.get(FLEET)).status_code == 200
        await sync_to_async(queries.__exit__)(None, None, None)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


async def test_who_may_only_look_is_offered_no_deed(async_client: AsyncClient, people: People, redis_url: str) -> None:
    beat(redis_url, info("w-3"))
    await async_client.aforce_login(people.staff)
    page = await page_of(async_client)
    assert "w-3" in page.text and not page.select("a.button-small")
    assert (await async_client.get(f"{FLEET}workers/w-3/drain")).status_code == 403
    assert (await async_client.post(f"{FLEET}workers/w-3/drain")).status_code == 403


async def test_while_redis_is_away_the_page_says_so_and_still_shows_the_database(
    async_client: AsyncClient, people: People
) -> None:
    await async_client.aforce_login(people.operator)  # without `engine`: the settings name a Redis that is not there
    page = await page_of(async_client)
    assert "Redis does not answer." in page.select_one(".message-error").text
    assert "SQLite" in page.text or "PostgreSQL" in page.text


async def done(client: AsyncClient, path: str, **form: str) -> list[str]:
    """Post a deed; return what the person is told."""
    answer = await client.post(path, form)
    assert (answer.status_code, answer["Location"]) == (303, FLEET)
    return [str(message) for message in get_messages(answer.asgi_request)]


async def test_a_worker_is_drained_with_its_reason_in_the_audit_and_takes_runs_again(
    operator: AsyncClient, engine: Engine, redis_url: str, people: People
) -> None:
    beat(redis_url, info("w-3", runs=("r",)))
    asks = await page_of(operator, f"{FLEET}workers/w-3/drain")
    assert "It holds 1 run" in asks.text and "No other worker of v1 takes runs" in asks.text
    assert await done(operator, f"{FLEET}workers/w-3/drain", why="It swaps") == [
        "The worker drains: it takes no new run."
    ]
    assert [state for _, state in await Workers(engine).all()] == ["draining"]
    entry = await AuditEntry.objects.aget()
    assert (entry.action, entry.why, entry.detail) == ("drain worker", "It swaps", {"worker": "w-3"})
    assert (entry.actor_id, entry.via) == (people.operator.pk, "page")
    await done(operator, f"{FLEET}workers/w-3/take")
    assert [state for _, state in await Workers(engine).all()] == ["busy"]


async def test_a_deployment_is_promoted_from_a_preview_and_the_one_before_drains(
    operator: AsyncClient, engine: Engine
) -> None:
    for name in ("v1", "v2"):
        await engine.store.deployments.register(name, {"workflows": {}, "inputs": {}, "components": {}})
    await done(operator, f"{FLEET}deployments/v1/promote")
    asks = await page_of(operator, f"{FLEET}deployments/v2/promote")
    assert "v2 has no worker" in asks.text
    await done(operator, f"{FLEET}deployments/v2/promote", why="release")
    assert {each.name: each.state for each in await Deployments(engine).all()} == {"v1": "drained", "v2": "promoted"}
    told = await done(operator, f"{FLEET}deployments/v2/drain")
    assert told[-1] == "New runs go to v2: promote another deployment first, then this one drains."
    assert [entry.action async for entry in AuditEntry.objects.all()] == ["promote deployment"] * 2


async def test_a_provider_is_paused_for_a_while_and_let_go_on(
    operator: AsyncClient, engine: Engine, provider: Provider
) -> None:
    path = f"{FLEET}providers/{provider.gate}"
    await done(operator, f"{path}/pause", minutes="15", why="It answers nonsense")
    held = await engine.store.gates.look(provider.gate)
    assert 0 < held.held_until_ms - now_ms() <= 15 * 60_000
    assert "paused by hand" in (await page_of(operator)).text
    assert (await AuditEntry.objects.aget()).detail["provider"] == provider.name
    await done(operator, f"{path}/resume")
    assert (await engine.store.gates.look(provider.gate)).held_until_ms == 0
    assert (await operator.post(f"{path}/pause", {"minutes": "99999999"})).status_code == 422


@pytest.mark.parametrize("path", ["workers/none/drain", "deployments/none/promote", "providers/none/pause"])
async def test_what_is_not_there_is_404_to_look_at_and_said_in_words_to_act_on(
    operator: AsyncClient, path: str
) -> None:
    assert (await operator.get(FLEET + path)).status_code == 404
    (told,) = await done(operator, FLEET + path, minutes="15")
    assert told.startswith("No worker") or "no such provider" in told
    assert await AuditEntry.objects.acount() == 0


async def test_a_deed_takes_a_post_with_its_token(people: People, redis_url: str, engine: Engine) -> None:
    beat(redis_url, info("w-3"))
    client = AsyncClient(enforce_csrf_checks=True)
    await client.aforce_login(people.operator)
    assert (await client.post(f"{FLEET}workers/w-3/drain")).status_code == 403
    assert [state for _, state in await Workers(engine).all()] == ["idle"]
