"""No page of the dashboard reads all runs: each is answered from an index, whatever narrows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from staff.narrowing.filters import read_filters
from staff.narrowing.selection import selected
from staff.overview import views as overview
from tests.staff.conftest import MakeRun, Staff

FROM_THE_INDEX = [
    *("", "status=failed", "status=unfinished", "status=completed&worker=w", "waits=person", "waits=worker"),
    *("waits=timer&waits=provider", "workflow=w", "worker=w", "deployment=v1", "cost=5", "since=7d&until=1d", "age=2d"),
    *("cause=X", "q=bees", "status=failed&q=bees", "status=failed&workflow=w&cost=1&deployment=v1"),
]
BY_ROWS = ["person=1", "aside=any", "error=limit", "status=failed&ended=24h", "person=1&status=failed"]
"""These look into rows, and into few: one person's, those set aside, those that failed."""


def _plan(staff: Staff, query: str) -> list[str]:
    now = timezone.localtime()
    runs = selected(staff.viewer, read_filters(QueryDict(query), now), now, list)
    keys = runs.values_list("created_at", "pk").order_by("-created_at", "-id")[:51]
    return [line for line in keys.explain().splitlines() if "runs_run" in line]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The words are those of SQLite's planner")
@pytest.mark.parametrize("query", FROM_THE_INDEX)
def test_a_page_is_picked_from_an_index_alone(staff: Staff, query: str) -> None:
    lines = _plan(staff, query)
    assert lines
    assert all("USING COVERING INDEX" in line for line in lines), lines


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The words are those of SQLite's planner")
@pytest.mark.parametrize("query", BY_ROWS)
def test_what_looks_into_rows_begins_with_an_index(staff: Staff, query: str) -> None:
    lines = _plan(staff, query)
    assert lines
    assert all("USING" in line for line in lines), lines


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The words are those of SQLite's planner")
@pytest.mark.parametrize("address", ["/staff/", "/staff/runs/causes"])
def test_the_overview_and_the_causes_search_and_never_walk_all_runs(
    viewer: Client, make_run: MakeRun, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "living_workers", list)
    make_run(status="failed", cause="X", ended_at=timezone.now(), ago=timedelta(hours=1))
    with CaptureQueriesContext(connection) as asked:
        viewer.get(address)
    queries = [query["sql"] for query in asked if 'FROM "runs_run"' in query["sql"]]
    assert queries
    for sql in queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [line[3] for line in cursor.fetchall()]
        assert not any(line.startswith("SCAN runs_run") for line in plan), (plan, sql)
