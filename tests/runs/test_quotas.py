"""One person starts so many runs and no more, however fast they ask and whichever door they come through."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.utils import timezone

from ingestion.models import Site
from runs.accounts.tokens import issue
from runs.models import Run
from runs.rules import quotas
from runs.rules.quotas import QuotaReached
from runs.service.errors import IdempotencyConflict
from runs.service.starting import start_run

ORDER = {"url": "https://example.org/"}


def a_run(person: Any, **fields: Any) -> Run:
    return Run(**{"workflow": "ingest-site", "deployment": "dev", "input": {}, "owner": person, **fields})


@pytest.fixture
def two_open(settings: Any) -> None:
    settings.GENISYS_OPEN_RUNS_PER_PERSON = 2


@pytest.fixture
def two_an_hour(settings: Any) -> None:
    settings.GENISYS_STARTS_PER_HOUR = 2


@pytest.mark.usefixtures("two_open")
def test_a_run_that_has_ended_makes_room_for_another(people: Any) -> None:
    first, _ = quotas.record(a_run(people.owner)), quotas.record(a_run(people.owner, status="waiting"))
    with pytest.raises(QuotaReached, match="2 runs that are not finished"):
        quotas.record(a_run(people.owner))
    Run.objects.filter(pk=first.pk).update(status="completed")
    assert quotas.record(a_run(people.owner)).pk


@pytest.mark.usefixtures("two_an_hour")
def test_an_hour_later_there_is_room_again_and_the_refusal_says_when(people: Any) -> None:
    now = timezone.now()
    quotas.record(a_run(people.owner, status="completed", created_at=now - timedelta(minutes=50)))
    quotas.record(a_run(people.owner, status="completed", created_at=now - timedelta(minutes=5)))
    with pytest.raises(QuotaReached, match="Try again in 10 minutes") as refused:
        quotas.record(a_run(people.owner))
    assert 590 < (refused.value.retry_after or 0) <= 600
    Run.objects.filter(created_at__lt=now - timedelta(minutes=49)).update(created_at=now - timedelta(minutes=61))
    assert quotas.record(a_run(people.owner)).pk


@pytest.mark.usefixtures("two_open", "two_an_hour")
def test_what_one_person_has_started_is_not_counted_against_another_or_against_nobody(people: Any) -> None:
    for person in (people.owner, people.owner, people.outsider, people.outsider, None, None, None):
        quotas.record(a_run(person))
    with pytest.raises(QuotaReached):
        quotas.record(a_run(people.outsider))


def test_zero_is_no_limit(people: Any, settings: Any) -> None:
    settings.GENISYS_OPEN_RUNS_PER_PERSON = settings.GENISYS_STARTS_PER_HOUR = 0
    assert all(quotas.record(a_run(people.owner)).pk for _ in range(4))


@pytest.mark.usefixtures("two_open", "two_an_hour")
def test_a_key_that_is_known_is_no_start(people: Any) -> None:
    first = quotas.record(a_run(people.owner, idempotency_key="k"))
    quotas.record(a_run(people.owner))
    assert quotas.record(a_run(people.owner, idempotency_key="k")) == first
    with pytest.raises(QuotaReached):
        quotas.record(a_run(people.owner, idempotency_key="another"))


@pytest.mark.parametrize("limit", ["GENISYS_OPEN_RUNS_PER_PERSON", "GENISYS_STARTS_PER_HOUR"])
def test_of_starts_that_race_no_more_pass_than_may(people: Any, settings: Any, limit: str) -> None:
    setattr(settings, limit, 3)
    together = threading.Barrier(8)
    passed: list[bool] = []

    def start() -> None:
        together.wait(20)
        try:
            quotas.record(a_run(people.owner))
            passed.append(True)
        except QuotaReached:
            passed.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(passed) == [False] * 5 + [True] * 3
    assert Run.objects.count() == 3


def test_of_starts_that_race_with_one_key_all_get_the_same_run(people: Any, settings: Any) -> None:
    settings.GENISYS_OPEN_RUNS_PER_PERSON = 1
    together = threading.Barrier(4)
    got: list[str] = []

    def start() -> None:
        together.wait(20)
        try:
            got.append(quotas.record(a_run(people.owner, idempotency_key="k")).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 4
    assert len(set(got)) == 1


@pytest.mark.usefixtures("two_open")
async def test_the_api_answers_429_and_says_when_to_come_back(engine: Any, people: Any, async_client: Any) -> None:
    _, token = await sync_to_async(issue)(people.owner, name="test", scopes=["start"])

    async def start(**headers: str) -> Any:
        return await async_client.post(
            "/api/workflows/ingest-site/start",
            ORDER,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", **headers},
        )

    first = await start(**{"Idempotency-Key": "k"})
    assert (first.status_code, (await start()).status_code) == (202, 202)
    refused = await start()
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert int(refused["Retry-After"]) > 0
    assert "as many as one person may have" in refused.json()["detail"]
    again = await start(**{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert await Run.objects.acount() == 2


@pytest.mark.usefixtures("two_open")
async def test_the_same_key_for_another_order_is_still_a_conflict(engine: Any, people: Any) -> None:
    await start_run(user=people.owner, workflow="ingest-site", input=ORDER, idempotency_key="k")
    with pytest.raises(IdempotencyConflict):
        await start_run(
            user=people.owner, workflow="ingest-site", input={"url": "https://other.example/"}, idempotency_key="k"
        )


@pytest.mark.usefixtures("two_open")
def test_the_form_says_it_in_words_keeps_what_was_typed_and_leaves_no_site_behind(
    people: Any, client: Client, redis_url: str
) -> None:
    for _ in range(2):
        quotas.record(a_run(people.owner))
    client.force_login(people.owner)
    answer = client.post("/sites/new", {"url": "example.org", "max_pages": "5"})
    assert answer.status_code == 429
    page = answer.content.decode()
    assert "as many as one person may have" in page
    assert 'value="example.org"' in page
    assert not Site.objects.exists()
