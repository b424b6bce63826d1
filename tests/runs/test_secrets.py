"""A secret in a run of the product: encrypted on its way, dots wherever anybody looks."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from pydantic import BaseModel, SecretStr

from genisys import UserError, component, publish, status, text, workflow
from genisys.host import STORE_ERRORS
from runs.models import Archive, Run
from runs.record.states import run_events
from runs.record.steps import run_steps
from runs.service import starting
from runs.service.starting import start_run

PLANTED = "a-key-that-nobody-sees/42"
DOTS = "••••••"


class Sign(BaseModel):
    site: str = "example.com"
    api_key: SecretStr = SecretStr(PLANTED)


class Signed(BaseModel):
    url: str


@component(title=lambda key: f"Sign with {key}")
async def sign(key: str) -> str:
    assert key == PLANTED
    status(f"Signing with {key}")
    publish("signed", {"with": key})
    async with text("letter") as out:
        out.write(key[:9])
        out.write(key[9:])
    return f"https://host/?key={key}"


@workflow(name="secret-test", title=lambda order: f"Sign {order.site}")
async def secret_test(order: Sign) -> Signed:
    url = await sign(order.api_key.get_secret_value())
    if order.site == "broken":
        raise RuntimeError(f"cannot reach {url}")
    return Signed(url=url)


def _database() -> str:
    """Every byte of every row of the run's tables."""
    rows = []
    with connection.cursor() as cursor:
        for model in (Run, Archive, *(related.related_model for related in Run._meta.related_objects)):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            rows += cursor.fetchall()
    return repr(rows)


@pytest.fixture
def recorded(control, eventually):
    async def until_recorded(run):
        async def finished():
            await control.sweep()
            await control.watch.sweep()
            await run.arefresh_from_db()
            return run.finished

        await eventually(finished, "the run was not recorded")

    return until_recorded


@pytest.mark.parametrize("site", ["example.com", "broken"])
async def test_a_secret_is_in_no_row_answer_or_archive(engine, worker, recorded, people, async_client, site):
    from asgiref.sync import sync_to_async

    given = {"site": site, "api_key": PLANTED}
    run = await start_run(user=people.owner, workflow="secret-test", input=given)
    assert run.input == {"site": site, "api_key": DOTS} and run.sealed_input
    await recorded(run)
    assert run.status == ("failed" if site == "broken" else "completed"), run.error
    await async_client.aforce_login(people.owner)
    answers = [await async_client.get(f"/api/runs/{run.pk}{part}") for part in ("", "/steps", "/output")]
    page = await async_client.get(run.get_absolute_url())
    kept = await Archive.objects.aget(pk=run.pk)
    from runs.record import archive

    shown = [
        *(answer.content.decode() for answer in (*answers, page)),
        await sync_to_async(_database)(),
        json.dumps(archive.state_of(kept)),
        repr(archive.journal_of(kept)),
        repr((await run_events(run)).events),
        repr(await run_steps(run)),
    ]
    for place in shown:
        assert PLANTED not in place
    assert DOTS in page.content.decode()


async def test_a_run_recorded_while_redis_was_away_still_has_its_secret(
    engine, worker, recorded, control, people, monkeypatch
):
    async def away(*_: object) -> None:
        raise STORE_ERRORS[0]("away")

    with monkeypatch.context() as patched:
        patched.setattr(starting, "start_recorded", away)
        run = await start_run(user=people.owner, workflow="secret-test", input=Sign())
    assert await engine.meta(run.pk) is None
    await Run.objects.filter(pk=run.pk).aupdate(created_at="2026-01-01T00:00:00Z")
    await recorded(run)
    assert run.status == "completed", run.error
    assert run.output == {"url": f"https://host/?key={DOTS}"}


async def test_a_secret_too_short_is_refused_in_words(engine, people):
    with pytest.raises(UserError, match="4 characters"):
        await start_run(user=people.owner, workflow="secret-test", input={"api_key": "abc"})
    assert not await Run.objects.aexists()
