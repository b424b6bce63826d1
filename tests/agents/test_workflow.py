"""The workflow: whatever the model writes, the post is complete and true; what was paid for is not paid again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from agents.grounding import supports
from agents.models import Citation, Post
from agents.post.article import EXTRACT
from agents.post.assemble import DIGEST_NOTE, EXTRACT_NOTE, body_of
from agents.post.citations import cited_numbers, faults
from agents.sources.evidence import Evidence
from genisys.testing import Clock, Report
from genisys.testing.provider import FakeProvider
from ingestion.models import Page, Passage, Site
from language.sentences import one_line
from runs.models import Run
from tests.agents.conftest import said_in

pytestmark = pytest.mark.django_db(transaction=True)


async def evidence() -> list[Evidence]:
    return [
        Evidence(
            passage_id=row.pk, page_url=row.page.url, page_title=row.page.title, heading=row.heading, text=row.text
        )
        async for row in Passage.objects.select_related("page")
    ]


async def assert_complete_and_true(report: Report) -> None:
    """What must hold of every post, whatever wrote it."""
    assert report.error is None, report.error
    post = report.output
    assert post.title
    headings = [line for line in post.markdown.splitlines() if line.startswith("## ") and line != "## Sources"]
    assert len(set(headings)) >= 3
    assert faults(post.markdown, post.citations) == []
    assert len(cited_numbers(body_of(post.markdown))) == len(post.citations)
    for citation in post.citations:
        assert await Page.objects.filter(url=citation.url).aexists()
        assert await Passage.objects.filter(pk=citation.passage_id, page__url=citation.url).aexists()
    sources = await evidence()
    sentences = said_in(post.markdown)
    assert len(sentences) >= 6
    for sentence in sentences:
        assert supports(sentence, sources).fault is None, sentence


async def test_a_true_post_is_written_cited_and_saved(provider: FakeProvider, quillon: Site, write: Any) -> None:
    report = await write()
    await assert_complete_and_true(report)
    assert report.output.title == "How Quillon keeps jobs safe"
    assert report.output.models == ["scripted"]
    assert report.output.extracts == 0
    assert "Tanaka" not in report.output.markdown
    assert "Zanzibar" not in report.output.markdown
    post = await Post.objects.aget(pk=report.output.post_id)
    assert post.markdown == report.output.markdown
    assert [part["sentences_dropped"] for part in post.parts if part["n"]] == [1, 1, 1]
    assert await Citation.objects.filter(post=post).acount() == len(report.output.citations)


async def test_the_page_sees_every_section_its_state_and_the_text(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    report = await write()
    state = report.state
    assert [told["state"] for told in state["items"]["section"].values()] == ["done"] * 3
    assert [told["model"] for told in state["items"]["section"].values()] == ["scripted"] * 3
    assert set(state["blocks"]) == {"section-1", "section-2", "section-3", "article"}
    assert all(block["state"] == "final" for block in state["blocks"].values())
    sources = {told["url"]: told["n"] for told in state["items"]["source"].values() if told["n"]}
    assert sources == {citation.url: citation.n for citation in report.output.citations}
    assert "Writing section 2 of 3, “Retries after failures”" in [line["text"] for line in state["status_lines"]]
    assert state["progress"]["done"] == state["progress"]["total"] == 3


def invents(body: dict[str, Any]) -> str:
    if "response_format" in body:
        return json.dumps(
            {
                "questions": ["Who is the king of jobs?"],
                "title": "Why Quillon beats Kafka since 2012",
                "sections": [{"heading": "Quillon's Nobel Prize", "covers": "Glory."}] * 3,
            }
        )
    return (
        "Quillon was founded by Ada Nowak in 1999. It powers 400 banks in Singapore. Its journal is written in"
        " Haskell. Customers love the speed of its queue. The company went public last year. Jobs are free."
    )


@pytest.mark.parametrize(
    ("responder", "model"),
    [
        pytest.param(invents, "scripted", id="invents"),
        pytest.param(lambda body: "Quillon keeps every job in a journal. " * 40, "scripted", id="repeats"),
        pytest.param(lambda body: "The the the " * 60, "scripted", id="loops"),
        pytest.param(lambda body: "\x00<|im_end|>{{[[((" * 9, "scripted", id="garbage"),
        pytest.param(lambda body: " ", "scripted", id="says nothing"),
        pytest.param(lambda body: "Write the text of this section now: two short paragraphs.", "scripted", id="leaks"),
        pytest.param(lambda body: "Sure! Here is the section you asked for. " * 4, "scripted", id="chats"),
        pytest.param(lambda body: "Quillon stores jobs on Kubernetes and", "scripted", id="is cut off"),
    ],
)
async def test_whatever_a_model_says_the_post_is_complete_true_and_marked(
    provider: FakeProvider, quillon: Site, write: Any, settings: Any, responder: Any, model: str
) -> None:
    provider.responder = responder
    settings.GENISYS_MODEL = model
    report = await write()
    await assert_complete_and_true(report)
    post = report.output
    assert post.extracts == 3
    assert post.markdown.count(EXTRACT_NOTE) == 3
    assert post.models == []
    saved = await Post.objects.aget(pk=post.post_id)
    assert [part["written_by"] for part in saved.parts] == [EXTRACT] * 3
    assert all(part["problems"] for part in saved.parts)
    texts = [one_line(item.text) for item in await evidence()]
    for sentence in said_in(post.markdown):
        assert any(sentence in text for text in texts), f"not word for word: {sentence}"


async def test_a_failing_section_is_tried_once_more_and_told_why(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    writer = provider.responder

    def bad_once(body: dict[str, Any]) -> str:
        first = "Section: Metrics" in json.dumps(body) and "A first try was not used" not in json.dumps(body)
        return invents(body) if first else writer(body)

    provider.responder = bad_once
    report = await write()
    await assert_complete_and_true(report)
    assert report.output.extracts == 0
    assert provider.count("A first try was not used. Too many sentences had to be removed") == 1
    post = await Post.objects.aget(pk=report.output.post_id)
    assert [part["tries"] for part in post.parts if part["n"]] == [1, 1, 2]
    assert "1999" not in report.state["blocks"]["section-3"]["txt"]


async def test_a_small_model_is_asked_nothing_and_the_post_is_a_digest(
    provider: FakeProvider, quillon: Site, write: Any, settings: Any
) -> None:
    settings.GENISYS_MODEL = "tiny-135m"
    report = await write()
    await assert_complete_and_true(report)
    assert report.output.models == []
    assert provider.requests == []
    assert DIGEST_NOTE in report.output.markdown
    words_of_the_site = [one_line(item.text) for item in await evidence()]
    for sentence in said_in(report.output.markdown):
        assert any(sentence.replace("\\", "") in text for text in words_of_the_site), sentence


async def test_a_digest_of_a_site_that_says_little_is_short_and_published(
    provider: FakeProvider, quillon: Site, write: Any, settings: Any
) -> None:
    settings.GENISYS_MODEL = "tiny-135m"
    kept = [item async for item in Passage.objects.order_by("pk")][:2]
    await Passage.objects.exclude(pk__in=[item.pk for item in kept]).adelete()
    report = await write()
    assert report.error is None, report.error
    assert 1 <= report.output.markdown.count("\n## ") <= 3
    assert (await Post.objects.aget(pk=report.output.post_id)).markdown == report.output.markdown


@pytest.mark.parametrize("step", ["research", "outline", "edit", "look_over"])
async def test_after_a_crash_nothing_finished_is_asked_again(
    provider: FakeProvider, quillon: Site, write: Any, step: str
) -> None:
    await write()
    calls = len(provider.requests)
    provider.requests.clear()
    report = await write(crash_after={step: 1})
    await assert_complete_and_true(report)
    assert len(provider.requests) == calls
    assert await Post.objects.acount() == 2


async def test_after_a_crash_between_sections_the_text_has_nothing_twice(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    whole = await write()
    calls = len(provider.requests)
    provider.requests.clear()
    resumed = await write(crash_after={"write_section": 2})
    assert len(provider.requests) == calls
    assert resumed.output.markdown == whole.output.markdown
    assert resumed.bodies_run["write_section"] == 3


async def test_an_error_while_editing_costs_nothing_that_was_written(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    writer = provider.responder

    def fails_late(body: dict[str, Any]) -> str:
        if "You edit one section" in json.dumps(body) or "You write the opening" in json.dumps(body):
            provider.fault("status", 1, status=400)
        return writer(body)

    provider.responder = fails_late
    provider.fault("status", 0)
    report = await write()
    await assert_complete_and_true(report)
    assert report.output.extracts == 0


@pytest.fixture
def at_the_second_section(provider: FakeProvider) -> Callable[..., None]:
    """Lets something go wrong once the first section is written."""
    writer = provider.responder

    def fail(kind: str, times: int, **how: Any) -> None:
        def responder(body: dict[str, Any]) -> str:
            if provider.responder is responder and "Section: Retries after failures" in json.dumps(body):
                provider.responder = writer
                provider.fault(kind, times, **how)
            return writer(body)

        provider.responder = responder

    return fail


async def test_a_model_server_that_refuses_ends_the_run_with_a_sentence_and_keeps_what_was_written(
    at_the_second_section: Callable[..., None], quillon: Site, write: Any
) -> None:
    at_the_second_section("status", 40, status=401)
    report = await write()
    assert report.output is None
    assert "answered 401" in report.error.message
    assert report.state["blocks"]["section-1"]["state"] == "final"


@pytest.mark.parametrize(("kind", "how"), [("status", {"status": 500}), ("status", {"status": 429}), ("drop", {})])
async def test_the_one_model_server_there_is_may_be_away_for_long_and_no_post_fails(
    provider: FakeProvider,
    at_the_second_section: Callable[..., None],
    quillon: Site,
    write: Any,
    kind: str,
    how: dict[str, Any],
) -> None:
    at_the_second_section(kind, 9, **how)
    report = await write(clock=Clock())
    await assert_complete_and_true(report)
    assert "provider" in {event["reason"] for event in report.events if event["type"] == "run.waiting"}


async def test_a_post_needs_something_to_write_from(provider: FakeProvider, person: Any, write: Any) -> None:
    report = await write()
    assert "nothing to write from" in report.error.message
    assert not provider.requests
    assert not await Post.objects.aexists()


async def test_a_topic_that_no_page_speaks_of_is_refused_in_words(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    report = await write("Zebras giraffes", clock=Clock())
    assert "None of the 4 pages of Quillon speaks of “Zebras giraffes”" in report.error.message


async def test_another_persons_site_and_post_do_not_exist(
    provider: FakeProvider, quillon: Site, write: Any, django_user_model: Any
) -> None:
    outsider = await django_user_model.objects.acreate(username="eve", email="eve@example.com")
    theirs = await Post.objects.acreate(owner=quillon.owner, topic="Mine")
    report = await write(owner=outsider, site_id=str(quillon.pk))
    assert f"There is no site {quillon.pk} among yours" in report.error.message
    own = await Site.objects.acreate(owner=outsider, url="https://eve.example/", status="ready")
    page = await Page.objects.acreate(site=own, url="https://eve.example/a", title="Jobs", outcome="ok")
    await Passage.objects.acreate(page=page, ordinal=0, text="Jobs wait in a queue. A job may fail. Jobs run twice.")
    report = await write(owner=outsider, post_id=str(theirs.pk))
    assert f"There is no post {theirs.pk} among yours" in report.error.message
    report = await write(owner=outsider, clock=Clock())
    assert "quillon" not in json.dumps(report.state)


async def test_staff_write_from_their_own_sites_and_into_their_own_posts_alone(
    provider: FakeProvider, quillon: Site, write: Any, django_user_model: Any
) -> None:
    staff = await django_user_model.objects.acreate(username="root", is_staff=True, is_superuser=True)
    theirs = await Post.objects.acreate(owner=quillon.owner, topic="Mine")
    assert "nothing to write from" in (await write(owner=staff)).error.message
    assert "There is no site" in (await write(owner=staff, site_id=str(quillon.pk))).error.message
    own = await Site.objects.acreate(owner=staff, url="https://root.example/", status="ready")
    page = await Page.objects.acreate(site=own, url="https://root.example/a", title="Jobs", outcome="ok")
    await Passage.objects.acreate(page=page, ordinal=0, text="Jobs wait in a queue. A job may fail. Jobs run twice.")
    assert "There is no post" in (await write(owner=staff, post_id=str(theirs.pk))).error.message
    assert not provider.requests


@pytest.mark.parametrize("wrong", ["nonsense", "00000000-0000-0000-0000-000000000000", "17"])
async def test_a_site_that_does_not_exist_is_told(
    provider: FakeProvider, quillon: Site, write: Any, wrong: str
) -> None:
    report = await write(site_id=wrong)
    assert f"There is no site {wrong} among yours" in report.error.message


async def test_a_site_still_being_read_is_written_from_as_far_as_it_is(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    run = await Run.objects.acreate(workflow="ingest-site", owner=quillon.owner, deployment="test", input={})
    quillon.run_id = run.pk
    await quillon.asave()
    report = await write()
    await assert_complete_and_true(report)
    told = [line["text"] for line in report.state["status_lines"]]
    assert "Quillon is still being read; writing from the 4 pages that are there so far" in told


async def test_pages_that_were_walls_are_never_cited(provider: FakeProvider, quillon: Site, write: Any) -> None:
    wall = await Page.objects.acreate(
        site=quillon, url="https://quillon.example/login", title="Jobs of Quillon", outcome="login_wall"
    )
    await Passage.objects.acreate(
        page=wall, ordinal=0, text="Quillon keeps jobs. Sign in to see how Quillon keeps jobs."
    )
    report = await write()
    assert "login" not in report.output.markdown


async def test_one_small_page_is_enough_for_a_post(provider: FakeProvider, person: Any, write: Any) -> None:
    site = await Site.objects.acreate(owner=person, url="https://one.example/", title="One", status="ready")
    page = await Page.objects.acreate(site=site, url="https://one.example/", title="Home", outcome="ok")
    await Passage.objects.acreate(
        page=page,
        ordinal=0,
        text=(
            "The mill grinds wheat and rye. Its stones were cut from local granite. Water turns the wheel in spring."
            " In summer a small motor helps the wheel. The miller sells flour on Saturdays. Visitors may watch the"
            " stones from a gallery. The gallery holds twelve people. Bread from the mill is baked next door."
        ),
    )
    provider.responder = lambda body: "No idea, sorry about that."
    report = await write("The mill and its stones")
    assert report.error is None
    assert report.output.extracts == 3
    assert len(set(said_in(report.output.markdown))) == len(said_in(report.output.markdown))


async def test_two_runs_of_one_post_leave_one_post(provider: FakeProvider, quillon: Site, write: Any) -> None:
    post = await Post.objects.acreate(owner=quillon.owner, topic="Jobs")
    first, second = await asyncio.gather(*(write(post_id=str(post.pk)) for _ in range(2)))
    assert first.output.post_id == second.output.post_id == str(post.pk)
    assert await Post.objects.acount() == 1
    assert await Citation.objects.filter(post=post).acount() == len(first.output.citations)
