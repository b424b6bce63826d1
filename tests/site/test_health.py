"""/healthz and /readyz."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient

from genisys.host import WorkerInfo
from genisys.testing.redis import beat
from genisys_site import health
from genisys_site.serving import lifecycle


@pytest.fixture(autouse=True)
def _fresh_probe(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(health, "_probe", health.Probe(health.database, health.queue))
    monkeypatch.setattr(health, "_PART_SECONDS", 60.0)  # no test here is about how fast a part answers
    monkeypatch.setattr(health, "_REMEMBER_SECONDS", 60.0)  # each look that is to be a new one has a new probe
    yield
    lifecycle.draining.clear()


async def test_healthz_needs_nothing(async_client: AsyncClient) -> None:
    response = await async_client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/healthz", "/healthz?from=balancer"])
async def test_a_probe_that_names_a_pods_address_is_answered_and_a_page_is_not(
    async_client: AsyncClient, path: str
) -> None:
    assert (await async_client.get(path, headers={"host": "10.0.0.7:8000"})).status_code == 200
    assert (await async_client.get("/accounts/login/", headers={"host": "10.0.0.7:8000"})).status_code == 400


@pytest.mark.django_db(transaction=True)
async def test_readyz_is_200_when_every_part_works(async_client: AsyncClient, redis_url: str) -> None:
    response = await async_client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
async def test_readyz_says_that_redis_is_gone(async_client: AsyncClient) -> None:
    response = await async_client.get("/readyz")
    assert response.status_code == 503
    assert list(response.json()["failing"]) == ["redis"]
    assert "REDIS_URL" in response.json()["failing"]["redis"]


@pytest.mark.django_db(transaction=True)
async def test_readyz_says_that_migrations_are_missing(
    async_client: AsyncClient, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_unapplied", lambda: 2)
    response = await async_client.get("/readyz")
    assert response.status_code == 503
    assert "manage.py migrate" in response.json()["failing"]["migrations"]


@pytest.mark.django_db(transaction=True)
async def test_readyz_says_that_the_database_is_broken_without_its_secrets(
    async_client: AsyncClient, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise RuntimeError("password hunter2 refused")

    monkeypatch.setattr(health, "_unapplied", broken)
    response = await async_client.get("/readyz")
    assert response.status_code == 503
    assert "hunter2" not in response.content.decode()


async def test_readyz_is_503_as_soon_as_the_process_is_stopping(async_client: AsyncClient) -> None:
    lifecycle.draining.set()
    response = await async_client.get("/readyz")
    assert response.status_code == 503
    assert list(response.json()["failing"]) == ["process"]


@pytest.mark.django_db(transaction=True)
async def test_readyz_warns_of_a_redis_that_may_lose_runs(
    async_client: AsyncClient, redis_url: str, redis_server: Any
) -> None:
    with redis_server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
        try:
            response = await async_client.get("/readyz")
        finally:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("appendonly", "yes")
    assert response.status_code == 200
    assert set(response.json()["warnings"]) == {"redis_memory", "redis_file"}


async def test_probes_do_not_become_a_load() -> None:
    asked = 0

    async def part() -> health.Report:
        nonlocal asked
        asked += 1
        return health.Report()

    probe = health.Probe(part)
    for _ in range(20):
        await probe.report()
    assert asked == 1


@pytest.mark.django_db(transaction=True)
async def test_readyz_tells_no_worker_from_busy_ones_and_stays_ready(
    async_client: AsyncClient, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_probe", health.Probe(health.workers))
    deployment = settings.GENISYS_DEPLOYMENT
    response = await async_client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["warnings"] == {"workers": f"New runs wait: no worker of deployment {deployment} is alive."}

    monkeypatch.setattr(health, "_probe", health.Probe(health.workers))
    now = round(time.time() * 1000)
    beat(redis_url, WorkerInfo("w", "h", 1, deployment, 1, now, now, ("a",), draining=False))
    response = await async_client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["warnings"] == {"workers": "New runs wait: every worker is busy."}
