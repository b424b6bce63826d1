"""The links of a post: found, asked for politely, and told where they lead nowhere; only what is certain counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.urls import reverse
from django.utils import timezone

from agents.brief.brief import Brief, Caps
from agents.editing import versions
from agents.linking import steps
from agents.linking.steps import Checked, CheckRequest, check_post_links
from agents.models import Citation, Post
from agents.post.links import IN_THE_TEXT, DeadLink, links_of, told
from agents.presenting.shown import left_out
from genisys.host import new_run_id
from genisys.net import FetchUnresolved
from genisys.testing import Report, run_in_memory
from ingestion import models
from ingestion.web.reader import ask
from runs.models import Run
from tests.ingestion.conftest import Answer, Site

NO_NAME = "http://no-such-name.example/"


def test_a_post_links_to_its_sources_what_its_text_names_and_what_is_to_be_linked() -> None:
    text = (
        "# T\n\nSaid [there](<https://a.example/x?b=1&c=2>).[1] See https://b.example/y now.[2] `https://code.example/`"
        " [Again](https://s.example/1#part).\n\n## Sources\n\n"
        "1. [S](<https://s.example/1>)\n\n[1]: <https://s.example/1>"
    )
    found = links_of(text, {2: "file:notes.md", 1: "https://s.example/1"}, ["https://r.example/"])
    assert [(link.url, link.where) for link in found] == [
        ("https://s.example/1", "source 1"),
        ("https://a.example/x?b=1&c=2", "a link in the text"),
        ("https://b.example/y", "a link in the text"),
        ("https://r.example/", "a page to link to"),
    ]


def test_what_leads_nowhere_is_told_in_a_sentence() -> None:
    one = DeadLink(url="https://a.example/", where="source 1", why="it answers 404")
    assert told([]) == ""
    assert told([one]) == "One link leads nowhere: source 1, https://a.example/: it answers 404."
    assert told([one, one]).startswith("2 links lead nowhere: ")


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    settings.INGEST_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.INGEST_MIN_DELAY = 0
    served = Site()
    served.page("/there")
    served.pages["/moved"] = Answer(b"", 301, {"Location": "/there"})
    served.pages["/gone"] = Answer(b"", 410)
    served.pages["/wall"] = Answer(b"", 403)
    served.pages["/busy"] = Answer(b"", 503)
    yield served
    served.stop()


@pytest.fixture
def post(person: Any, site: Site) -> Post:
    named = " ".join(f"[{path}]({site.url}/{path})." for path in ("there", "moved", "gone", "wall", "busy", "nothing"))
    made = Post.objects.create(owner=person, topic="t", title="T", markdown=f"# T\n\nIt is so.[1] {named} {NO_NAME}\n")
    Citation.objects.create(post=made, number=1, url=f"{site.url}/source", title="S")
    return made


async def check(post: Post, monkeypatch: pytest.MonkeyPatch) -> Report:
    async def asked(url: str, **options: Any) -> Any:
        if url == NO_NAME:  # what a resolver says of a name is tested beside the guarded client
            raise FetchUnresolved("There is no such name.")
        return await ask(url, **options)

    monkeypatch.setattr(steps, "ask", asked)
    run = await Run.objects.acreate(
        pk=new_run_id(), workflow="check-links", owner_id=post.owner_id, deployment="test", input={}
    )
    return await run_in_memory(check_post_links, CheckRequest(post_id=str(post.pk)), run_id=run.pk)


@pytest.mark.django_db(transaction=True)
async def test_only_what_is_certain_counts_as_dead(post: Post, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    report = await check(post, monkeypatch)
    assert report.error is None, report.error
    assert report.output == Checked(
        dead=[
            DeadLink(url=f"{site.url}/source", where="source 1", why="it answers 404"),
            DeadLink(url=f"{site.url}/gone", where="a link in the text", why="it answers 410"),
            DeadLink(url=f"{site.url}/nothing", where="a link in the text", why="it answers 404"),
            DeadLink(url=NO_NAME, where="a link in the text", why="there is no no-such-name.example any more"),
        ],
        unknown=1,
    )
    await post.arefresh_from_db()
    assert [DeadLink(**link) for link in post.dead_links] == report.output.dead
    assert post.links_checked_at is not None
    assert any("4 links lead nowhere" in line["text"] for line in report.state["status_lines"])
    once = dict.fromkeys(("/source", "/moved", "/gone", "/wall", "/busy", "/nothing"), 1)
    assert site.asked == {**once, "/there": 2}, "each once, and where one leads"


@pytest.mark.django_db(transaction=True)
async def test_what_was_read_of_late_is_not_asked_for_again(
    post: Post, site: Site, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = await models.Site.objects.acreate(owner=person, url=site.url)
    for path, outcome, days in (("source", "ok", 1), ("there", "gone", 2), ("nothing", "ok", 30)):
        await models.Page.objects.acreate(
            site=read, url=f"{site.url}/{path}", outcome=outcome, read_at=timezone.now() - timedelta(days=days)
        )
    report = await check(post, monkeypatch)
    why = {link.url.rpartition("/")[2]: link.why for link in report.output.dead}
    assert "source" not in why, "the reading found it"
    assert why["there"] == "its site has no such page any more", "the reading missed it"
    assert why["nothing"] == "it answers 404", "that reading was long ago"
    assert site.asked["/source"] == 0


@pytest.mark.django_db
def test_a_dead_link_is_told_on_the_page_until_the_text_has_it_no_more(
    client: Any, post: Post, site: Site, person: Any
) -> None:
    dead = [
        ("source", "source 1", "it answers 404"),
        ("gone", IN_THE_TEXT, "it answers 410"),
        ("nothing", IN_THE_TEXT, ""),
    ]
    post.dead_links = [
        DeadLink(url=f"{site.url}/{path}", where=where, why=why).model_dump() for path, where, why in dead
    ]
    post.links_checked_at = timezone.now()
    post.save()
    client.force_login(person)
    page = client.get(post.get_absolute_url()).text
    assert "3 links of this post lead nowhere" in page
    assert "it answers 410" in page
    told_by_api = client.get(f"/api/posts/{post.pk}").json()
    assert [link["why"] for link in told_by_api["dead_links"]] == ["it answers 404", "it answers 410", ""]
    assert told_by_api["reading"]["words"] > 3
    versions.edit(post, person, base=0, title="T", body=f"It is so.[1] [gone]({site.url}/gone).")
    page = client.get(post.get_absolute_url()).text
    assert "2 links of this post lead nowhere" in page
    assert "/nothing" not in page


@pytest.mark.django_db
def test_a_page_that_is_gone_is_not_suggested(post: Post, person: Any, client: Any) -> None:
    read = models.Site.objects.create(owner=person, url="https://s.example/")
    models.Page.objects.create(site=read, url=post.citations.get().url, title="S", outcome="ok")
    models.Page.objects.create(site=read, url="https://s.example/t", title="Valves", outcome="ok")
    client.force_login(person)
    export = reverse("agents:export", args=[post.pk, "html"])
    post.title = "Valves"
    post.save()
    assert "https://s.example/t" in client.get(export).text
    post.dead_links = [{"url": "https://s.example/t", "where": "a page to link to", "why": "it answers 404"}]
    post.save()
    assert "https://s.example/t" not in client.get(export).text


@pytest.mark.django_db(transaction=True)
async def test_what_was_taken_out_while_it_was_asked_for_is_not_told(
    post: Post, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(url: str, **options: Any) -> Any:
        if url.endswith("/nothing"):
            await sync_to_async(versions.edit)(post, person, base=0, title="T", body="It is so.[1]")
        raise FetchUnresolved("There is no such name.")

    monkeypatch.setattr(steps, "ask", asked)
    run = await Run.objects.acreate(workflow="check-links", owner=person, deployment="test", input={})
    await run_in_memory(check_post_links, CheckRequest(post_id=str(post.pk)), run_id=run.pk)
    await post.arefresh_from_db()
    assert [link["where"] for link in post.dead_links] == ["source 1"]


@pytest.mark.django_db(transaction=True)
async def test_a_run_that_dies_before_or_after_the_check_gives_the_same_post_with_caps_and_dead_links(
    quillon: models.Site, provider: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def gone(url: str, **options: Any) -> Any:
        asked.append(url)
        raise FetchUnresolved("There is no such name.")

    monkeypatch.setattr(steps, "ask", gone)
    await models.Page.objects.aupdate(read_at=timezone.now() - timedelta(days=30))
    brief = Brief(caps=Caps(sections=1))
    whole = await write(brief=brief)
    assert whole.output.left_out
    assert whole.output.dead_links
    for step in ("finish", "ask_for_link", "check_links"):
        asked.clear()
        again = await write(brief=brief, crash_after={step: 1})
        same = ("markdown", "left_out", "dead_links")
        assert [getattr(again.output, name) for name in same] == [getattr(whole.output, name) for name in same], step
        assert again.bodies_run["finish"] == 1
        if step != "ask_for_link":
            assert len(asked) == len(set(asked)), step
    shown = await Post.objects.aget(pk=again.output.post_id)
    assert (left_out(shown), len(shown.dead_links)) == (again.output.left_out, len(again.output.dead_links))


@pytest.mark.django_db(transaction=True)
async def test_a_post_is_written_all_the_same_and_its_dead_sources_are_told(
    quillon: models.Site, provider: Any, write: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(url: str, **options: Any) -> Any:
        raise FetchUnresolved("There is no such name.")

    settings.GENISYS_MODEL = "tiny-135m"
    monkeypatch.setattr(steps, "ask", gone)
    fresh = await write()
    assert fresh.output.dead_links == [], "its pages were read just now"
    await models.Page.objects.aupdate(read_at=timezone.now() - timedelta(days=30))
    report = await write()
    assert report.output.markdown == fresh.output.markdown
    cited = {citation.url for citation in report.output.citations}
    assert {link.url for link in report.output.dead_links if link.where.startswith("source ")} == cited
    post = await Post.objects.aget(pk=report.output.post_id)
    assert len(post.dead_links) == len(report.output.dead_links)
