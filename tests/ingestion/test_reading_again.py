"""A site read again: what a person wished, what is missing, what changed, and with which options."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from genisys.testing import Report, run_in_memory
from ingestion.forms import IngestForm
from ingestion.models import LeftOutPage, Page, Site
from ingestion.requests import IngestRequest
from ingestion.workflow import ingest_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: low)


async def read(url: str, **asked: Any) -> Report:
    report = await run_in_memory(ingest_site, IngestRequest(url=url, **asked))
    assert report.error is None
    return report


async def outcome(path: str) -> tuple[str, bool]:
    page = await Page.objects.aget(url__endswith=path)
    return page.outcome, page.text != ""


async def test_a_page_is_used_until_a_second_reading_misses_it_too(site: Any, model: Any) -> None:
    site.page("/", ["/stays", "/goes"])
    site.page("/stays")
    site.page("/goes")
    await read(site.url)
    site.page("/", ["/stays"])
    del site.pages["/goes"]
    await read(site.url)
    assert await outcome("/goes") == ("ok", True)
    missed = await Page.objects.aget(url__endswith="/goes")
    assert missed.missed_by != "" and "missing, and kept" in missed.note
    await read(site.url)
    assert await outcome("/goes") == ("gone", False)
    newest = await Site.objects.aget()
    reading = await newest.readings.afirst()
    assert reading is not None and reading.changes is not None
    assert [page["url"] for page in reading.changes["pages_gone"]] == [f"{site.url}/goes"]


async def test_a_page_that_is_back_is_no_longer_missing(site: Any, model: Any) -> None:
    site.page("/", ["/a"])
    site.page("/a")
    await read(site.url)
    kept = site.pages.pop("/a")
    await read(site.url)
    site.pages["/a"] = kept
    await read(site.url)
    del site.pages["/a"]
    await read(site.url)
    assert await outcome("/a") == ("ok", True), "missed once again, but not twice in a row"


async def test_a_page_to_which_nothing_leads_any_more_is_asked_for_again(site: Any, model: Any) -> None:
    site.page("/", ["/orphan"])
    site.page("/orphan")
    await read(site.url)
    site.page("/")
    await read(site.url)
    assert site.asked["/orphan"] == 2


async def test_what_was_left_out_is_read_when_it_is_asked_for_beyond_the_limit_too(site: Any, model: Any) -> None:
    site.page("/", [f"/p/{number}" for number in range(9)])
    for number in range(9):
        site.page(f"/p/{number}")
    await read(site.url, max_pages=4)
    left = [row async for row in LeftOutPage.objects.order_by("pk")]
    assert {row.reason for row in left} == {"budget"}
    assert len(left) == 6
    wanted = [row.url for row in left[-5:]]
    await LeftOutPage.objects.filter(url__in=wanted).aupdate(wish="take")
    report = await read(site.url, max_pages=4)
    assert report.output.pages_read >= 6
    assert {url async for url in Page.objects.filter(outcome="ok").values_list("url", flat=True)} >= set(wanted)


async def test_a_page_that_is_never_to_be_read_is_not_asked_for(site: Any, model: Any) -> None:
    site.page("/", ["/a", "/b"])
    site.page("/a")
    site.page("/b")
    kept = await Site.objects.acreate(url=f"{site.url}/")
    await kept.left_out.acreate(url=f"{site.url}/b", reason="excluded", wish="never")
    await read(site.url)
    assert (site.asked["/a"], site.asked["/b"]) == (1, 0)


async def test_a_reading_keeps_its_options_and_its_schedule_for_the_next_one(site: Any, model: Any) -> None:
    site.page("/", ["/a", "/b"])
    site.page("/a")
    before = timezone.now()
    await read(site.url, max_pages=7, exclude=["/b"], languages=["en"], schedule="week")
    kept = await Site.objects.aget()
    again = IngestRequest(**{**kept.options, "url": kept.url})
    assert (again.max_pages, again.exclude, again.languages, again.schedule) == (7, ["/b"], ["en"], None)
    assert kept.next_reading_at is not None
    assert timedelta(days=7) <= kept.next_reading_at - before < timedelta(days=7, minutes=5)
    await read(site.url)
    later = await Site.objects.aget()
    assert later.schedule == "week", "a reading that says nothing of it leaves it as it is"
    assert later.next_reading_at is not None and later.next_reading_at > kept.next_reading_at
    form = IngestForm.again(kept)
    assert form.opened
    assert "/b" in str(form["exclude"]) and 'value="7"' in str(form["max_pages"])


def test_the_form_gives_the_run_what_was_asked() -> None:
    asked = IngestForm(
        {
            "url": "example.com",
            "max_pages": "30",
            "include": "/docs/*\r\n\r\n /blog/ ",
            "exclude": "/docs/old/*",
            "languages": "EN, pt-BR",
            "depth": "3",
            "sub_domains": "on",
            "schedule": "month",
        }
    )
    assert asked.is_valid(), asked.errors
    assert asked.request() == IngestRequest(
        url="example.com",
        max_pages=30,
        include=["/docs/*", "/blog/"],
        exclude=["/docs/old/*"],
        languages=["en", "pt-br"],
        depth=3,
        sub_domains=True,
        schedule="month",
    )


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("include", "/x\n" * 51, "at most 50 paths"),
        ("exclude", "/" + "x" * 300, "at most 300 characters"),
        ("languages", "english!", "no code of a language"),
        ("languages", "en " * 21, "at most 20 languages"),
        ("depth", "-1", "greater than or equal to 0"),
        ("schedule", "hourly", "not one of the available choices"),
    ],
)
def test_what_is_wrong_with_an_option_is_told_beside_it_and_it_stands_open(field: str, given: str, words: str) -> None:
    form = IngestForm({"url": "example.com", field: given})
    assert not form.is_valid()
    assert words in str(form.errors[field])
    assert form.opened


def test_options_that_nobody_chose_stay_folded() -> None:
    assert not IngestForm().opened
