"""The pages of a site beside its own: what was left out and may be taken in, what changed, its schedule, its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from genisys import UserError
from ingestion.history import readings
from ingestion.knowledge import wishes
from ingestion.knowledge.site_map import map_of
from ingestion.models import Fact, LeftOutPage, Page, Passage, Site
from ingestion.schedule import due
from runs.models import Run, Step

pytestmark = pytest.mark.django_db
HOST = "https://solar.example"


@pytest.fixture
def solar(people: dict[str, Any]) -> Site:
    site = Site.objects.create(
        owner=people["owner"], url=f"{HOST}/", title="Solar", status="ready", profile={"what": "x"}
    )
    for path in ("/", "/docs/a", "/docs/b"):
        page = Page.objects.create(site=site, url=HOST + path, title=path, outcome="ok", digest=path)
        Passage.objects.create(page=page, ordinal=0, text="Panels lose half a percent a year.")
    Page.objects.create(site=site, url=f"{HOST}/broken", outcome="failed", note="the server answered 500")
    for number in range(25):
        _leave_out(site, f"/docs/more-{number}", "budget", "did not fit", alike=6 if number == 0 else 1)
    _leave_out(site, "/private", "robots", "robots.txt asks us not to read it")
    return site


def _leave_out(site: Site, path: str, reason: str, note: str, alike: int = 1) -> LeftOutPage:
    return site.left_out.create(url=HOST + path, reason=reason, note=note, alike=alike)


def _wish(client: Any, site: Site, url: str, wish: str) -> Any:
    return client.post(reverse("ingestion:wish", args=[site.pk]), {"url": url, "wish": wish}, follow=True)


PLACES = ("found", "changes", "delete", "wish", "read", "schedule")


@pytest.mark.parametrize("place", PLACES)
def test_nobody_else_reaches_a_page_of_the_site(client: Any, people: dict[str, Any], solar: Site, place: str) -> None:
    address = reverse(f"ingestion:{place}", args=[solar.pk])
    method = client.get if place in ("found", "changes", "delete") else client.post
    assert method(address).status_code == 302
    client.force_login(people["outsider"])
    assert method(address).status_code == 404
    client.force_login(people["staff"])
    assert method(address).status_code == (200 if place in ("found", "changes") else 404)


def test_every_page_that_is_left_out_stands_with_its_reason_and_a_way_in(
    client: Any, people: dict[str, Any], solar: Site, django_assert_max_num_queries: Any
) -> None:
    client.force_login(people["owner"])
    with django_assert_max_num_queries(14):
        shown = client.get(reverse("ingestion:found", args=[solar.pk])).content.decode()
    assert "31 pages left out" in shown
    assert "Beyond your limit of pages <small>30</small>" in shown
    assert "Forbidden by robots.txt <small>1</small>" in shown
    assert shown.count("Read it too</button>") == 20 + 1, "one for each that is shown but robots', one for any address"
    whole = client.get(reverse("ingestion:found", args=[solar.pk]), {"reason": "budget"}).content.decode()
    assert whole.count("Read it too</button>") == 25 + 1
    client.force_login(people["staff"])
    assert "Read it too" not in client.get(reverse("ingestion:found", args=[solar.pk])).content.decode()


def test_the_counts_agree_with_each_other_and_with_the_rows(solar: Site) -> None:
    rows = map_of(solar)
    assert (
        sum(row.left_out for row in rows) == wishes.total(solar) == sum(group.count for group in wishes.groups(solar))
    )
    assert sum(row.read for row in rows) == 3
    assert sum(row.chosen for row in rows) == 4
    assert all(row.found == row.chosen + row.left_out for row in rows)
    docs = next(row for row in rows if row.label == "/docs/*")
    assert (docs.found, docs.read, docs.left_out) == (32, 2, 30)


def test_a_page_is_taken_in_left_out_and_given_back(client: Any, people: dict[str, Any], solar: Site) -> None:
    client.force_login(people["owner"])
    url = f"{HOST}/docs/more-3"
    assert b"the next reading takes it in first" in _wish(client, solar, url, "take").content
    assert solar.left_out.get(url=url).wish == "take"
    _wish(client, solar, url, "none")
    assert solar.left_out.get(url=url).wish == ""
    _wish(client, solar, "/added", "take")
    assert solar.left_out.get(url=f"{HOST}/added").reason == "asked"
    _wish(client, solar, "/added", "none")
    assert not solar.left_out.filter(url=f"{HOST}/added").exists()


def test_another_site_s_page_is_not_taken_in(client: Any, people: dict[str, Any], solar: Site) -> None:
    client.force_login(people["owner"])
    assert b"is another site than solar.example" in _wish(client, solar, "https://other.example/a", "take").content
    assert b"no address of a page" in _wish(client, solar, "javascript:alert(1)", "take").content
    assert solar.left_out.filter(wish="take").count() == 0


def test_nothing_is_kept_of_a_page_that_its_owner_leaves_out(client: Any, people: dict[str, Any], solar: Site) -> None:
    page = solar.pages.get(url=f"{HOST}/docs/a")
    alone = {
        "statement": "It is blue.",
        "sources": [{"page_id": page.pk, "url": page.url, "quote": "blue"}],
        "older": [],
        "disputed": [],
    }
    other = {"page_id": page.pk + 1, "url": f"{HOST}/docs/b", "quote": "new"}
    both = {**alone, "statement": "It is new.", "sources": [*alone["sources"], other]}
    solar.profile = {"what": "x", "known": {"other": [alone, both]}}
    solar.save()
    client.force_login(people["owner"])
    _wish(client, solar, page.url, "never")
    assert not solar.pages.filter(url=page.url).exists()
    assert Passage.objects.filter(page__site=solar).count() == 2
    assert solar.left_out.get(url=page.url).wish == "never"
    solar.refresh_from_db()
    (kept,) = solar.profile["known"]["other"]
    assert (kept["statement"], kept["sources"]) == ("It is new.", [other])


def test_the_way_back_leads_to_no_other_site(client: Any, people: dict[str, Any], solar: Site) -> None:
    client.force_login(people["owner"])
    for place in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        answer = client.post(reverse("ingestion:wish", args=[solar.pk]), {"url": "/a", "wish": "take", "next": place})
        assert answer["Location"] == solar.get_absolute_url()


def test_pages_that_failed_are_read_again_first(
    client: Any, people: dict[str, Any], solar: Site, started: list[dict[str, Any]]
) -> None:
    solar.options = {"max_pages": 30, "exclude": ["/archive/*"]}
    solar.save()
    client.force_login(people["owner"])
    answer = client.post(reverse("ingestion:read", args=[solar.pk]), {"failed": "1"})
    assert answer.status_code == 303
    assert started[0]["input"].max_pages == 30
    assert started[0]["input"].exclude == ["/archive/*"]
    assert list(solar.left_out.filter(wish="take").values_list("url", flat=True)) == [f"{HOST}/broken"]
    client.post(reverse("ingestion:read", args=[solar.pk]))
    assert len(started) == 1, "a site that is being read is not read twice"


def test_outcomes_filter_the_pages(client: Any, people: dict[str, Any], solar: Site) -> None:
    client.force_login(people["owner"])
    shown = client.get(solar.get_absolute_url(), {"outcome": "failed"})
    assert [page.path for page in shown.context["page_obj"]] == ["/broken"]
    assert len(client.get(solar.get_absolute_url(), {"outcome": "nonsense"}).context["page_obj"]) == 4


def test_a_schedule_starts_each_reading_once_and_not_while_one_goes_on(
    client: Any, people: dict[str, Any], solar: Site, started: list[dict[str, Any]]
) -> None:
    client.force_login(people["owner"])
    client.post(reverse("ingestion:schedule", args=[solar.pk]), {"schedule": "day"})
    assert due.start_due() == 0
    now = timezone.now()
    Site.objects.update(next_reading_at=now - timedelta(minutes=1))
    assert (due.start_due(), due.start_due(), len(started)) == (1, 0, 1)
    solar.refresh_from_db()
    assert solar.next_reading_at is not None and solar.next_reading_at > now + timedelta(hours=23)
    Site.objects.update(next_reading_at=now - timedelta(minutes=1))
    assert (due.start_due(), len(started)) == (0, 1)
    client.post(reverse("ingestion:schedule", args=[solar.pk]), {"schedule": "off"})
    solar.refresh_from_db()
    assert solar.next_reading_at is None


def test_a_reading_that_may_not_start_yet_is_tried_again_in_an_hour(
    solar: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**order: Any) -> None:
        raise UserError("You started 30 runs within an hour.")

    monkeypatch.setattr("ingestion.schedule.starting.start_run_sync", refuse)
    now = timezone.now()
    Site.objects.update(schedule="month", next_reading_at=now)
    assert due.start_due() == 0
    solar.refresh_from_db()
    assert solar.next_reading_at is not None
    assert timedelta(minutes=59) < solar.next_reading_at - now < timedelta(minutes=61)


def test_what_a_reading_changed_is_shown(client: Any, people: dict[str, Any], solar: Site) -> None:
    page = solar.pages.get(url=f"{HOST}/docs/a")
    fact = Fact.objects.create(
        page=page, ordinal=0, statement="A plan costs 10 dollars a month.", quote="q", kind="price", by="m"
    )
    readings.end(solar, "first")
    page.digest = "other"
    page.save()
    fact.statement = "A plan costs 12 dollars a month."
    fact.save()
    solar.pages.get(url=f"{HOST}/docs/b").delete()
    readings.end(solar, "second")
    readings.end(solar, "second")
    client.force_login(people["owner"])
    shown = client.get(reverse("ingestion:changes", args=[solar.pk])).content.decode()
    assert "<b>1</b> page changed" in shown
    assert "<b>1</b> page is gone" in shown
    assert "<del>A plan costs 10 dollars a month.</del> <ins>A plan costs 12 dollars a month.</ins>" in shown
    assert "The first reading" in shown


def test_deleting_says_first_what_goes_and_takes_it_all(
    client: Any, people: dict[str, Any], solar: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired: list[str] = []

    async def expire(self: Any, run_id: str, seconds: int) -> None:
        expired.append(run_id)

    monkeypatch.setattr("genisys.host.Engine.expire", expire)
    run = Run.objects.create(
        workflow="ingest-site",
        owner=people["owner"],
        title="Read solar",
        deployment="t",
        status="completed",
        input={"url": HOST},
        output={"what": "secret words"},
        cost_microusd=1234,
    )
    Step.objects.create(run=run, position=0, key="k", name="read_page", output={"text": "secret words"})
    other = Run.objects.create(
        workflow="ingest-site", owner=people["outsider"], input={}, deployment="t", status="completed"
    )
    solar.pages.update(run_id=run.pk)
    Site.objects.filter(pk=solar.pk).update(run_id=other.pk)
    client.force_login(people["owner"])
    address = reverse("ingestion:delete", args=[solar.pk])
    assert "4 pages with their text, 3 passages" in client.get(address).content.decode()
    refused = client.post(address, {"confirm": "wrong.example"})
    assert refused.status_code == 422
    assert Site.objects.count() == 1
    assert client.post(address, {"confirm": "Solar.example"}).status_code == 303
    for model in (Site, Page, Passage, Fact, LeftOutPage, Step):
        assert model.objects.count() == 0, model
    run.refresh_from_db()
    assert (run.output, run.input, run.cost_microusd) == (None, {}, 1234)
    assert expired == [run.pk], "a run of somebody else is left alone"


def test_a_site_is_not_deleted_while_it_is_read(client: Any, people: dict[str, Any], solar: Site) -> None:
    run = Run.objects.create(workflow="ingest-site", owner=people["owner"], input={}, deployment="t", status="running")
    Site.objects.filter(pk=solar.pk).update(run_id=run.pk)
    client.force_login(people["owner"])
    answer = client.post(reverse("ingestion:delete", args=[solar.pk]), {"confirm": "solar.example"})
    assert answer.status_code == 422
    assert "Stop its reading first" in answer.content.decode()
    assert Page.objects.count() == 4
