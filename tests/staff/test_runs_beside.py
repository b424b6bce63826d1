"""What stands beside the list of runs: its files, its failures by cause, its saved views."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from bs4 import BeautifulSoup
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs.models import Run
from staff.models import SavedView
from staff.narrowing import paging
from staff.runs import export
from tests.staff.conftest import MakeRun, Staff

LIST = "/staff/runs/"


async def _file(staff: Staff, address: str) -> str:
    browser = AsyncClient()
    await browser.aforce_login(staff.viewer)
    answer = await browser.get(f"{LIST}{address}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return "".join([part.decode() async for part in answer.streaming_content])


@pytest.mark.django_db(transaction=True)
async def test_the_list_is_a_csv_file_with_its_filters(staff: Staff, make_run: MakeRun, monkeypatch: Any) -> None:
    monkeypatch.setattr(export, "walked", lambda runs, most: paging.walked(runs, most=most, at_once=2))
    for number in range(5):
        await _amake(make_run, f"Run {number}", status="failed", cost_microusd=None, known_cost_microusd=1_500_000)
    await _amake(make_run, "Other")
    rows = list(csv.DictReader(io.StringIO(await _file(staff, "export.csv?status=failed"))))
    assert [row["title"] for row in rows] == [f"Run {number}" for number in (4, 3, 2, 1, 0)]
    assert rows[0]["person"] == "customer@example.test"
    assert (rows[0]["cost_usd"], rows[0]["known_cost_usd"]) == ("", "1.5")


@pytest.mark.django_db(transaction=True)
async def test_the_list_is_json_too_and_an_empty_one_is_an_empty_array(staff: Staff, make_run: MakeRun) -> None:
    assert json.loads(await _file(staff, "export.json")) == []
    run = await _amake(make_run, "Ünï “code”", status="waiting", waits_for="input")
    (found,) = json.loads(await _file(staff, "export.json"))
    assert list(found) == list(export.COLUMNS)
    assert (found["id"], found["title"], found["waits_for"]) == (run.pk, "Ünï “code”", "input")


async def _amake(make_run: MakeRun, title: str, **fields: Any) -> Run:
    return await sync_to_async(make_run)(title, **fields)


@pytest.mark.django_db(transaction=True)
async def test_a_filter_that_is_not_understood_gives_no_file(staff: Staff) -> None:
    browser = AsyncClient()
    await browser.aforce_login(staff.viewer)
    answer = await browser.get(f"{LIST}export.csv?status=broken")
    assert answer.status_code == 422
    assert "There is no “broken”" in answer.content.decode()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", "  =cmd", "＝1", '=HYPERLINK("http://x")']
)
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    (row,) = csv.reader(io.StringIO(export._lines([[export._cell(text)]]), newline=""))
    assert row == [f"'{text}"]


@pytest.mark.parametrize("value", ["plain", "a=b", "", None, -3, 1.5])
def test_other_cells_stay_as_they_are(value: Any) -> None:
    assert export._cell(value) == value


@pytest.mark.django_db(transaction=True)
async def test_a_file_is_bounded(staff: Staff, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", 3)
    for _ in range(5):
        await _amake(make_run, "Run")
    assert len(json.loads(await _file(staff, "export.json"))) == 3


# Causes


def _causes(client: Client, query: str = "") -> list[tuple[str, str, str]]:
    page = BeautifulSoup(client.get(f"{LIST}causes?{query}").content, "html.parser")
    rows = [[cell.text for cell in row.select("td")[:3]] for row in page.select("tbody tr")]
    return [(cause, runs.split()[0], people.split()[0]) for cause, runs, people in rows]


def test_failures_are_counted_by_cause_with_the_people_they_meet(
    viewer: Client, staff: Staff, make_run: MakeRun
) -> None:
    now = timezone.now()
    for cause, owner in (("A", staff.customer), ("A", staff.viewer), ("A", staff.viewer), ("B", None)):
        make_run(status="failed", cause=cause, owner=owner, ended_at=now)
    make_run(status="failed", cause="Old", ended_at=now - timedelta(days=8))
    make_run(status="completed", ended_at=now)
    assert _causes(viewer) == [("A", "3", "2"), ("B", "1", "0")]
    assert _causes(viewer, "ended=30d")[-1] == ("Old", "1", "1")


def test_each_cause_leads_to_its_runs_and_to_their_retry(operator: Client, make_run: MakeRun) -> None:
    for _ in range(2):
        make_run(status="failed", cause="A & B", ended_at=timezone.now())
    make_run(status="failed", cause="C", ended_at=timezone.now())
    page = BeautifulSoup(operator.get(f"{LIST}causes").content, "html.parser")
    link, retry = page.select_one("tbody .title a"), page.select_one("tbody .button")
    listed = BeautifulSoup(operator.get(link["href"]).content, "html.parser").select("td.title")
    assert len(listed) == 2
    assert "Retry 2 runs?" in operator.get(retry["href"]).content.decode()


def test_causes_take_as_many_queries_for_many_as_for_one(viewer: Client, make_run: MakeRun) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            viewer.get(f"{LIST}causes")
        return len(asked)

    make_run(status="failed", cause="<img src=x>", ended_at=timezone.now())
    one = queries()
    for number in range(30):
        make_run(status="failed", cause=f"Cause {number}", ended_at=timezone.now())
    assert queries() == one
    assert "<img src=x>" not in viewer.get(f"{LIST}causes").content.decode()


# Saved views


def test_a_view_is_saved_shown_replaced_and_forgotten(viewer: Client, make_run: MakeRun) -> None:
    answer = viewer.post(f"{LIST}views", {"name": " My  failures ", "query": "q=x&status=failed&page=2"})
    assert answer["Location"] == f"{LIST}?status=failed&q=x"
    link = BeautifulSoup(viewer.get(LIST).content, "html.parser").select_one(".saved-views a")
    assert (link.text, link["href"]) == ("My failures", f"{LIST}?status=failed&q=x")
    viewer.post(f"{LIST}views", {"name": "My failures", "query": "status=open"})
    view = SavedView.objects.get()
    assert view.query == "status=open"
    assert viewer.post(f"{LIST}views/{view.pk}/remove").status_code == 303
    assert not SavedView.objects.exists()


def test_a_view_is_nobody_elses(viewer: Client, operator: Client) -> None:
    viewer.post(f"{LIST}views", {"name": "Mine", "query": "status=failed"})
    assert "Mine" not in operator.get(LIST).content.decode()
    assert operator.post(f"{LIST}views/{SavedView.objects.get().pk}/remove").status_code == 404
    assert SavedView.objects.exists()


@pytest.mark.parametrize(
    ("name", "query", "said"), [("", "status=failed", "Give the view a name"), ("A", "status=x", "could not be read")]
)
def test_a_view_without_a_name_or_with_a_wrong_filter_is_not_saved(
    viewer: Client, name: str, query: str, said: str
) -> None:
    answer = viewer.post(f"{LIST}views", {"name": name, "query": query}, follow=True)
    assert said in answer.content.decode()
    assert not SavedView.objects.exists()


def test_views_are_bounded_and_their_names_are_text(viewer: Client, staff: Staff) -> None:
    SavedView.objects.bulk_create(SavedView(person=staff.viewer, name=f"<b>{n}", query="q=x") for n in range(30))
    answer = viewer.post(f"{LIST}views", {"name": "One more", "query": "status=failed"}, follow=True)
    assert "30 saved views already" in answer.content.decode()
    assert "<b>" not in answer.content.decode()
    assert SavedView.objects.count() == 30
