"""Five people fork a run at every component of both products, with foreign ids in every field that names a row.

What comes of it at the door, and then at the step: nothing of anybody else is read or written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission
from django.test import AsyncClient

from agents import library
from agents.models import Blog, Citation, Post
from agents.results import PostResult
from genisys import workflow
from genisys.host import Worker
from genisys.testing import FakeProvider
from ingestion.models import Page, Passage, Site
from runs.engines import close_engine, engine
from runs.models import AuditEntry, Run
from runs.service.starting import start_run
from tests.rights import steps
from tests.rights.rows import Watch
from tests.rights.table import ROLES
from tests.rights.test_owned import Call, call_one_step
from tests.waits import ended

DOOR = dict(zip(ROLES, ("202", "202", "403", "404", "401"), strict=True))
"""What `POST /api/runs/{id}/fork` answers each of them, whatever the field."""

SECRET = "Quicksilver"
"""Stands in every text of rows that are not the run owner's."""


@dataclass
class World:
    people: dict[str, Any]
    clients: dict[str, AsyncClient]
    own: dict[str, Any]
    foreign: dict[str, dict[str, Any]]
    """By whose they are: the outsider's, and those of the operator, who forks as the owner all the same."""

    @property
    def marks(self) -> list[Any]:
        return [SECRET, *(key for keys in self.foreign.values() for key in keys.values())]


def _rows_of(person: Any, text: str, first_key: int) -> dict[str, Any]:
    site = Site.objects.create(owner=person, url="http://127.0.0.1:1/", title=text, profile={"what": text})
    page = Page.objects.create(
        pk=first_key,
        site=site,
        url="http://127.0.0.1:1/valves",
        title=text,
        text=f"{text} and pumps. " * 9,
        outcome="ok",
    )
    passage = Passage.objects.create(
        pk=first_key + 1, page=page, ordinal=0, heading=text, text=f"{text} of valves and pumps. " * 9
    )
    post = Post.objects.create(owner=person, topic=text, title=text, markdown=text)
    Citation.objects.create(post=post, number=1, url=page.url, title=text, passage_ids=[passage.pk])
    blog = Blog.objects.create(owner=person, kind="ghost", address="https://ghost.invalid", sealed_secret=text)
    own = {steps.SITE: site, steps.PAGE: page, steps.PASSAGE: passage, steps.POST: post, steps.BLOG: blog}
    return {kind: row.pk if isinstance(row.pk, int) else str(row.pk) for kind, row in own.items()}


def _filled(people: Any) -> World:
    made = {
        role: people.create_user(role, f"{role}@example.test", "x", is_staff=role in ("operator", "viewer"))
        for role in ROLES[:-1]
    }
    made["operator"].user_permissions.add(Permission.objects.get(codename="operate_run"))
    clients = {role: AsyncClient() for role in ROLES}
    for role, person in made.items():
        clients[role].force_login(person)
    return World(
        made,
        clients,
        own=_rows_of(made["owner"], "Ordinary valves", 1000),
        foreign={
            whose: _rows_of(made[whose], SECRET, key)
            for whose, key in (("outsider", 7_000_001), ("operator", 8_000_001))
        },
    )


@pytest.fixture
async def world(
    redis_url: str, transactional_db: None, django_user_model: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    settings.GENISYS_API_REQUESTS_PER_MINUTE = settings.GENISYS_STARTS_PER_HOUR = 0
    settings.GENISYS_OPEN_RUNS_PER_PERSON = settings.GENISYS_RUNS_PER_PERSON = 0
    settings.INGEST_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr("random.uniform", lambda low, high: low)
    # The sample is no post that could be published; whether it is, is asked before it is saved.
    monkeypatch.setattr("agents.workflow.grounding.check_post", lambda *_, **__: [])
    monkeypatch.setattr("agents.workflow.faults", lambda *_: [])
    made = await sync_to_async(_filled)(django_user_model.objects)
    worker = Worker(redis_url, concurrency=8, secret=django_settings.GENISYS_SECRETS)
    async with FakeProvider(responder=lambda body: "{}") as provider:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.GENISYS_MODEL = "t", provider.base_url, "scripted"
        settings.GENISYS_PROVIDERS = []
        working = asyncio.create_task(worker.run())
        made.own["url"] = provider.base_url.removesuffix("v1")  # it knows no pages
        yield made
        worker.stop()
        await asyncio.wait_for(working, 60)
    await close_engine()


def _arguments(component: str, keys: dict[str, Any], **foreign: Any) -> dict[str, Any]:
    step = steps.components()[component]
    own = {path: keys[kind] for (of, path), kind in steps.NAMING.items() if of == component}
    values = {**own, "url": keys["url"], **foreign}
    return {name: steps.sample(step.hints[name], name, values) for name in step.signature.parameters}


async def _sources(world: World) -> dict[str, tuple[str, str]]:
    """A run of the owner for each component that names a row, with its own ids: the run, and the step's key."""
    started = {
        name: await start_run(
            user=world.people["owner"],
            workflow=call_one_step.name,
            input=Call(component=name, arguments=_arguments(name, world.own)),
        )
        for name in dict.fromkeys(name for name, _ in steps.NAMING)
    }
    await ended(engine(), *(run.pk for run in started.values()), seconds=120)
    found = {}
    for name, run in started.items():
        found[name] = run.pk, next(step.key for step in await engine().journal(run.pk) if step.name == name)
    return found


def _foreign_rows() -> list[Any]:
    return [
        dict(row)
        for model, owner in ((Site, "owner"), (Page, "site__owner"), (Passage, "page__site__owner"), (Post, "owner"),
                             (Citation, "post__owner"), (Blog, "owner"))
        for row in model._default_manager.exclude(**{f"{owner}__username": "owner"}).order_by("pk").values()
    ]  # fmt: skip


async def test_whoever_forks_at_whichever_step_reaches_the_rows_of_the_runs_owner_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = await _sources(world)
    before = await sync_to_async(_foreign_rows)()
    assert len(before) == 12
    watch = Watch(world.marks, monkeypatch)
    made: list[tuple[str, str]] = []
    wrong: list[str] = []
    for (component, path), kind in steps.NAMING.items():
        run_id, step = sources[component]
        for whose, keys in world.foreign.items():
            order = {"step": step, "input": _arguments(component, world.own, **{path: keys[kind]})}
            for role in ROLES:
                case = f"{component}, {path} of the {whose}, by the {role}"
                answer = await world.clients[role].post(
                    f"/api/runs/{run_id}/fork", order, content_type="application/json"
                )
                if str(answer.status_code) != DOOR[role]:
                    wrong.append(f"{case}: {answer.status_code}")
                elif answer.status_code == 202:
                    made.append((case, answer.json()["id"]))
    await ended(engine(), *(fork for _, fork in made), seconds=120)
    for case, fork in made:
        last = (await engine().events(fork))[-1]
        if last["type"] != "run.failed" or "among yours" not in last["error"]["message"]:
            wrong.append(f"{case}: {last}")
    assert not wrong, "\n".join(["", *wrong])
    assert watch.statements
    assert (watch.read, watch.unowned) == ([], [])
    monkeypatch.undo()
    assert await sync_to_async(_foreign_rows)() == before
    assert len(made) == 2 * 2 * len(steps.NAMING)
    owners = {owner async for owner in Run.objects.values_list("owner__username", flat=True)}
    assert owners == {"owner"}
    by = [entry async for entry in AuditEntry.objects.filter(action="fork").values_list("actor__username", flat=True)]
    assert sorted(by) == sorted(["owner", "operator"] * (len(made) // 2))


@workflow(name="save-a-post")
async def save_a_post(result: PostResult) -> PostResult:
    await library.save(result, [], "")
    return result


async def test_a_post_keeps_no_number_of_a_passage_that_is_not_its_owners(world: World) -> None:
    cited = [world.foreign["outsider"][steps.PASSAGE], world.own[steps.PASSAGE], 99_999_999, 10**30, -1]
    result = PostResult(
        post_id=world.own[steps.POST],
        title="Valves",
        markdown="Valves wear. [1]",
        citations=[{"n": 1, "url": "http://127.0.0.1:1/", "title": "V", "passage_id": cited[0], "passage_ids": cited}],
        models=[],
        extracts=0,
    )
    run = await start_run(user=world.people["owner"], workflow=save_a_post.name, input=result)
    [meta] = await ended(engine(), run.pk)
    assert meta.status == "completed"
    kept = await Citation.objects.aget(post=world.own[steps.POST])
    assert kept.passage_ids == [world.own[steps.PASSAGE]]


async def test_the_watch_sees_a_row_that_is_read_counted_or_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its silence would prove nothing."""
    theirs = world.foreign["outsider"]
    watch = Watch(world.marks, monkeypatch)
    await Page.objects.aget(pk=theirs[steps.PAGE])
    assert len(watch.read) == len(watch.unowned) == 1
    await Passage.objects.filter(page__site=theirs[steps.SITE]).acount()
    await Post.objects.filter(pk=theirs[steps.POST]).aupdate(title="mine")
    assert (len(watch.read), len(watch.unowned)) == (1, 3)
    assert [key async for key in Site.objects.values_list("pk", flat=True)]
    assert len(watch.read) == 2
