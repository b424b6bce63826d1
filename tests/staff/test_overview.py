"""The overview tells what needs a person now, leads to the runs that it speaks of, and is calm where all is well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from genisys.host import WorkerInfo
from runs.models import SetAside
from staff.overview import views
from staff.overview.attention import Line, fleet_of, lines_of
from staff.overview.facts import Facts, Failures, OpenRuns, Spend, midnight
from staff.runs import views as runs_views
from tests.staff.conftest import MakeRun, Staff

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def _worker(name: str = "w", *, deployment: str = "dev", beat_ago_s: float = 1, now: datetime = NOW) -> WorkerInfo:
    now_ms = int(now.timestamp() * 1000)
    return WorkerInfo(name, "host", 7, deployment, 4, 0, now_ms - int(beat_ago_s * 1000), ("a", "b"), False)


def _facts(**given: Any) -> Facts:
    calm: dict[str, Any] = {
        "now": NOW,
        "open": [],
        "asking": [],
        "failures": [],
        "spend": Spend(0, 0, 0, 0),
        "aside": {},
        "workers": [_worker()],
        "stuck": 0,
        "providers": {},
        "alerts": [],
    }
    return Facts(**(calm | given))


def _only(**given: Any) -> Line:
    (line,) = lines_of(_facts(**given))
    return line


def _open(
    status: str, waits_for: str = "", *, runs: int = 1, ago: timedelta = HOUR, deployment: str = "dev"
) -> OpenRuns:
    return OpenRuns(deployment, status, waits_for, runs, NOW - ago)


def test_nothing_is_told_while_all_goes_well() -> None:
    going = [_open("running"), _open("queued", ago=MINUTE / 2), _open("waiting", "sleep"), _open("waiting", "provider")]
    assert lines_of(_facts(open=going, spend=Spend(900_000, 0, 0, 0))) == []


def test_a_deployment_with_work_and_no_living_worker_comes_first() -> None:
    left = [_open("queued", runs=3, deployment="v1"), _open("waiting", "input", deployment="v0")]
    lines = lines_of(_facts(open=left, workers=[_worker(), _worker(deployment="v1", beat_ago_s=20)]))
    assert lines[0].head == "3 runs on deployment v1, which has no workers"
    assert lines[0].query == "status=queued&status=running&deployment=v1"
    assert not any("v0" in line.head for line in lines)


def test_stuck_runs_are_counted_in_the_right_number() -> None:
    assert _only(stuck=1).head == "1 run is stuck"
    assert _only(stuck=2).head == "2 runs are stuck"
    assert _only(stuck=2).query == "stuck=1"


def test_todays_failures_are_grouped_by_cause_and_the_rest_is_summed() -> None:
    groups = [Failures(f"Cause {number}", 20 - number, NOW - MINUTE) for number in range(10)]
    lines = lines_of(_facts(failures=[Failures("", 30, NOW - HOUR), *groups]))
    assert lines[0].head == "30 runs failed today: cause not recorded"
    assert lines[1].head == "20 runs failed today: Cause 0"
    assert lines[1].more == "last 1 min ago"
    assert lines[1].query == "status=failed&ended=2026-11-29&cause=Cause+0"
    assert lines[-1].head == "36 runs failed today of 3 other causes"
    assert len(lines) == 9


def test_a_provider_that_is_asked_nothing_is_named_and_leads_to_the_fleet() -> None:
    line = _only(providers={"openai": "down, 5 failures in a row"})
    assert line.head == "Nothing is asked of openai, which is down, 5 failures in a row"
    assert (line.page, line.query) == ("staff:fleet", "")


def test_open_alerts_are_counted_and_lead_to_their_page() -> None:
    assert _only(alerts=["A run has waited for 12 minutes"]).head == "1 alert is open"
    line = _only(alerts=["Spend spike", "Redis is away"])
    assert (line.head, line.more, line.page) == ("2 alerts are open", "Spend spike", "staff:alerts")


def test_what_is_set_aside_is_named_and_found() -> None:
    line = _only(aside={"record": 2})
    assert line.head == "The record of 2 runs is set aside"
    assert line.query == "aside=record"


def test_runs_that_wait_for_a_person_are_told_apart_from_those_that_wait_for_a_worker() -> None:
    lines = lines_of(_facts(open=[_open("waiting", "input"), _open("waiting", "budget", runs=2), _open("queued")]))
    assert [line.head for line in lines] == ["3 runs wait for a person", "1 run waits for a worker"]
    assert lines[0].query == "waits=person"
    assert lines[1].more == "the oldest for 1 h 0 min"


@pytest.mark.parametrize(
    ("today", "before", "told"),
    [(1_500_000, 1_000_000, True), (1_499_999, 1_000_000, False), (999_999, 0, False), (1_000_000, 0, True)],
)
def test_a_day_that_costs_half_as_much_again_and_over_a_dollar_is_told(today: int, before: int, told: bool) -> None:
    lines = lines_of(_facts(spend=Spend(today, 9, before, 0)))
    assert bool(lines) is told


def test_workers_that_beat_no_more_count_for_nothing_but_silence() -> None:
    fleet = fleet_of([_worker(), _worker("x", beat_ago_s=11)], NOW)
    assert (fleet.alive, fleet.silent, fleet.busy, fleet.places) == (1, 1, 2, 4)


# The page


@pytest.fixture
def beating(monkeypatch: pytest.MonkeyPatch) -> None:
    for page in (views, runs_views):
        monkeypatch.setattr(page, "living_workers", lambda: [_worker(now=timezone.now())])


def _page(client: Client) -> BeautifulSoup:
    answer = client.get("/staff/")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def test_the_overview_does_not_exist_for_customers(client: Client, staff: Staff) -> None:
    client.force_login(staff.customer)
    for address in ("/staff/", "/staff/fragment"):
        assert client.get(address).status_code == 404


@pytest.mark.usefixtures("beating")
def test_a_calm_installation_says_so(viewer: Client, make_run: MakeRun) -> None:
    make_run(status="completed", ended_at=timezone.now())
    page = _page(viewer)
    assert "Nothing needs you" in page.text
    assert page.select(".attention li") == []


@pytest.mark.usefixtures("beating")
def test_every_line_leads_to_exactly_the_runs_that_it_counts(viewer: Client, make_run: MakeRun) -> None:
    now = timezone.now()
    for cause in ("A", "A", "B"):
        make_run(status="failed", cause=cause, ended_at=now)
    make_run(status="failed", cause="A", ended_at=midnight(timezone.localtime()) - HOUR)
    make_run(status="waiting", waits_for="input", waits_since=now - HOUR, ago=HOUR)
    make_run(status="queued", ago=HOUR)
    make_run(status="running", worker="gone", ago=HOUR)
    SetAside.objects.create(run=make_run(status="completed"), what="mail", cause="x")
    links = _page(viewer).select(".attention a")
    assert len(links) == 6
    for link in links:
        counted = int(next(word for word in link.text.split() if word.isdigit()))
        listed = BeautifulSoup(viewer.get(link["href"]).content, "html.parser").select("tbody tr")
        assert len(listed) == counted, link


@pytest.mark.usefixtures("beating")
def test_spend_is_told_for_today_and_for_yesterday_up_to_this_time(viewer: Client, make_run: MakeRun) -> None:
    today = midnight(timezone.localtime())
    make_run(created_at=today, known_cost_microusd=3_000_000, cost_microusd=None)
    make_run(created_at=today - timedelta(days=1), known_cost_microusd=1_000_000, cost_microusd=1_000_000)
    make_run(created_at=today - timedelta(seconds=1), known_cost_microusd=500_000, cost_microusd=500_000)
    text = " ".join(_page(viewer).select_one(".figures").text.split())
    assert "$3.00" in text
    assert "$1.00 by this time yesterday" in text or "$1.50 by this time yesterday" in text
    assert "$1.50 all day" in text
    assert "of 1 run the cost is not known" in text


def test_while_the_store_is_away_the_record_still_speaks(viewer: Client, make_run: MakeRun) -> None:
    make_run(status="waiting", waits_for="input", waits_since=timezone.now())
    page = _page(viewer)
    assert "Redis does not answer just now" in page.text
    assert "1 run waits for a person" in page.text
    assert "Nothing needs you" not in page.text


@pytest.mark.usefixtures("beating")
def test_the_overview_takes_as_many_queries_for_many_runs_as_for_one(viewer: Client, make_run: MakeRun) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            viewer.get("/staff/")
        return len(asked)

    def more() -> None:
        make_run(status="waiting", waits_for="input", waits_since=timezone.now())
        make_run(status="failed", cause="A", ended_at=timezone.now())

    more()
    few = queries()
    for _ in range(25):
        more()
    assert queries() == few <= 9


@pytest.mark.usefixtures("beating")
def test_hostile_text_is_text_on_the_overview(viewer: Client, make_run: MakeRun) -> None:
    evil = "<img src=x onerror=alert(1)>"
    make_run(evil, status="waiting", waits_for="input", workflow=evil, deployment=evil)
    make_run(status="failed", cause=evil, ended_at=timezone.now())
    make_run(status="queued", deployment=evil, ago=HOUR)
    page = viewer.get("/staff/").content.decode()
    assert "<img" not in page
    assert page.count("&lt;img") >= 4
