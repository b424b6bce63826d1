"""A site's pages found, chosen and asked for as its owner and its rules would have it, over real sockets."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel

from genisys import HostAway, HostPace, StepFailed, component, now, workflow
from genisys.testing import Clock, Report, run_in_memory
from ingestion.models import LeftOutPage, Page
from ingestion.requests import IngestRequest
from ingestion.steps import finding
from ingestion.workflow import ingest_site
from tests.ingestion.conftest import Answer, html

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: low)


class Times(BaseModel):
    """Numbers in, times in seconds out."""

    at: list[int]


async def read(url: str, clock: Clock | None = None, **asked: Any) -> Report:
    options = {"clock": clock} if clock else {}
    return await run_in_memory(ingest_site, IngestRequest(url=url, **asked), **options)


async def outcomes() -> dict[str, str]:
    return {page.path: page.outcome async for page in Page.objects.all()}


async def left_out() -> dict[str, str]:
    return {row.url.split("/", 3)[3]: row.reason async for row in LeftOutPage.objects.all()}


def statuses(report: Report) -> list[str]:
    return [event["text"] for event in report.events if event["type"] == "status"]


def urlset(*urls: str) -> str:
    return f"<urlset>{''.join(f'<url><loc>{url}</loc></url>' for url in urls)}</urlset>"


async def test_an_index_is_read_whole_in_turns_to_a_bound_that_is_said(
    site: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_SITEMAP_PAGES", 12)
    site.page("/")
    files = "".join(f"<sitemap><loc>/map-{name}.xml</loc></sitemap>" for name in "abcde")
    site.text("/sitemap.xml", f"<sitemapindex>{files}</sitemapindex>", "text/xml")
    site.text("/map-a.xml", urlset(*(f"{site.url}/a/{at}" for at in range(60))), "text/xml")
    for name in "bcde":
        site.text(f"/map-{name}.xml", urlset(f"{site.url}/{name}/1", f"{site.url}/{name}/2"), "text/xml")
        site.page(f"/{name}/1")
        site.page(f"/{name}/2")
    for at in range(60):
        site.page(f"/a/{at}")
    report = await read(site.url, max_pages=13)
    assert {f"/{name}/{at}" for name in "bcde" for at in (1, 2)} <= set(await outcomes())
    assert any("12 of the 68 addresses in the sitemaps were taken" in said for said in statuses(report))


async def test_broken_sitemaps_end_no_run_and_give_what_they_hold(site: Any, model: Any) -> None:
    site.page("/")
    site.page("/one")
    site.text("/robots.txt", "User-agent: *\nSitemap: /x.xml\nSitemap: /gone.xml\nSitemap: /bad.xml\nSitemap: /y.xml")
    site.text("/x.xml", urlset(f"{site.url}/one").replace("</url>", "<image:image/></url>"), "image/png")
    site.pages["/bad.xml"] = Answer(b"\x1f\x8b\x00garbage\xff", headers={"Content-Type": "text/xml"})
    site.pages["/y.xml"] = Answer(b"", 500)
    report = await read(site.url)
    assert report.error is None
    assert (await outcomes())["/one"] == "ok"
    assert any("prefix" in said for said in statuses(report))


async def test_feeds_and_llms_txt_lead_to_pages(site: Any, model: Any) -> None:
    site.page("/", head='<link rel="alternate" type="application/rss+xml" href="/feed.xml">')
    site.text("/feed.xml", "<rss><channel><item><link>/post</link></item></channel></rss>", "text/xml")
    site.text("/llms.txt", f"# House\n- [Guide]({site.url}/guide): all of it")
    site.page("/post")
    site.page("/guide")
    await read(site.url)
    assert await outcomes() == {"/": "ok", "/post": "ok", "/guide": "ok"}


async def test_queries_are_asked_as_they_were_found(site: Any, model: Any) -> None:
    site.page("/", ["/p?b=2&a=1&amp;c=%C3%A4+x"])
    site.page("/p?b=2&a=1&c=%C3%A4+x")
    await read(site.url)
    assert site.asked["/p?b=2&a=1&c=%C3%A4+x"] == 1


async def test_facets_do_not_fill_the_limit(site: Any, model: Any) -> None:
    facets = [f"/list?color={color}&size={size}" for color in ("red", "blue", "green") for size in range(12)]
    site.page("/", ["/list", *(f"/goods/{at}" for at in range(5))])
    site.page("/list", facets)
    for at in range(5):
        site.page(f"/goods/{at}")
    for at, facet in enumerate(facets):
        site.page(facet, text=f"Facet number {at} of the list has these words and more. " * 9)
    await read(site.url, max_pages=30)
    assert sum(count for path, count in site.asked.items() if path.startswith("/list?")) == 3
    rows = [row async for row in LeftOutPage.objects.filter(reason="alike")]
    assert len(rows) == 33
    assert "ways to filter, sort or leaf through /list" in rows[0].note


async def test_a_meta_refresh_is_followed(site: Any, model: Any) -> None:
    site.pages["/"] = html("Redirecting", "", head='<meta http-equiv="refresh" content="0; url=en/start.html">')
    site.page("/en/start.html", ["other.html"])
    site.page("/en/other.html")
    report = await read(site.url)
    assert report.error is None
    assert (await outcomes()) == {"/": "ok", "/en/other.html": "ok"}


async def test_a_refresh_in_a_circle_ends(site: Any, model: Any) -> None:
    site.page("/", ["/a"])
    for here, there in (("/a", "/b"), ("/b", "/a")):
        site.page(here, head=f'<meta http-equiv="refresh" content="0; url={there}">')
    report = await read(site.url)
    assert report.error is None
    assert site.asked["/a"] <= 2


async def test_noindex_and_nofollow_are_heeded_and_said(site: Any, model: Any) -> None:
    site.page("/", ["/private", "/header", "/dead-end", "/other"])
    site.page("/private", head='<meta name="robots" content="noindex">')
    site.page("/header")
    site.pages["/header"].headers["X-Robots-Tag"] = "otherbot: none, genisysbot: noindex"
    site.page("/other")
    site.pages["/other"].headers["X-Robots-Tag"] = "otherbot: noindex"
    site.page("/dead-end", ["/never"], head='<meta name="robots" content="nofollow">')
    site.page("/never")
    await read(site.url)
    assert await outcomes() == {
        "/": "ok",
        "/private": "noindex",
        "/header": "noindex",
        "/other": "ok",
        "/dead-end": "ok",
    }
    assert "noindex" in (await Page.objects.aget(url__endswith="/private")).note
    assert "nofollow" in (await Page.objects.aget(url__endswith="/dead-end")).note
    assert site.asked["/never"] == 0


async def test_a_page_whose_canonical_address_is_read_is_a_duplicate_where_both_have_one_title(
    site: Any, model: Any
) -> None:
    site.page("/", ["/a", "/z"])
    site.page("/a", ["/a?from=mail", "/a?other"])
    site.page("/z")
    head = '<link rel="canonical" href="/a">'
    site.pages["/a?from=mail"] = html(
        "A", "The same page, with today's date and some words of its own. " * 5, head=head
    )
    site.pages["/a?other"] = html(
        "Something else", "A page whose template has a wrong canonical link in it. " * 5, head=head
    )
    await read(site.url)
    assert await outcomes() == {"/": "ok", "/a": "ok", "/z": "ok", "/a?from=mail": "duplicate_of", "/a?other": "ok"}
    assert "canonical" in (await Page.objects.aget(url__endswith="mail")).note


async def test_a_print_version_and_a_session_of_a_page_are_named_and_not_paid_for(site: Any, model: Any) -> None:
    site.page("/", ["/valve", "/valve/print", "/mobile/valve", "/pump"])
    said = " ".join(f"The check valve holds back line {number} of the heating loop." for number in range(12))
    site.pages["/valve"] = html("Check valve", f"{said} It costs 20 euros.")
    site.pages["/valve/print"] = html("Check valve", f"{said} It costs 20 euros. Printed for you.")
    site.pages["/mobile/valve"] = html("Check valve", f"{said} It costs 20 euros. 8f3a9c1d7e5b2a460f")
    site.pages["/pump"] = html("Check valve", f"{said} It costs 30 euros.")
    await read(site.url)
    found = await outcomes()
    assert found.pop("/") == found.pop("/pump") == "ok"
    assert sorted(found.values()) == ["duplicate_of", "duplicate_of", "ok"]
    notes = [page.note async for page in Page.objects.filter(outcome="duplicate_of")]
    assert all("says the same as" in note and "/valve" in note for note in notes)
    asked = [request for request in map(str, model.requests) if "This is a page of a web site" in request]
    assert sum("It costs 20 euros" in request for request in asked) == 1
    assert sum("It costs 30 euros" in request for request in asked) == 1


async def test_pages_in_another_language_are_not_kept_unless_they_are_asked_for(site: Any, model: Any) -> None:
    site.page("/", ["/about", "/de/about", "/uber"])
    for path in ("/about", "/de/about", "/uber"):
        site.page(path)
    site.pages["/uber"].body = site.pages["/uber"].body.replace(b"lang='en'", b"lang='de-AT'")
    await read(site.url)
    assert await outcomes() == {"/": "ok", "/about": "ok", "/uber": "language"}
    assert (await left_out())["de/about"] == "language"
    await read(site.url, languages=["all"])
    assert set((await outcomes()).values()) == {"ok"}


async def test_a_second_reading_of_an_unchanged_site_asks_no_model_for_its_pages(site: Any, model: Any) -> None:
    site.page("/", ["/a", "/b"])
    site.page("/a", ["/c"])
    site.page("/b")
    site.page("/c")
    for path in ("/", "/a", "/b", "/c"):
        site.pages[path].headers["ETag"] = f'"{path}-1"'
    await read(site.url)
    asked = model.kinds()["page"]
    for path in ("/", "/a", "/c"):
        site.pages[path] = Answer(b"", 304)
    report = await read(site.url)
    assert report.output.pages_read == 4
    assert model.kinds()["page"] == asked + 1, "only the page whose server sent it again"
    assert await Page.objects.filter(http_status=304, outcome="ok").acount() == 3


async def test_what_did_not_fit_stands_with_its_reason_and_is_taken_in_when_the_person_says_so(
    site: Any, model: Any
) -> None:
    site.page("/", [f"/p/{at}" for at in range(9)])
    for at in range(9):
        site.page(f"/p/{at}")
    await read(site.url, max_pages=4, exclude=["/p/8"])
    rows = await left_out()
    assert len(rows) == 6
    assert rows["p/8"] == "excluded"
    assert set(rows.values()) == {"budget", "excluded"}
    wanted = await LeftOutPage.objects.filter(reason="budget").afirst()
    never = await LeftOutPage.objects.filter(reason="budget").alast()
    assert wanted is not None
    assert never is not None
    await LeftOutPage.objects.filter(pk=wanted.pk).aupdate(wish="take")
    await LeftOutPage.objects.filter(pk=never.pk).aupdate(wish="never")
    await read(site.url, max_pages=4)
    assert await Page.objects.filter(url=wanted.url, outcome="ok").aexists()
    assert not await Page.objects.filter(url=never.url).aexists()
    assert await LeftOutPage.objects.filter(url=never.url, wish="never").aexists()


async def test_the_model_s_budgets_are_kept_to_where_there_is_more_than_can_be_read(site: Any, model: Any) -> None:
    parts = {"docs": 10, "blog": 10, "shop": 10}
    site.page("/", [f"/{part}/{at}" for part in parts for at in range(10)])
    for part in parts:
        for at in range(10):
            site.page(f"/{part}/{at}")

    def budgeting(asked: dict[str, Any]) -> str:
        said = asked["messages"][-1]["content"]
        if "<groups>" not in said:
            return honest(asked)
        number = next(line for line in said.splitlines() if "/shop/*" in line).partition(".")[0]
        return json.dumps({"groups": [{"n": int(number), "pages": 8, "why": "what it sells"}]})

    honest, model.script = model.script, budgeting
    report = await read(site.url, max_pages=11)
    assert sum(path.startswith("/shop/") for path in await outcomes()) == 8
    groups = report.state["items"]["group"]
    assert groups["/shop/*"]["chosen"] == 8
    assert groups["/shop/*"]["why"] == "what it sells"


async def test_a_site_that_sends_us_elsewhere_is_asked_about_and_read_there_when_nobody_answers(
    site: Any, model: Any, settings: Any
) -> None:
    settings.INGEST_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1", "localhost"]
    elsewhere = site.url.replace("127.0.0.1", "localhost")
    site.pages["/old"] = Answer(b"", 302, {"Location": f"{elsewhere}/"})
    site.page("/")
    report = await read(f"{site.url}/old", Clock())
    assert report.error is None
    asked = [event["prompt"] for event in report.events if event["type"] == "input.requested"]
    assert len(asked) == 1
    assert "sends us to localhost" in asked[0]
    assert report.output.pages_read == 1


async def test_a_parked_domain_is_asked_about_and_not_read_when_nobody_answers(site: Any, model: Any) -> None:
    site.pages["/"] = html("acme.example - this domain is for sale", "Make an offer for it. " * 9)
    report = await read(site.url, Clock())
    assert isinstance(report.error, StepFailed)
    assert "looks parked" in report.error.message
    assert model.requests == []


async def test_the_estimate_stands_before_the_pages_are_read(site: Any, model: Any) -> None:
    site.page("/", ["/a", "/b"])
    site.page("/a")
    site.page("/b")
    said = statuses(await read(site.url))
    estimate = next(text for text in said if "to read:" in text)
    assert (
        estimate
        == "3 pages to read: about a minute, up to 5 calls of the model, at a price that is not known for scripted"
    )
    assert said.index(estimate) < said.index("Reading 2 pages")


async def test_a_host_that_says_when_is_left_alone_by_all_until_then(model: Any) -> None:
    @component
    async def ask(at: int) -> int:
        pace = HostPace("slow.example", 10.0, 200.0)  # each step its own: what they share is the store
        await pace.turn()
        if at == 2:
            await pace.settle("limited", 60.0)
        return round((await now()).timestamp())

    @workflow(name="asks")
    async def asks(given: Times) -> Times:
        return Times(at=[await ask(at) for at in given.at])

    report = await run_in_memory(asks, Times(at=[0, 1, 2, 3, 4]), clock=Clock())
    assert report.error is None
    gaps = [later - earlier for earlier, later in pairwise(sorted(report.output.at))]
    assert min(gaps) >= 10
    assert max(gaps) >= 60
    assert sum(gaps) <= 110


async def test_a_host_that_fails_again_and_again_is_not_asked_for_long(model: Any) -> None:
    pace = HostPace("broken.example", 0.0, 0.5)
    for _ in range(5):
        await pace.turn()
        await pace.settle("failed")
    with pytest.raises(HostAway, match=r"broken.example does not answer just now"):
        await pace.turn()


async def test_what_is_left_out_stands_there_before_the_pages_are_read(site: Any, model: Any) -> None:
    """And so it does where the reading then fails."""
    names = [f"/{name}" for name in ("ash", "beech", "cedar", "elm", "fir", "oak")]
    site.page("/", names)
    for name in names:
        site.page(name)
    honest = model.script
    model.script = lambda asked: honest(asked) if len(model.requests) == 1 else 401
    report = await read(site.url, max_pages=4, exclude=["/oak"])
    assert report.error is not None and model.kinds()["choice"] == 1
    assert Counter((await left_out()).values()) == {"budget": 2, "excluded": 1}
    told = [event["name"] for event in report.events if event["type"] == "event"]
    assert "left_out" in told and told.index("left_out") < told.index("page", told.index("group"))


async def test_what_a_later_plan_reads_is_left_out_no_more(site: Any, model: Any) -> None:
    names = [f"/part/{name}" for name in "abcdefghijklmnop"]
    site.page("/", names)
    for name in names[::2]:
        site.page(name)
    for name in names[1::2]:
        site.pages[name] = html("Soon", "Soon.")
    report = await read(site.url, max_pages=13)
    assert report.error is None
    told = [event["data"]["count"] for event in report.events if event.get("name") == "left_out"]
    assert told[0] == 4 and told[-1] == 0, "what was too much at first was read in place of empty pages"
    assert await left_out() == {}


def said_again(name: str) -> str:
    """A page's text without any fact but one, which all have."""
    return (
        f"The {name} mooring is a place for boats. It lies beside the {name} meadow. The toll costs 12 EUR in summer."
    )


def of_one_fact(asked: dict[str, Any]) -> str:
    name = asked.get("response_format", {}).get("json_schema", {}).get("name", "")
    if name == "choice":
        return json.dumps({"groups": [1]})
    if name == "profile":
        return json.dumps({"what": "Moorings"})
    quote = "The toll costs 12 EUR in summer."
    fact = {"statement": quote, "quote": quote, "kind": "price", "about": "toll", "date": ""}
    return json.dumps({"summary": quote, "topics": ["toll"], "facts": [fact]})


async def test_reading_ends_where_new_pages_say_nothing_new_and_says_so(site: Any, model: Any) -> None:
    names = [f"/place/{first}{second}-ferry" for first in "abcdefgh" for second in "abcdefgh"]
    site.page("/", names, text=said_again("home"))
    for name in names:
        site.page(name, text=said_again(name[7:9]))
    model.script = of_one_fact
    report = await read(site.url, max_pages=60)
    assert report.error is None
    pages = await Page.objects.filter(outcome="ok").acount()
    assert 20 < pages <= 31, "a third of them, and not the rest"
    assert any("said nothing new, so" in said and "others are not read" in said for said in statuses(report))
    assert set((await left_out()).values()) == {"nothing_new"}
    assert await LeftOutPage.objects.acount() == 65 - pages


@pytest.mark.parametrize("facts", [True, False])
async def test_pages_that_go_on_saying_something_new_are_all_read(site: Any, model: Any, facts: bool) -> None:
    """So are those in which no facts are found at all."""
    names = [f"/place/{first}{second}-ferry" for first in "abcdefgh" for second in "abcdefg"]
    site.page("/", names)
    for at, name in enumerate(names):
        site.page(name, text=f"The toll costs {100 + at} EUR in summer. {said_again(name[7:9])}" if facts else None)
    await read(site.url, max_pages=50)
    assert await Page.objects.filter(outcome="ok").acount() == 50
