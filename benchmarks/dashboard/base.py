"""An installation's database, filled by script: `python -m benchmarks.dashboard.base RUNS`, at DATABASE_URL.

Rows go in by COPY on PostgreSQL and by executemany on SQLite. Only the sums of past days are made by the product.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import django

from .rows import BIG_ID, BIG_STEPS, PEOPLE, Json, Rows, events_of, spend_of

AT_ONCE = 2_000
AUDIT = 4
"""So many runs have an entry of the audit between them."""
STAFF, CUSTOMER = "staff", "person-1"
LONG_POST = "Harbours in winter"


def fill(runs: int) -> None:
    """Make the tables and fill them."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _people()
    rows = Rows(runs, datetime.now(UTC) - timedelta(minutes=2))
    each = rows.each()
    kept: dict[str, Any] = {}
    last: Json = {}
    while batch := list(islice(each, AT_ONCE)):
        _write_batch(batch, kept)
        last = next((run for run, _ in batch if run["status"] == "completed"), last)
    _big_run(rows, last)
    _around(runs)
    _settle()


def _people() -> None:
    from django.contrib.auth.models import User

    made = [User(pk=pk, username=f"person-{pk}", email=f"person-{pk}@example.test") for pk in range(1, PEOPLE + 1)]
    made.append(User(pk=PEOPLE + 1, username=STAFF, email="staff@example.test", is_staff=True, is_superuser=True))
    User.objects.bulk_create(made)


def _write_batch(batch: list[tuple[Json, list[Json]]], kept: dict[str, Any]) -> None:
    from runs.models import Archive, Run, Step
    from staff.money.models import Spend

    ended = [(run, steps) for run, steps in batch if run["ended_at"] is not None]
    _write(Run, [run for run, _ in batch])
    _write(Step, (step for _, steps in batch for step in steps))
    _write(Spend, (row for run, steps in ended for row in spend_of(run, steps)))
    _write(Archive, (_archive(run, steps, kept) for run, steps in ended))


def _archive(run: Json, steps: list[Json], kept: dict[str, Any]) -> Json:
    """Return a run's archive. To pack each log takes minutes, so all runs of a status share one of its first run."""
    if run["status"] not in kept:
        kept[run["status"]] = _packed(run, steps)
    return {**kept[run["status"]], "run_id": run["id"], "created_at": run["ended_at"]}


def _packed(run: Json, steps: list[Json]) -> Json:
    from runs.models import Run
    from runs.record.archive import pack

    events = events_of(run, steps)
    made = pack(Run(pk=run["id"]), log_id="L", last_seq=len(events), events=events, journal=[])
    names = ("log_id", "last_seq", "state_sha256", "state", "events", "journal", "fault")
    return {**{name: getattr(made, name) for name in names}, "spans": "[]"}


def _big_run(rows: Rows, like: Json) -> None:
    """Add one run of BIG_STEPS steps, the newest of all that have ended."""
    from runs.models import Archive, Run, Step

    began = rows.now - timedelta(minutes=20)
    times = {"created_at": began, "started_at": began, "ended_at": rows.now}
    run = {**like, **times, "id": BIG_ID, "title": "A big one", "owner_id": 1}
    steps = list(rows.steps(run, BIG_STEPS))
    _write(Run, [run])
    _write(Step, steps)
    _write(Archive, [{**_packed(run, steps), "run_id": run["id"], "created_at": rows.now}])


def _around(runs: int) -> None:
    """Add what stands beside runs: the audit, what was set aside, the heavy customer's sites and posts."""
    from agents.models import Post
    from ingestion.models import Site
    from runs.models import AuditEntry, Run, SetAside

    some = list(Run.objects.order_by("pk").values_list("pk", "created_at")[: runs // AUDIT])
    actions = ("cancel", "retry", "pause", "resume", "share", "answer", "staff.drain_worker")
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(at=at, actor_name=f"person-{number % PEOPLE}", via="page", action=actions[number % 7], run_id=pk)
            for number, (pk, at) in enumerate(some)
        ),
        batch_size=AT_ONCE,
    )
    SetAside.objects.bulk_create(SetAside(run_id=pk, what="record", cause="refused") for pk, _ in some[:20])
    sites = Site.objects.bulk_create(Site(owner_id=1, url=f"https://{n}.example/", status="ready") for n in range(50))
    Post.objects.bulk_create(
        Post(owner_id=1, site=sites[n % 50], topic=f"Topic {n}", title=f"Post {n}", markdown="Text. " * 500)
        for n in range(min(1_000, runs // 20))
    )
    _long_post(sites[0])


def _long_post(site: Any) -> None:
    """Write a post of 2,000 words in which each sentence names its source."""
    from agents.editing import versions
    from agents.models import Citation, Post

    said = [
        f"The harbour of region {n} keeps {n * 7} boats through the winter, and lets them out when the ice has gone."
        for n in range(1, 101)
    ]
    evidence: list[dict[str, Any]] = [
        {
            "n": n,
            "passage_id": n,
            "page_url": f"{site.url}{n}",
            "page_title": f"Region {n}",
            "heading": "",
            "text": " ".join(said[10 * n - 10 : 10 * n]),
        }
        for n in range(1, 11)
    ]
    post = Post.objects.create(owner_id=1, site=site, topic=LONG_POST, evidence=evidence)
    Citation.objects.bulk_create(
        Citation(post=post, number=each["n"], url=each["page_url"], title=each["page_title"]) for each in evidence
    )
    cited = [f"{sentence}[{1 + at // 10}]" for at, sentence in enumerate(said)]
    sections = [f"## Region {n}\n\n{' '.join(cited[10 * n - 10 : 10 * n])}" for n in range(1, 11)]
    versions.write(post, title=LONG_POST, body="\n\n".join(sections), why="Written")


def _settle() -> None:
    """Sum up past days as control does each day, and have PostgreSQL know its tables as its autovacuum would."""
    from django.db import connection
    from django.utils import timezone

    from staff.money.days import sum_up_past

    sum_up_past(timezone.now())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _write(model: Any, rows: Iterable[Json]) -> None:
    from django.db import connection, transaction

    found = list(rows)
    if not found:
        return
    columns = list(found[0])
    table, named = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
                for row in found:
                    copy.write_row(list(row.values()))
        else:
            marks = ", ".join("?" * len(columns))
            sql = f"INSERT INTO {table} ({named}) VALUES ({marks})"  # noqa: S608 - our own names
            connection.connection.executemany(sql, [_for_sqlite(list(row.values())) for row in found])


def _for_sqlite(values: Sequence[Any]) -> list[Any]:
    return [
        value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for value in values
    ]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
    django.setup()
    fill(int(sys.argv[1]))
    print(json.dumps({"filled": True}))
