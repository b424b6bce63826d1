"""Money and time: what the ledger writes, its sums, and what the page says; what is not known is never taken for 0."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs.models import Run, Step
from runs.record.signals import run_finished
from staff.money import days, ledger, rows, sums
from staff.money.models import Spend, SpendDay
from staff.money.sums import Total

NOW = timezone.now()


def finished(workflow: str = "w", *, ago: timedelta = timedelta(hours=1), seconds: float = 10, **fields: Any) -> Run:
    ended = NOW - ago
    known: dict[str, Any] = {"status": "completed", "deployment": "d", "input": {}, "created_at": ended, **fields}
    started = ended - timedelta(seconds=seconds)
    return Run.objects.create(workflow=workflow, started_at=started, ended_at=ended, **known)


def asked(run: Run, position: int, model: str, cost: int | None, **fields: Any) -> None:
    Step.objects.create(
        run=run, position=position, key=str(position), name="chat", status="completed", model=model,
        cost_microusd=cost, input_tokens=100, output_tokens=10, **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "part", "value"),
    [([], 0.5, None), ([7], 0.95, 7), ([1, 2, 3, 4], 0.5, 2), (range(1, 101), 0.95, 95), (range(1, 21), 0.95, 19)],
)
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(values: Any, part: float, value: Any) -> None:
    assert rows.percentile(list(values), part) == value


@pytest.mark.parametrize(
    ("known", "unknown", "said"),
    [
        (0, 0, "nothing"),
        (4_000, 0, "less than $0.01"),
        (1_230_000, 0, "$1.23"),
        (1_230_000, 3, "at least $1.23"),
        (0, 1, "not known"),
    ],
)
def test_a_sum_with_a_part_that_is_not_known_never_says_that_it_is_all(known: int, unknown: int, said: str) -> None:
    assert rows.money(known, unknown) == said


def test_the_failure_rate_leaves_out_what_was_stopped_and_tells_few_from_none() -> None:
    said = [rows.failure_rate(Total("w", 9, *counts)) for counts in ((3, 1), (4, 0), (0, 2), (0, 0), (999, 1))]
    assert said == ["25 %", "0 %", "100 %", "–", "under 1 %"]


def test_a_chart_shows_days_without_runs_and_puts_failures_on_the_scale_of_all() -> None:
    first = date(2026, 11, 1)
    found = {first: Total(first, 8, 6, 2, 1, 500_000), first + timedelta(days=2): Total(None, 4, 4, 0, 0, 250_000)}
    all_days = rows.days(first, first + timedelta(days=2))
    cost = rows.cost_chart(found, all_days)
    assert [bar.height for bar in cost.bars] == [120, 0, 60]
    assert [bar.label for bar in cost.bars] == ["1 Nov: at least $0.50", "2 Nov: no run ended", "3 Nov: $0.25"]
    assert "at least $0.75" in cost.says and "1 run" in cost.says
    runs, failed = rows.runs_chart(found, all_days)
    assert [bar.height for bar in runs.bars] == [120, 0, 60]
    assert [bar.height for bar in failed] == [30, 0, 0]
    assert [bar.x for bar in failed] == [bar.x for bar in runs.bars]


@pytest.mark.django_db
def test_the_ledger_has_a_row_for_the_run_and_one_for_each_model_it_asked() -> None:
    run = finished(cost_microusd=None, known_cost_microusd=900, input_tokens=300, output_tokens=30)
    asked(run, 1, "mini", 400)
    asked(run, 2, "mini", 500)
    asked(run, 3, "house", None)
    run_finished.send(sender=Run, run=run, state={})
    whole, house, mini = Spend.objects.order_by("model")
    assert whole.steps == 3
    assert (whole.model, whole.seconds, whole.cost_microusd, whole.known_cost_microusd) == ("", 10, None, 900)
    assert (house.calls, house.cost_microusd, house.known_cost_microusd) == (1, None, 0)
    assert (mini.calls, mini.cost_microusd, mini.input_tokens, mini.output_tokens) == (2, 900, 200, 20)
    assert whole.day == whole.at.astimezone(UTC).date()


@pytest.mark.django_db
def test_a_run_that_ends_again_is_written_once_with_what_it_came_to_in_the_end() -> None:
    run = finished(status="failed", cost_microusd=100, known_cost_microusd=100)
    ledger.write([run.pk])
    Run.objects.filter(pk=run.pk).update(status="completed", cost_microusd=300, known_cost_microusd=300)
    ledger.write([run.pk])
    assert [(row.status, row.cost_microusd) for row in Spend.objects.all()] == [("completed", 300)]


@pytest.mark.django_db
def test_what_ended_unseen_is_written_by_the_next_tick_and_open_runs_are_not() -> None:
    finished()
    Run.objects.create(workflow="w", deployment="d", input={}, status="running")
    assert [ledger.catch_up(), ledger.catch_up(), Spend.objects.count()] == [1, 0, 1]


@pytest.mark.django_db
def test_sums_count_only_what_ended_since_then_whether_today_or_in_days_that_are_summed_up() -> None:
    ana = User.objects.create_user("ana", "ana@example.test")
    for run in (
        finished("blog", owner=ana, cost_microusd=200, known_cost_microusd=200, seconds=30),
        finished("blog", owner=ana, ago=timedelta(days=4), cost_microusd=None, known_cost_microusd=50, status="failed"),
        finished("site", ago=timedelta(days=4), cost_microusd=10, known_cost_microusd=10),
        finished("blog", ago=timedelta(days=9), cost_microusd=9_999, known_cost_microusd=9_999),
    ):
        asked(run, 1, "mini", 5)
        ledger.write([run.pk])
    span = sums.Span.since((NOW - timedelta(days=7)).date(), NOW)
    by_day = sums.by_day_and_workflow(span)
    assert len(by_day) == 3
    blog, site = sums.dearest_first(sums.together(by_day.values()))
    assert (blog.key, blog.runs, blog.completed, blog.failed, blog.unknown, blog.known_microusd) == (
        "blog", 2, 1, 1, 1, 250,
    )  # fmt: skip
    assert (site.key, site.known_microusd) == ("site", 10)
    assert [(name, total.runs) for total, name in sums.by_person(span)] == [("ana@example.test", 2), ("", 1)]
    (mini,) = sums.by_model(span)
    assert (mini.key, mini.runs, mini.calls, mini.known_microusd) == ("mini", 3, 3, 15)
    assert sums.times(span) == {"blog": [30], "site": [10]}


@pytest.mark.django_db
def test_a_past_day_is_summed_up_anew_when_a_run_of_it_ends_again() -> None:
    run = finished(ago=timedelta(days=4), status="failed", cost_microusd=100, known_cost_microusd=100)
    ledger.write([run.pk])
    Run.objects.filter(pk=run.pk).update(ended_at=NOW, status="completed", known_cost_microusd=300)
    ledger.write([run.pk])
    found = sums.by_day_and_workflow(sums.Span.since((NOW - timedelta(days=7)).date(), NOW))
    assert [(total.failed, total.known_microusd) for total in found.values()] == [(0, 300)]


@pytest.mark.django_db
def test_a_day_is_summed_up_once_it_has_passed_and_its_numbers_stay() -> None:
    run = finished(cost_microusd=100, known_cost_microusd=100)
    ledger.write([run.pk])
    assert SpendDay.objects.count() == 0
    later = NOW + timedelta(days=3)
    span = sums.Span.since((NOW - timedelta(days=1)).date(), NOW)
    before = sums.by_day_and_workflow(span)
    clock = days.OnceADay()
    for _ in range(2):
        clock.tick(later)
    assert {(row.by, row.known_microusd) for row in SpendDay.objects.all()} == {("workflow", 100), ("person", 100)}
    assert sums.by_day_and_workflow(sums.Span.since(span.first, later)) == before
    assert days.sum_up_past(later) == []


@pytest.fixture
def viewer(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_user("viewer", is_staff=True))
    return client


def page_of(client: Client, path: str = "/staff/money/") -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def test_the_page_names_what_cost_most_escapes_names_and_leads_to_the_runs(viewer: Client) -> None:
    evil = "<script>alert(1)</script>"
    run = finished(evil, cost_microusd=2_000_000, known_cost_microusd=2_000_000)
    asked(run, 1, f"model {evil}", None)
    ledger.write([run.pk])
    page = page_of(viewer)
    assert not page.select("main script")
    assert page.select_one(".figures dd").text == "$2.00"
    link = page.select_one("#workflows ~ .scroll tbody a")
    assert link.text == evil and "since=2" in link["href"]
    models = page.select_one("#models ~ .scroll tbody tr")
    assert "not known" in models.text
    assert page.select_one("svg[role=img] title").text.startswith("Cost by day: $2.00")


def test_the_page_takes_a_known_span_and_the_usual_one_for_any_other(viewer: Client) -> None:
    run = finished(ago=timedelta(days=20))
    ledger.write([run.pk])
    assert "No run ended in the last 7 days" in page_of(viewer, "/staff/money/?since=7%20years").text
    assert page_of(viewer, "/staff/money/?since=30d").select_one("nav a[aria-current=true]").text == "30 days"


def test_the_page_asks_as_often_for_fifty_workflows_as_for_one(viewer: Client) -> None:
    counts = []
    for number in (1, 50):
        made = [finished(f"w{n}", owner=User.objects.create_user(f"p{number}-{n}")) for n in range(number)]
        ledger.write([run.pk for run in made])
        with CaptureQueriesContext(connection) as queries:
            page_of(viewer)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_the_pages_of_money_and_alerts_do_not_exist_for_customers(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("customer"))
    assert [client.get(path).status_code for path in ("/staff/money/", "/staff/alerts/")] == [404, 404]


def test_a_time_without_runs_has_no_percentile_and_a_day_of_a_month_is_named() -> None:
    line = rows.row(Total("w", 1, 0, 1), name="w", filters={}, times=(), dearest=0)
    assert (line.p50, line.p95, line.wide, line.url) == ("–", "–", 0, "")
    assert datetime(2026, 11, 1, tzinfo=UTC).date() in rows.days(date(2026, 10, 31), date(2026, 11, 1))
