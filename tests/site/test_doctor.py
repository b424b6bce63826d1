"""`manage.py doctor`: each part of an installation, well and ill, and what it says to do."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from genisys import Provider
from genisys.host import ServerFacts, WorkerInfo
from genisys.testing.provider import FakeProvider
from genisys.testing.redis import beat
from genisys_site import health
from genisys_site.doctor import disk_part, examination, outside_parts, redis_part
from genisys_site.doctor.database_part import _postgresql
from genisys_site.doctor.finding import Finding, Level
from genisys_site.doctor.fleet_part import fleet_part
from genisys_site.launching import ports
from runs.engines import engine


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as server:
        yield server


@pytest.fixture
def named(settings: Any, provider: FakeProvider) -> Provider:
    one = Provider("ours", base_url=provider.base_url, api_key="a key that no line may show")
    settings.GENISYS_PROVIDERS = [one]
    return one


def _levels(found: list[Finding]) -> set[tuple[str, Level]]:
    return {(each.part, each.level) for each in found}


@pytest.mark.django_db(transaction=True)
async def test_an_installation_that_is_well_says_so_of_every_part(
    redis_url: str, named: Provider, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def room() -> health.Report:
        return health.Report()

    monkeypatch.setattr(health, "workers", room)
    settings.GENISYS_BLOBS = tmp_path
    monkeypatch.setattr("genisys_site.doctor.settings_part.run_checks", lambda **_: [])
    found = [each for each in await examination.examine() if each.part != "mail"]
    assert {part for part, _ in _levels(found)} == {
        "settings",
        "database",
        "redis",
        "clock",
        "workers",
        "providers",
        "disk",
    }
    assert all(each.level is Level.GOOD for each in found), found


@pytest.mark.django_db(transaction=True)
async def test_without_redis_the_other_parts_are_looked_at_all_the_same(tmp_path: Path, settings: Any) -> None:
    settings.GENISYS_BLOBS = tmp_path
    found = await examination.examine()
    assert ("redis", Level.BAD) in _levels(found)
    assert ("database", Level.GOOD) in _levels(found)
    assert "REDIS_URL" in next(each.todo for each in found if each.part == "redis")


@pytest.mark.django_db(transaction=True)
def test_the_command_ends_with_1_where_something_is_bad_and_its_json_is_whole(settings: Any, tmp_path: Path) -> None:
    settings.GENISYS_BLOBS = tmp_path
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", stdout=said)
    assert ended.value.code == 1
    assert {"part": "redis", "level": "bad"}.items() <= {
        **next(each for each in json.loads(said.getvalue()) if each["part"] == "redis")
    }.items()


async def test_work_without_workers_is_named_by_its_deployment(redis_url: str) -> None:
    await engine().start("guide-none", {}, deployment="v41")
    found = await fleet_part()
    assert any("Deployment v41 has 1 unfinished runs and no worker." in each.says for each in found), found
    now = round(time.time() * 1000)
    beat(redis_url, WorkerInfo("w-1", "host", 1, "v41", 10, now, now, (), draining=False))
    assert not any("v41" in each.says for each in await fleet_part())


async def test_a_provider_that_refuses_the_key_is_told_apart_from_one_that_is_away(
    provider: FakeProvider, settings: Any
) -> None:
    away = f"http://127.0.0.1:{ports.reserve()}/v1"
    settings.GENISYS_PROVIDERS = [
        Provider("ours", base_url=provider.base_url, api_key="sk-secret"),
        Provider("away", base_url=away, api_key="sk-secret"),
    ]
    ours, gone = await outside_parts.providers_part()
    assert ours.level is Level.GOOD
    assert gone.level is Level.BAD
    assert "away (127.0.0.1) does not answer" in gone.says
    assert "sk-secret" not in repr((ours, gone))


@pytest.mark.parametrize(
    ("status", "level", "says"),
    [
        (200, Level.GOOD, "answers"),
        (404, Level.GOOD, "answers"),
        (401, Level.BAD, "refuses the key (401)"),
        (403, Level.BAD, "refuses the key (403)"),
        (503, Level.RISKY, "answers 503"),
    ],
)
async def test_what_a_provider_answers_is_told(status: int, level: Level, says: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status))
    async with httpx.AsyncClient(transport=transport) as client:
        found = await outside_parts._asked(client, Provider("ours", base_url="https://models.example.org/v1"))
    assert (found.level, says in found.says) == (level, True)


async def test_mail_that_nobody_takes_is_said_without_the_password(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", ports.reserve()
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "genisys", "hunter2"
    (found,) = await outside_parts.mail_part()
    assert found.level is Level.BAD
    assert "EMAIL_URL" in found.todo
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("info", "levels"),
    [
        ({"version": "7.0.15", "used_bytes": 2**20}, {Level.GOOD}),
        ({"version": "6.2.1"}, {Level.GOOD, Level.BAD}),
        ({"version": "8.2.0", "used_bytes": 90, "max_bytes": 100}, {Level.GOOD, Level.RISKY}),
        ({"version": "7.2.4", "wrote_file_ok": False}, {Level.GOOD, Level.BAD}),
    ],
)
def test_a_redis_that_is_old_full_or_cannot_write_is_told(info: dict[str, Any], levels: set[Level]) -> None:
    assert {each.level for each in redis_part._of_server(ServerFacts(**info))} == levels


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"replicas": 1, "least_replicas": 1, "gone_after_ms": 5000}, []),
        ({"replicas": 0}, ["has no replica"]),
        ({"replicas": 2, "gone_after_ms": 1000}, ["goes on taking writes", "silent for 1 s counts as gone"]),
    ],
)
def test_what_a_failover_would_cost_is_told(facts: dict[str, Any], says: list[str], settings: Any) -> None:
    settings.REDIS_URL = "redis+sentinel://one/m"
    found = list(redis_part._of_replicas(ServerFacts(**facts)))
    assert [said in each.says for said, each in zip(says, found, strict=True)] == [True] * len(says)


@pytest.mark.parametrize(("apart", "says"), [(100.0, "100 s behind"), (-61.0, "61 s ahead of"), (3.0, "agree")])
def test_clocks_that_are_apart_are_told_which_way(apart: float, says: str) -> None:
    (found,) = redis_part._of_clock(apart)
    assert says in found.says


def test_a_postgresql_that_django_no_longer_speaks_to_is_told() -> None:
    assert _postgresql((13, 9)).level is Level.BAD
    assert _postgresql((14, 0)).level is Level.GOOD


def test_a_folder_that_cannot_be_made_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found = disk_part._of_folder("GENISYS_BLOBS", tmp_path / "file" / "blobs")
    assert found.level is Level.BAD
    assert "GENISYS_BLOBS" in found.todo
