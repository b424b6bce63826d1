"""The pages of sites: what each of three people sees, what a form takes, and what a run's page shows of a reading."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from genisys.host import canonical, new_state
from ingestion.forms import IngestForm
from ingestion.hooks.present import context, rows_of, shares_of
from ingestion.models import Page, Passage, Site
from ingestion.requests import IngestRequest
from runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def solar(people: dict[str, Any]) -> Site:
    site = Site.objects.create(
        owner=people["owner"],
        url="https://solar.example/",
        title="Solar House",
        profile={"what": "Roofs with <b>panels</b>.", "what_by": "extract", "topics": ["roofs"]},
        status="ready",
    )
    page = Page.objects.create(
        site=site,
        url="https://solar.example/a",
        title="<script>alert(1)</script>",
        outcome="ok",
        summary="On panels.",
        summary_by="scripted",
    )
    Page.objects.create(site=site, url="https://solar.example/b", outcome="gone", note="not there (404)")
    Passage.objects.create(page=page, ordinal=0, heading="Age", text="Panels lose half a percent a year.")
    return site


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("staff", 200), ("outsider", 404), (None, 302)])
def test_a_site_opens_for_its_owner_and_staff_alone(
    client: Any, people: dict[str, Any], solar: Site, who: str | None, status: int
) -> None:
    if who:
        client.force_login(people[who])
    assert client.get(solar.get_absolute_url()).status_code == status


def test_a_site_shows_its_profile_its_pages_and_who_wrote(client: Any, people: dict[str, Any], solar: Site) -> None:
    client.force_login(people["owner"])
    shown = client.get(solar.get_absolute_url()).content.decode()
    for text in ("Solar House", "Roofs with &lt;b&gt;panels", "On panels.", "written by scripted", "not there (404)"):
        assert text in shown
    assert "<script>alert" not in shown


def test_passages_are_found_from_the_site_s_page(client: Any, people: dict[str, Any], solar: Site) -> None:
    client.force_login(people["owner"])
    assert b"half a percent" in client.get(solar.get_absolute_url(), {"q": 'how do "panels" age?'}).content
    assert b"Nothing was found" in client.get(solar.get_absolute_url(), {"q": "giraffes"}).content


def test_the_list_shows_my_sites_and_no_other(client: Any, people: dict[str, Any], solar: Site) -> None:
    client.force_login(people["owner"])
    assert b"Solar House" in client.get(reverse("ingestion:list")).content
    client.force_login(people["outsider"])
    assert b"Solar House" not in client.get(reverse("ingestion:list")).content


def test_the_list_costs_the_same_for_one_site_and_for_many(
    client: Any, people: dict[str, Any], solar: Site, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        Site.objects.create(owner=people["owner"], url=f"https://{number}.example/")
    client.force_login(people["owner"])
    with django_assert_max_num_queries(6):
        client.get(reverse("ingestion:list"))


def test_a_form_makes_the_site_and_starts_its_run(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]]
) -> None:
    client.force_login(people["owner"])
    answer = client.post(reverse("ingestion:new"), {"url": "Example.com", "max_pages": "30", "once": "abc"})
    run = Run.objects.get()
    site = Site.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == run.get_absolute_url()
    assert (site.url, site.owner, site.run_id) == ("https://example.com/", people["owner"], run.pk)
    asked = IngestRequest(url="Example.com", max_pages=30, site_id=str(site.pk))
    assert started[0]["input"] == asked


def test_a_site_that_is_being_read_is_shown_and_not_read_twice(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]]
) -> None:
    client.force_login(people["owner"])
    for once in ("first", "second"):
        client.post(reverse("ingestion:new"), {"url": "https://example.com/", "once": once})
    assert len(started) == 1


def test_one_address_of_two_people_is_two_sites_and_two_readings(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]]
) -> None:
    for who in ("owner", "outsider", "staff"):
        client.force_login(people[who])
        client.post(reverse("ingestion:new"), {"url": "https://example.com/", "once": "same"})
    assert len(started) == Site.objects.count() == 3
    assert {site.owner_id for site in Site.objects.all()} == {person.pk for person in people.values()}


def test_a_site_tells_nothing_of_a_run_that_one_may_not_see(client: Any, people: dict[str, Any], solar: Site) -> None:
    run = Run.objects.create(workflow="ingest-site", owner=people["outsider"], input={}, deployment="test")
    Site.objects.filter(pk=solar.pk).update(run_id=run.pk)
    client.force_login(people["owner"])
    assert run.pk not in client.get(solar.get_absolute_url()).content.decode()
    (row,) = client.get(reverse("ingestion:list")).context["rows"]
    assert (row["site"], row["run"]) == (solar, None)


@pytest.mark.parametrize("who", ["outsider", None])
def test_nobody_else_searches_what_a_site_says(
    client: Any, people: dict[str, Any], solar: Site, who: str | None
) -> None:
    if who:
        client.force_login(people[who])
    answer = client.get(solar.get_absolute_url(), {"q": "panels"})
    assert answer.status_code == (404 if who else 302)
    assert b"half a percent" not in answer.content


@pytest.mark.parametrize("typed", ["", "hello world", "ftp://example.com", "http://"])
def test_what_is_no_address_comes_back_with_a_sentence(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]], typed: str
) -> None:
    client.force_login(people["owner"])
    answer = client.post(reverse("ingestion:new"), {"url": typed})
    assert answer.status_code == 422
    assert "example.com" in answer.content.decode()
    assert started == []


def test_more_pages_than_this_installation_reads_are_refused(settings: Any) -> None:
    settings.INGEST_MAX_PAGES = 50
    assert "At most 50" in str(IngestForm({"url": "example.com", "max_pages": "51"}).errors)
    assert IngestForm({"url": "example.com"}).is_valid()


def reading(**stages: str) -> dict[str, Any]:
    state = new_state()
    state["run_status"] = "running"
    for path, stage in stages.items():
        url = f"https://solar.example/{path}"
        state["items"].setdefault("page", {})[url] = {"url": url, "title": "", "stage": stage, "note": "", "words": 0}
        state["item_order"].setdefault("page", []).append(url)
    return state


def test_the_bar_and_the_counts_are_counted_from_the_rows() -> None:
    shares = shares_of(rows_of(reading(a="read", b="read", c="skipped", d="chosen")), finished=False)
    assert {share.stage: share.count for share in shares if share.count} == {"read": 2, "skipped": 1, "chosen": 1}
    assert [share.start for share in shares if share.count] == [0, 500, 750]


def test_a_run_that_ended_leaves_no_page_to_come() -> None:
    rows = rows_of(reading(a="chosen", b="reading"), finished=True)
    words = {share.word for share in shares_of(rows, finished=True) if share.count}
    assert words == {"not reached", "broken off"}


def test_a_page_that_a_broken_run_left_in_the_middle_is_not_being_read() -> None:
    going, ended = (rows_of(reading(a="reading"), finished=finished)[0] for finished in (False, True))
    assert (going.word, ended.word) == ("being read", "broken off")
    assert going.rev != ended.rev


def test_a_row_s_revision_changes_with_what_it_shows_and_with_nothing_else() -> None:
    before, same, after = (rows_of(reading(a=stage))[0].rev for stage in ("reading", "reading", "read"))
    assert before == same != after


def test_the_run_s_page_needs_one_query_and_no_change_of_the_fold(
    people: dict[str, Any], solar: Site, django_assert_num_queries: Any
) -> None:
    run = Run.objects.create(workflow="ingest-site", owner=people["owner"], input={}, deployment="test")
    state = reading(a="read")
    before = canonical(state)
    with django_assert_num_queries(1):
        shown = context(run, state)
    assert canonical(state) == before
    assert shown["bar_text"] == "1 read"


def test_the_body_of_a_run_s_page_names_each_row_and_escapes_what_was_scraped(people: dict[str, Any]) -> None:
    run = Run.objects.create(workflow="ingest-site", owner=people["owner"], input={}, deployment="test")
    state = reading(a="read", b="chosen")
    state["items"]["page"]["https://solar.example/a"]["title"] = "<img src=x onerror=alert(1)>"
    shown = render_to_string("ingestion/_body.html", {**context(run, state), "view": SimpleNamespace(live=True)})
    assert 'data-key="https://solar.example/a"' in shown
    assert "<img" not in shown
    assert "style=" not in shown, "the pages allow no inline style"
    assert 'aria-label="1 read, 1 to come"' in shown
    assert "not established yet" in shown
