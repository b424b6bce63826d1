"""The list of all runs: who sees it, what each filter lets through, its pages, and what it costs to show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from genisys.host import WorkerInfo
from runs.models import SetAside
from runs.presentation.words import STATUS_WORDS
from staff.narrowing.paging import place_of
from staff.runs import views
from tests.staff.conftest import MakeRun, Staff

LIST = "/staff/runs/"
EVIL = "<img src=x onerror=alert(1)>\"'"


def _page(client: Client, query: str = "") -> BeautifulSoup:
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def _titles(client: Client, query: str = "") -> list[str]:
    return [link.text for link in _page(client, query).select("td.title > a")]


def test_the_list_does_not_exist_for_customers(client: Client, staff: Staff, make_run: MakeRun) -> None:
    make_run()
    client.force_login(staff.customer)
    for address in (LIST, f"{LIST}rows"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 405


def test_runs_stand_newest_first_with_what_is_known_of_them(viewer: Client, make_run: MakeRun) -> None:
    make_run("Old", ago=timedelta(hours=1), status="completed", cached_steps=3, input_tokens=1200, output_tokens=34)
    run = make_run("New", status="failed", cause="ProviderError 429", attempt=2, worker="host:7:ab", deployment="v2")
    rows = _page(viewer).select("tbody tr")
    assert [row.select_one(".title a").text for row in rows] == ["New", "Old"]
    new, old = (row.get_text(" ", strip=True) for row in rows)
    for shown in ("! failed", "ProviderError 429", "customer@example.test", "host:7:ab", "v2", run.pk[-8:]):
        assert shown in new
    for shown in ("✓ done", "1,234", " 3 "):
        assert shown in old
    assert rows[0].select_one("code")["data-id"] == run.pk


def test_a_row_leads_to_its_run_and_keeps_the_way_back(viewer: Client, make_run: MakeRun) -> None:
    run = make_run(status="failed")
    assert _page(viewer).select_one(".title a")["href"] == f"{LIST}{run.pk}/"
    narrowed = _page(viewer, "status=failed&q=run").select_one(".title a")["href"]
    assert narrowed == f"{LIST}{run.pk}/?back=status%3Dfailed%26q%3Drun"


def test_cells_lead_to_the_list_narrowed_further(viewer: Client, staff: Staff, make_run: MakeRun) -> None:
    make_run(status="failed", worker="w 1")
    links = {link["href"] for link in _page(viewer, "status=failed").select("td:not(.title) a")}
    assert links == {
        "?status=failed&workflow=test",
        f"?status=failed&person={staff.customer.pk}",
        "?status=failed&worker=w+1",
    }


FILTERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("status=failed", {"status": "failed"}, {"status": "completed"}),
    ("status=open", {"status": "waiting"}, {"status": "cancelled"}),
    ("status=unfinished", {"status": "cancelled"}, {"status": "completed"}),
    ("status=failed&status=queued", {"status": "queued"}, {"status": "running"}),
    ("waits=person", {"status": "waiting", "waits_for": "input"}, {"status": "waiting", "waits_for": "sleep"}),
    ("waits=person", {"status": "waiting", "waits_for": "budget"}, {"status": "completed", "waits_for": "input"}),
    ("waits=timer", {"status": "waiting", "waits_for": "retry"}, {"status": "waiting", "waits_for": "provider"}),
    ("waits=provider", {"status": "waiting", "waits_for": "provider"}, {"status": "queued"}),
    ("waits=worker", {"status": "queued"}, {"status": "waiting", "waits_for": "input"}),
    ("waits=worker&waits=timer", {"status": "waiting", "waits_for": "sleep"}, {"status": "running"}),
    ("workflow=a", {"workflow": "a"}, {"workflow": "ab"}),
    ("worker=w-1", {"worker": "w-1"}, {"worker": "w-2"}),
    ("deployment=v2", {"deployment": "v2"}, {"deployment": "v1"}),
    ("since=2h", {"ago": timedelta(hours=1)}, {"ago": timedelta(hours=3)}),
    ("until=2h", {"ago": timedelta(hours=3)}, {"ago": timedelta(hours=1)}),
    ("ended=2h", {"ended_at": timezone.now()}, {"ended_at": None}),
    ("age=2d", {"ago": timedelta(days=3)}, {"ago": timedelta(days=1)}),
    ("cost=0.05", {"known_cost_microusd": 50_000}, {"known_cost_microusd": 49_999}),
    ("cause=ProviderError+429", {"cause": "ProviderError 429"}, {"cause": "ProviderError 401"}),
    ("error=büCHER", {"status": "failed", "error": {"message": "Keine Bücher"}}, {"status": "failed", "error": None}),
    ("q=50%25", {"title": "A 50% cut"}, {"title": "A 500 cut"}),
    ("q=Beef", {"title": "No beef"}, {"title": "No meat"}),
    ("q=deadBEEF99", {"title": "On DeadBeef99"}, {"title": "On deadbeef98"}),
    ("person=customer%40EXAMPLE.test", {}, {"owner": None}),
    ("person=none", {"owner": None}, {}),
]


@pytest.mark.parametrize("part", [slice(8), slice(9, 18), slice(24, None), slice(-5, None)])
def test_a_run_is_found_by_any_part_of_its_id(viewer: Client, make_run: MakeRun, part: slice) -> None:
    run, other = (
        make_run(id="01a214b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"),
        make_run(id="02b325c3-8d4e-7f5a-9b6c-000000000000"),
    )
    shown = {code["data-id"] for code in _page(viewer, f"q={run.pk[part].upper()}").select("code[data-id]")}
    assert run.pk in shown
    assert other.pk not in shown


@pytest.mark.parametrize(("query", "fits", "fits_not"), FILTERS)
def test_each_filter_lets_through_what_it_says(
    viewer: Client, make_run: MakeRun, query: str, fits: dict[str, Any], fits_not: dict[str, Any]
) -> None:
    run, other = make_run(**fits), make_run(**fits_not)
    shown = {code["data-id"] for code in _page(viewer, query).select("code[data-id]")}
    assert run.pk in shown
    assert other.pk not in shown


def test_a_run_is_found_by_its_whole_id_or_a_part_of_it(viewer: Client, make_run: MakeRun) -> None:
    run, _ = make_run("This"), make_run("Other")
    for part in (run.pk, run.pk.upper(), run.pk[-8:]):
        assert _titles(viewer, f"q={part}") == ["This"]


def test_a_run_of_which_something_is_set_aside_is_found(viewer: Client, make_run: MakeRun) -> None:
    SetAside.objects.create(run=make_run("Aside"), what="record", cause="x")
    make_run("Well")
    assert _titles(viewer, "aside=any") == ["Aside"]


def test_a_filter_that_is_not_understood_lists_nothing_and_says_why(viewer: Client, make_run: MakeRun) -> None:
    make_run()
    page = _page(viewer, "status=broken")
    assert "There is no “broken”" in page.select_one("[role=alert]").text
    assert page.select("tbody tr") == []


def test_an_empty_list_says_so_and_one_that_nothing_fits_says_that(viewer: Client, make_run: MakeRun) -> None:
    assert "No run has been started yet" in _page(viewer).text
    make_run()
    assert "No runs match these filters" in _page(viewer, "status=failed").text


def _beat(run_ids: tuple[str, ...], *, beat_ago_s: float = 1, silent_s: float = 1) -> WorkerInfo:
    now_ms = int(timezone.now().timestamp() * 1000)
    mark = now_ms - int(silent_s * 1000)
    return WorkerInfo(
        *("w", "host", 7, "dev", 4, now_ms - 3_600_000, now_ms - int(beat_ago_s * 1000), run_ids, False),
        marks=dict.fromkeys(run_ids, mark),
    )


def test_stuck_are_runs_under_way_that_nobody_alive_holds_or_that_give_no_sign(
    viewer: Client, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = timedelta(hours=1)
    held, silent, lost, orphan = (
        make_run(title, status="running", worker="w", ago=old) for title in ("Held", "Silent", "Lost", "Orphan")
    )
    make_run("Queued", status="queued", ago=old)
    make_run("Just taken", status="running", worker="w", started_at=timezone.now(), ago=old)
    beats = [_beat((held.pk,)), _beat((silent.pk,), silent_s=90), _beat((lost.pk,), beat_ago_s=25)]
    monkeypatch.setattr(views, "living_workers", lambda: beats)
    assert set(_titles(viewer, "stuck=1")) == {"Silent", "Lost", "Orphan"}
    assert orphan.worker == "w"


def test_without_its_store_the_list_says_that_it_does_not_know_what_is_stuck(
    viewer: Client, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> list[WorkerInfo]:
        raise ConnectionRefusedError

    make_run(status="running")
    monkeypatch.setattr(views, "STORE_ERRORS", (ConnectionRefusedError,))
    monkeypatch.setattr(views, "living_workers", away)
    assert "does not answer just now" in _page(viewer, "stuck=1").text
    assert _titles(viewer) == ["A run"]


def test_pages_hang_together_though_many_runs_began_in_one_moment(viewer: Client, make_run: MakeRun) -> None:
    at = timezone.now()
    runs = [make_run(f"{number}", created_at=at - timedelta(seconds=number // 40)) for number in range(120)]
    expected = [run.title for run in sorted(runs, key=lambda run: (run.created_at, run.pk), reverse=True)]
    first = _page(viewer)
    older = first.select_one("a[rel=next]")["href"].partition("?")[2]
    second = _page(viewer, older)
    third = _page(viewer, second.select_one("a[rel=next]")["href"].partition("?")[2])
    seen = [link.text for page in (first, second, third) for link in page.select("td.title > a")]
    assert seen == expected
    assert third.select_one("a[rel=next]") is None
    assert first.select_one("a[rel=prev]") is None
    newer = third.select_one("a[rel=prev]")["href"].partition("?")[2]
    assert [link.text for link in _page(viewer, newer).select("td.title > a")] == expected[50:100]


def test_pages_keep_the_filters(viewer: Client, make_run: MakeRun) -> None:
    for _ in range(51):
        make_run(status="failed")
    link = _page(viewer, "status=failed").select_one("a[rel=next]")["href"]
    assert link.startswith(f"{LIST}?status=failed&after=")


def test_a_place_that_is_none_gives_the_first_page(viewer: Client, make_run: MakeRun) -> None:
    run = make_run()
    for place in ("x", "_", "2026-11-28_abc", f"{place_of(run)}{'0' * 40}"):
        assert _titles(viewer, f"after={place.replace('+', '%2B')}") == ["A run"]


@pytest.mark.parametrize("query", ["", "status=unfinished&waits=person&cost=0&since=7d&q=run&workflow=test"])
def test_a_page_of_fifty_takes_as_many_queries_as_one_of_one(viewer: Client, make_run: MakeRun, query: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            viewer.get(f"{LIST}?{query}")
        assert not any('"runs_run"."input"' in query["sql"] or "COUNT(" in query["sql"] for query in asked)
        return len(asked)

    about = {"status": "waiting", "waits_for": "input"}
    make_run(**about)
    one = queries()
    for _ in range(60):
        make_run(**about)
    assert queries() == one <= 7


def test_a_page_of_fifty_long_rows_stays_below_a_hundred_kilobytes(operator: Client, make_run: MakeRun) -> None:
    for number in range(60):
        make_run(
            f"{number} {'A long title of a post '[:300] * 4}",
            status="failed",
            cause="ProviderError 429 in write_section: " + "words " * 12,
            worker="a-host-with-a-name.internal:12345:abcdef",
            deployment="2026-11-28-release",
            workflow="write-post",
            input={"big": "x" * 100_000},
        )
    assert len(operator.get(f"{LIST}?status=failed").content) < 100_000


def test_hostile_text_is_shown_as_text_in_every_cell(operator: Client, staff: Staff, make_run: MakeRun) -> None:
    staff.customer.email = f"{EVIL}@example.test"
    staff.customer.save()
    make_run(EVIL, status="failed", cause=EVIL, workflow=EVIL, worker=EVIL, deployment=EVIL)
    for query in ("", "q=%3Cimg&workflow=" + EVIL.replace("<", "%3C").replace(">", "%3E").replace('"', "%22")):
        answer = operator.get(f"{LIST}?{query}")
        assert "<img" not in answer.content.decode()
        assert answer.content.decode().count("&lt;img") >= 5


def test_the_rows_come_alone_for_a_page_that_stays_live(viewer: Client, make_run: MakeRun) -> None:
    make_run("Live", status="failed")
    make_run("Other")
    page = viewer.get(f"{LIST}rows?status=failed").content.decode()
    assert "Live" in page
    assert "Other" not in page
    assert "<html" not in page


def test_only_who_may_act_can_select_runs(viewer: Client, operator: Client, make_run: MakeRun) -> None:
    run = make_run()
    assert _page(viewer).select("input[name=run]") == []
    assert [box["value"] for box in _page(operator).select("input[name=run]")] == [run.pk]


def test_status_in_the_list_is_the_rows_own_for_each_status(viewer: Client, make_run: MakeRun) -> None:
    for status in ("queued", "running", "waiting", "completed", "failed", "cancelled"):
        run = make_run(status=status)
        state = _page(viewer, f"q={run.pk}").select_one("td .state")
        assert STATUS_WORDS[status] in state.text
