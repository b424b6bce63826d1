"""`python -m benchmarks.retention`: what the record takes, and whether forgetting half of it holds up anybody.

    --runs 200000       how many runs end, half of them long ago
    --steps 10          of each
    --database URL      an empty database; without it a SQLite file in a temporary folder
    --at-once N         how many histories go in one transaction (default: the product's own)
    --json              end with one line, an object of the figures

The rows are copies of one real record, made by the database itself. Another process starts runs and reads a page of the
list all the while; its latencies before and during the removal are what "holds up nobody" means.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

MEANING = {
    "bytes_per_run": "of the database, for a run with its steps and its history, indexes and all",
    "bytes_per_step": "of these, for each step",
    "step_lookup_ms": "the steps of one run, among all",
    "step_insert_ms": "the steps of one more run, among all",
    "removed_per_s": "histories removed in a second",
    "longest_removal_ms": "longest statement of the removal: so long a lock may be held",
    "calm_p99_ms": "starting a run and reading a page of the list, with nothing else going on",
    "meanwhile_p99_ms": "the same during the removal",
    "meanwhile_max_ms": "the longest of these",
}
CALM_S = 10.0
OLD = "2020-01-01 00:00:00+00:00"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retention")
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--database", default="")
    parser.add_argument("--at-once", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = chosen.database or f"sqlite:///{Path(folder) / 'record.sqlite3'}"
        os.environ.update(GENISYS_HOME=folder, DJANGO_SETTINGS_MODULE="genisys_site.settings")
        django.setup()
        found = _measure(chosen.runs, chosen.steps, chosen.at_once)
    for name, value in found.items():
        print(f"{value:>12,.1f}  {name:20} {MEANING[name]}")
    if chosen.json:
        print(json.dumps(found))
    return 0


def _measure(runs: int, steps: int, at_once: int) -> dict[str, float]:
    from runs.control_plane import retention

    retention.AT_ONCE = at_once or retention.AT_ONCE
    _fill(runs, steps)
    found = _sizes(runs, steps) | _steps_among_all(steps)
    return found | _removal(runs // 2)


def _removal(count: int) -> dict[str, float]:
    """Remove the history of so many runs, while another process goes on as usual."""
    context = multiprocessing.get_context("spawn")
    ended, (told, tell) = context.Event(), context.Pipe(duplex=False)
    other = context.Process(target=_meanwhile, args=(ended, tell))
    other.start()
    told.recv()  # it is at work
    time.sleep(CALM_S)  # the other process sees what is usual
    began = time.monotonic()
    removed, longest = asyncio.run(_remove())
    took = time.monotonic() - began
    ended.set()
    asked: list[tuple[float, float]] = told.recv()
    other.join()
    calm = [ms for at, ms in asked if at < began]
    during = [ms for at, ms in asked if began <= at < began + took]
    assert removed == count
    return {
        "removed_per_s": removed / took,
        "longest_removal_ms": longest,
        "calm_p99_ms": _p99(calm),
        "meanwhile_p99_ms": _p99(during),
        "meanwhile_max_ms": max(during, default=0.0),
    }


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else sum(values)


def _fill(runs: int, steps: int) -> None:
    """Record one run of so many steps, and have the database copy its rows; the first half ended long ago."""
    from django.core.management import call_command
    from django.utils import timezone

    from runs.models import Archive, Run, Step

    call_command("migrate", verbosity=0)
    now = timezone.now()
    _record_one([os.urandom(60).hex() for _ in range(steps)], now)
    age = f"CASE WHEN n <= {runs // 2} THEN '{OLD}' ELSE '{now.isoformat(' ')}' END"
    age = f"({age})::timestamptz" if _is_postgres() else age
    _copies(Run, runs, id=_ids("n"), created_at=age, ended_at=age)
    _copies(Step, runs, id=None, run_id=_ids("n"))
    _copies(Archive, runs, run_id=_ids("n"), created_at=age)
    Run.objects.filter(pk=_id(0)).delete()
    _said("VACUUM ANALYZE" if _is_postgres() else "ANALYZE")


def _record_one(outputs: list[str], now: datetime) -> None:
    """Record a run whose steps returned these texts: its row, its steps and its archive."""
    from django.contrib.auth.models import User

    from runs.models import Run, Step
    from runs.record.archive import pack

    fields: dict[str, Any] = {
        "workflow": "w",
        "title": "A run",
        "owner": User.objects.create_user("owner"),
        "deployment": "dev",
        "input": {"q": "x"},
    }
    run = Run.objects.create(pk=_id(0), status="completed", output=outputs, started_at=now, ended_at=now, **fields)
    Step.objects.bulk_create(
        Step(run=run, position=at, key=f"{at:032x}", name="step", status="completed", input={"n": at}, output=output)
        for at, output in enumerate(outputs)
    )
    events = _log_of(outputs)
    pack(run, log_id="L", last_seq=len(events), events=events, journal=[]).save(force_insert=True)


def _log_of(outputs: list[str]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = [{"type": "run.queued", "workflow": "w", "title": "A run"}]
    for at, output in enumerate(outputs):
        step = {"step": f"{at:032x}", "name": "step", "title": f"Step {at}", "parent": ""}
        events += [{"type": "step.started", **step}, {"type": "step.completed", **step, "output": output}]
    events.append({"type": "run.completed", "output": outputs})
    return [{"seq": at, "at": at, "attempt": 1, **event} for at, event in enumerate(events, 1)]


def _copies(model: Any, count: int, **changed: str | None) -> None:
    columns = [field.column for field in model._meta.local_fields if changed.get(field.column, "") is not None]
    values = [changed.get(column) or f'"{column}"' for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    numbers = (
        f"generate_series(1, {count}) AS numbers(n)"
        if _is_postgres()
        else f"(WITH RECURSIVE c(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c)"  # noqa: S608
    )
    table = model._meta.db_table
    _said(f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} CROSS JOIN {numbers}")  # noqa: S608


def _id(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012d}"


def _ids(number: str) -> str:
    padded = f"lpad({number}::text, 12, '0')" if _is_postgres() else f"printf('%012d', {number})"
    return f"'{_id(0)[:24]}' || {padded}"


def _is_postgres() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


def _said(statement: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


def _sizes(runs: int, steps: int) -> dict[str, float]:
    from runs.models import Step
    from staff.fleet.database import database_facts

    whole = database_facts().size_bytes
    table = Step._meta.db_table
    of_steps = (
        _said(f"SELECT pg_total_relation_size('{table}')")[0]
        if _is_postgres()
        else _said(f"SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%{table.removeprefix('runs_')}%'")[0]  # noqa: S608
    )
    return {"bytes_per_run": whole / runs, "bytes_per_step": of_steps / runs / steps}


def _steps_among_all(steps: int) -> dict[str, float]:
    """Time the steps of single runs: read, and written once more."""
    from runs.models import Run, Step

    read, written = [], []
    for number in range(1, 201):
        began = time.perf_counter()
        rows = list(Step.objects.filter(run_id=_id(number)))
        read.append(time.perf_counter() - began)
        run = Run.objects.create(workflow="w", deployment="dev", input={})
        for row in rows:
            row.pk, row.run_id = None, run.pk
        began = time.perf_counter()
        Step.objects.bulk_create(rows, batch_size=100)
        written.append(time.perf_counter() - began)
        assert len(rows) == steps
    return {"step_lookup_ms": statistics.median(read) * 1e3, "step_insert_ms": statistics.median(written) * 1e3}


async def _remove() -> tuple[int, float]:
    from asgiref.sync import sync_to_async
    from django.db import connection

    from runs.control_plane.retention import remove_old_history

    longest = 0.0

    def timed(execute: Any, sql: str, *more: Any) -> Any:
        nonlocal longest
        began = time.perf_counter()
        answer = execute(sql, *more)
        if sql.startswith("DELETE"):
            longest = max(longest, (time.perf_counter() - began) * 1e3)
        return answer

    # The thread in which the ORM's async methods work, whose connection this is.
    await sync_to_async(lambda: connection.execute_wrappers.append(timed))()
    return await remove_old_history(timedelta(days=30)), longest


def _meanwhile(ended: Any, tell: Any) -> None:
    """Start runs and read a page of the list until `ended`; then tell when each was asked, and its ms."""
    django.setup()
    from runs.models import Run

    asked = []
    Run.objects.exists()
    tell.send(None)
    while not ended.is_set():
        at, began = time.monotonic(), time.perf_counter()
        Run.objects.create(workflow="w", deployment="dev", input={})
        list(Run.objects.order_by("-created_at", "-id").only("title", "status")[:50])
        asked.append((at, (time.perf_counter() - began) * 1e3))
        time.sleep(0.01)  # so that it is one user among others, and no load
    tell.send(asked)


if __name__ == "__main__":
    sys.exit(main())
