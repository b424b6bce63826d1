"""The outline is changed while sections are written and afterwards: only what that touches is asked for again."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import AsyncClient

from agents.brief.outlines import Outlined, OutlinedClaim, OutlinedSection
from agents.models import Post
from agents.outlining import changing
from agents.post.assemble import body_of
from agents.research import rows
from genisys import UserError
from genisys.host import Engine, Worker
from genisys.testing.provider import FakeProvider
from ingestion.models import Passage, Site
from runs.engines import close_engine
from runs.engines import engine as engine_of_loop
from runs.models import Run
from runs.rules.audit import Actor, Via
from runs.service.starting import start_run
from tests.agents.conftest import TOPIC
from tests.waits import ended, until

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, SECOND, THIRD = "How jobs are stored", "Retries after failures", "Metrics"


@pytest.fixture
async def engine(redis_url: str, transactional_db: None) -> AsyncIterator[Engine]:
    yield engine_of_loop()
    await close_engine()


@pytest.fixture
async def worker(redis_url: str, engine: Engine) -> AsyncIterator[Worker]:
    worker = Worker(redis_url, concurrency=4, secret=django_settings.GENISYS_SECRETS)
    running = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await asyncio.wait_for(running, 30)


async def started(person: Any, **fields: Any) -> tuple[Run, Post]:
    post = await Post.objects.acreate(owner=person, topic=TOPIC)
    order = {"topic": TOPIC, "sections": 3, "post_id": str(post.pk), **fields}
    run = await start_run(user=person, workflow="write-post", input=order)
    await Post.objects.filter(pk=post.pk).aupdate(run_id=run.pk)
    await post.arefresh_from_db()
    return run, post


def asked_for(provider: FakeProvider, heading: str) -> int:
    """How often a section was asked for."""
    return provider.count(f"Section: {heading}\nIt covers: ")


def headings(post: Post) -> list[str]:
    lines = body_of(post.markdown).splitlines()
    return [line.removeprefix("## ") for line in lines if line.startswith("## ")]


async def offers_a_change(run: Run, person: Any) -> bool:
    """Return whether the run's page leads its owner to the outline."""
    client = AsyncClient()
    await client.aforce_login(person)
    return "/outline" in (await client.get(run.get_absolute_url())).content.decode()


async def _never(run: Run) -> bool:
    return False


async def test_while_sections_are_written_those_that_stay_are_kept_and_nothing_is_paid_twice(
    provider: FakeProvider, quillon: Site, person: Any, engine: Engine, worker: Worker
) -> None:
    provider.fault("hang", times=9, containing=f"Section: {THIRD}", seconds=60)
    run, post = await started(person)

    async def is_third() -> bool:
        return asked_for(provider, THIRD) > 0

    await until(is_third, "the third section is not begun")
    now = await changing.current(post)
    assert now.run == run
    assert [section.heading for section in now.outline.sections] == [FIRST, SECOND, THIRD]
    first, second, _ = now.outline.sections
    new = OutlinedSection(heading="Where failed jobs go", covers="The parking lot.", claims=[], words=0)
    outline = Outlined(title="Jobs, kept", thesis="Nothing is lost.", sections=[second, new, first])
    provider.requests.clear()
    fork = await changing.change(post, now, Actor(person, Via.PAGE), outline, "once")
    assert await changing.change(post, now, Actor(person, Via.PAGE), outline, "once") == fork, "it starts one run"
    await ended(engine, run.pk, fork.pk)
    await post.arefresh_from_db()
    assert post.run_id == fork.pk
    assert await changing.repeated(post, outline, "once") == fork
    assert await changing.repeated(post, now.outline, "once") is await changing.repeated(post, outline, "") is None
    assert post.title == "Jobs, kept"
    assert headings(post) == [SECOND, "Where failed jobs go", FIRST]
    for kept in (FIRST, SECOND):
        assert asked_for(provider, kept) == 0, f"{kept} was written before, and was asked for again"
    assert asked_for(provider, "Where failed jobs go") > 0
    assert provider.count("Outline a post") == provider.count("Name the questions") == 0
    assert (await engine.meta(run.pk)).status == "cancelled"
    _, state = await engine.snapshot(fork.pk)
    shown = [state["items"]["section"][str(n)] for n in (1, 2, 3)]
    assert [(each["heading"], each["state"]) for each in shown] == [
        (SECOND, "done"), ("Where failed jobs go", "done"), (FIRST, "done"),
    ]  # fmt: skip
    kept_text = state["blocks"][shown[2]["block"]]
    assert kept_text["title"] == FIRST
    assert kept_text["state"] == "final"
    names = [step["name"] for step in state["steps"].values()]
    assert names.count("keep_section") == 2


async def test_a_changed_claim_writes_its_section_anew_and_a_source_that_is_gone_is_told(
    provider: FakeProvider,
    quillon: Site,
    person: Any,
    engine: Engine,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider.fault("status", containing=f"Section: {THIRD}", status=400)
    run, post = await started(person)
    await ended(engine, run.pk)
    assert (await engine.meta(run.pk)).status == "failed"
    assert await offers_a_change(run, person)
    with monkeypatch.context() as cleared:
        cleared.setattr("runs.pages.views.is_held", _never)
        assert not await offers_a_change(run, person), "it would be refused"
    now = await changing.current(post)
    outline = now.outline.model_copy(deep=True)
    claim = OutlinedClaim(text="A job in the parking lot is never lost.", sources=[987_654])
    outline.sections[1] = outline.sections[1].model_copy(update={"claims": [claim]})
    provider.requests.clear()
    fork = await changing.change(post, now, Actor(person, Via.PAGE), outline)
    await ended(engine, fork.pk)
    await post.arefresh_from_db()
    assert headings(post) == [FIRST, SECOND, THIRD]
    assert [asked_for(provider, heading) > 0 for heading in (FIRST, SECOND, THIRD)] == [False, True, True]
    assert provider.count("Planned for this section: A job in the parking lot is never lost.") > 0
    _, state = await engine.snapshot(fork.pk)
    lines = [line["text"] for line in state["status_lines"]]
    assert f"“{claim.text}” names a source that is no longer there; another one is looked for" in lines


async def test_the_outline_of_a_written_post_is_changed_over_its_page_and_the_api(
    provider: FakeProvider, quillon: Site, person: Any, engine: Engine, worker: Worker
) -> None:
    run, post = await started(person)
    await ended(engine, run.pk)
    client = AsyncClient()
    await client.aforce_login(person)
    shown = (await client.get(f"/api/posts/{post.pk}/outline")).json()
    assert [(each["heading"], each["covers"]) for each in shown["sections"]] == [
        (FIRST, "The journal of jobs."),
        (SECOND, "Growing pauses and the parking lot."),
        (THIRD, "What the endpoint reports."),
    ]
    said = io.StringIO()
    await sync_to_async(call_command)("outline", str(post.pk), stdout=said)
    assert json.loads(said.getvalue())["sections"] == shown["sections"]
    page = (await client.get(f"/posts/{post.pk}/outline")).content.decode()
    assert "Growing pauses and the parking lot." in page
    before = body_of((await Post.objects.aget(pk=post.pk)).markdown)
    provider.requests.clear()
    shown["sections"][1]["covers"] = "What waits in the parking lot."
    shown["sections"] = [shown["sections"][2], shown["sections"][1], shown["sections"][0]]
    del shown["gone"]
    answer = await client.post(
        f"/api/posts/{post.pk}/outline",
        json.dumps(shown),
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    assert answer.status_code == 202, answer.content
    await ended(engine, answer.json()["id"])
    await post.arefresh_from_db()
    assert post.version == 2
    assert headings(post) == [THIRD, SECOND, FIRST]
    assert [asked_for(provider, heading) > 0 for heading in (FIRST, SECOND, THIRD)] == [False, True, False]
    for heading in (FIRST, THIRD):
        kept = before.partition(f"## {heading}\n")[2].partition("\n## ")[0].strip()
        assert kept in post.markdown
    planned = {part["heading"]: part["planned"]["covers"] for part in post.parts if part["n"]}
    assert planned[SECOND] == "What waits in the parking lot."
    assert (await client.post(f"/posts/{post.pk}/outline", {"do": "approve"})).status_code == 422


async def test_a_post_without_an_outline_says_so(person: Any, quillon: Site, engine: Engine) -> None:
    post = await Post.objects.acreate(owner=person, topic=TOPIC)
    with pytest.raises(UserError, match="too long ago"):
        await changing.current(post)
    run = await sync_to_async(Run.objects.create)(
        workflow="write-post", owner=person, deployment="test", input={}, title="x"
    )
    await Post.objects.filter(pk=post.pk).aupdate(run_id=run.pk)
    await post.arefresh_from_db()
    with pytest.raises(UserError, match="no outline yet"):
        await changing.current(post)
    client = AsyncClient()
    await client.aforce_login(person)
    assert (await client.get(f"/api/posts/{post.pk}/outline")).status_code == 409
    assert await Passage.objects.aexists()


async def test_no_outline_is_offered_of_a_digest_and_a_request_for_it_is_told_why(
    quillon: Site, person: Any, engine: Engine, worker: Worker, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GENISYS_MODEL = "tiny-135m"
    composing, go_on, find = asyncio.Event(), asyncio.Event(), rows.chapters

    async def held(*given: Any) -> Any:
        composing.set()
        await go_on.wait()
        return await find(*given)

    monkeypatch.setattr(rows, "chapters", held)
    run, post = await started(person)
    await asyncio.wait_for(composing.wait(), 30)
    client = AsyncClient()
    await client.aforce_login(person)
    assert (await client.get(f"/api/posts/{post.pk}/outline")).json()["detail"] == changing.DIGEST
    assert f"/posts/{post.pk}/outline" not in (await client.get(run.get_absolute_url())).content.decode()
    go_on.set()
    await ended(engine, run.pk)
    page = (await client.get(post.get_absolute_url())).content.decode()
    assert f"/posts/{post.pk}/edit" in page
    assert f"/posts/{post.pk}/outline" not in page
    assert f"/posts/{post.pk}/revise" not in page
    order = {"instruction": "Shorter"}
    asked = await client.post(f"/api/posts/{post.pk}/revise", json.dumps(order), content_type="application/json")
    for answer in (asked, await client.get(f"/api/posts/{post.pk}/outline")):
        assert answer.status_code == 409
        assert "too small a model" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("steps", "status", "why"),
    [
        ([], "running", changing.NOT_YET),
        ([], "failed", changing.NEVER),
        ([("assign", "running")], "running", changing.NOT_YET),
        ([("assign", "completed")], "running", changing.BEING_CHANGED),
        ([("assign", "completed"), ("assign", "completed")], "running", ""),
        ([("assign", "completed"), ("assign", "completed"), ("edit", "running")], "running", changing.BEING_EDITED),
        ([("assign", "completed"), ("assign", "completed"), ("edit", "failed")], "failed", ""),
    ],
)
def test_whether_an_outline_can_be_changed_follows_from_what_its_run_has_done(
    steps: list[tuple[str, str]], status: str, why: str
) -> None:
    state = {
        "steps": {str(n): {"name": name, "status": each} for n, (name, each) in enumerate(steps)},
        "inputs": {},
        "run_status": status,
    }
    assert changing.why_not(Run(input={"outlines": [{}]}), state) == why
