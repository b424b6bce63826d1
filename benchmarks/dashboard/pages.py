"""Every page of staff and people over a filled database: `python -m benchmarks.dashboard.pages ROUNDS`.

Pages are asked for in this process, through all middleware and in turns, in the way of ASGI. What is timed is from the
request to the whole answer, its queries included; the processor time beside it is that of this process and of its
connection's in PostgreSQL, and does not grow with what else the machine does. Prints one JSON object a page.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import django

from ..harness.figures import percentile
from .base import CUSTOMER, LONG_POST, STAFF

_PAYLOADS = re.compile(
    r'"runs_(?:run|step)"\."(?:input|output|error)"|"runs_archive"\."(?:state|events|journal)"|"agents_post"\."markdown"'
)
_SELECTED = re.compile(r"\bSELECT (.*?) FROM ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be asked for. `shows` are the large columns of which it does show something; `lists` says that it is
    one of a list."""

    name: str
    address: str
    person: str = STAFF
    shows: tuple[str, ...] = ()
    lists: bool = False


@dataclass(slots=True)
class Asked:
    """What a page cost: in ms, queries, and bytes as written and as sent. `unshown` was loaded for nothing, `distinct`
    says that a query looked for the distinct values of a column."""

    name: str
    lists: bool
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    queries: int = 0
    bytes: int = 0
    sent_bytes: int = 0
    distinct: bool = False
    unshown: list[str] = field(default_factory=list)
    slowest: str = ""


_RUN = ("runs_run.error", "runs_archive.state")
"""Of a run, its page shows what was said (the fold), and why it failed."""
_FILTERS = {
    "": "",
    "one status": "status=failed",
    "two statuses": "status=failed&status=cancelled",
    "open": "status=open",
    "unfinished": "status=unfinished",
    "waits: person": "waits=person",
    "waits: worker": "waits=worker",
    "waits: two": "waits=timer&waits=provider",
    "workflow": "workflow=price-quote",
    "person by address": "person=person-3@example.test",
    "nobody": "person=none",
    "worker": "worker=host-3:111",
    "deployment": "deployment=v2",
    "time": "since=40d&until=30d",
    "ended": "status=failed&ended=7d",
    "age": "age=60d&status=open",
    "cost": "cost=0.05",
    "cost, of few": "cost=5",
    "error": "error=limit+7",
    "error, in none": "error=nowhere+to+be+found",
    "cause": "cause=Timeout+in+fetch",
    "stuck": "stuck=1",
    "set aside": "aside=any",
    "text, in many": "q=harbour",
    "text, in few": "q=harbour+island",
    "text, in none": "q=nowhere+to+be+found",
    "text, in other scripts": "q=%E8%9C%82%E5%B7%A2%E7%AE%B1",
    "text and status": "q=harbour&status=failed",
    "part of an id": "q=0000000003e7",
}


def pages(ids: dict[str, str]) -> list[Page]:
    """Return all pages that are measured."""
    return [*_runs_pages(ids), *_other_staff_pages(ids), *_run_pages(ids), *_admin_pages(ids), *_own_pages(ids)]


def _runs_pages(ids: dict[str, str]) -> list[Page]:
    """Return the overview, the list of runs in every narrowing, and what its failures come from."""
    old = ids["place"]
    return [
        Page("overview", "/staff/"),
        Page("overview: live", "/staff/fragment"),
        *(Page(f"runs: {name or 'all'}", f"/staff/runs/?{query}", lists=True) for name, query in _FILTERS.items()),
        Page("runs: rows alone", "/staff/runs/rows", lists=True),
        Page("runs: a page far back", f"/staff/runs/?after={old}", lists=True),
        Page("runs: a page before", f"/staff/runs/?before={old}", lists=True),
        Page("causes", "/staff/runs/causes"),
        Page("causes: 90 days", "/staff/runs/causes?ended=90d"),
    ]


def _other_staff_pages(ids: dict[str, str]) -> list[Page]:
    """Return the pages of acts on many runs, of the fleet, of money, and of two runs side by side."""
    run, other = ids["run"], ids["failed"]
    return [
        Page("bulk: acts", "/staff/bulk/"),
        Page("bulk: preview of the failed", "/staff/bulk/new?act=retry&all=1&status=failed&ended=7d"),
        Page("bulk: preview of the open", "/staff/bulk/new?act=cancel&all=1&status=open"),
        Page("bulk: preview of ticked ones", f"/staff/bulk/new?act=retry&run={run}&run={other}"),
        Page("fleet", "/staff/fleet/"),
        Page("fleet: live", "/staff/fleet/fragment"),
        Page("alerts", "/staff/alerts/"),
        *(Page(f"money: {span}", f"/staff/money/?since={span}") for span in ("1d", "7d", "30d", "90d")),
        Page(
            "compare",
            f"/staff/compare?a={run}&b={other}",
            shows=("runs_run.input", "runs_run.output", "runs_run.error"),
        ),
    ]


def _run_pages(ids: dict[str, str]) -> list[Page]:
    """Return the views of one run; the big one has 10,000 steps."""
    run, big, other = ids["run"], ids["big"], ids["failed"]
    return [
        Page("run: waterfall", f"/staff/runs/{run}/", shows=_RUN),
        Page("run: failed", f"/staff/runs/{other}/", shows=_RUN),
        Page("run: log", f"/staff/runs/{run}/?view=log", shows=(*_RUN, "runs_archive.events")),
        Page("run: values", f"/staff/runs/{run}/?view=values", shows=(*_RUN, "runs_run.input", "runs_run.output")),
        Page("run: origin", f"/staff/runs/{run}/?view=origin", shows=_RUN),
        Page("big run: waterfall", f"/staff/runs/{big}/", shows=_RUN),
        Page("big run: flame", f"/staff/runs/{big}/?view=flame", shows=_RUN),
        Page("big run: search", f"/staff/runs/{big}/?q=ask+77", shows=_RUN),
        Page("big run: log", f"/staff/runs/{big}/?view=log&after=9000", shows=(*_RUN, "runs_archive.events")),
    ]


def _admin_pages(ids: dict[str, str]) -> list[Page]:
    run, big = ids["run"], ids["big"]
    return [
        Page("metrics", "/metrics"),
        Page("admin", "/admin/"),
        Page("admin: runs", "/admin/runs/run/", lists=True),
        Page("admin: a run", f"/admin/runs/run/{run}/change/", shows=_RUN),
        Page("admin: a big run", f"/admin/runs/run/{big}/change/", shows=_RUN),
        Page("admin: audit", "/admin/runs/auditentry/", lists=True),
        Page("admin: audit of one run", f"/admin/runs/auditentry/?q={run}", lists=True),
        Page("admin: sites", "/admin/ingestion/site/", lists=True),
        Page("admin: pages", "/admin/ingestion/page/", lists=True),
    ]


def _own_pages(ids: dict[str, str]) -> list[Page]:
    """Return the pages of a customer."""
    big = ids["big"]
    own = [
        Page("home", "/"),
        Page("own runs", "/runs/", lists=True),
        Page("own runs: open", "/runs/?status=open", lists=True),
        Page("own runs: by title", "/runs/?q=harbour", lists=True),
        Page("own runs: a page far back", "/runs/?page=200", lists=True),
        Page("own sites", "/sites/", lists=True),
        Page("own posts", "/posts/", lists=True),
        Page("own post", f"/posts/{ids['post']}/", shows=("agents_post.markdown",)),
        Page("own blogs", "/posts/blogs/"),
        Page("own run", f"/runs/{ids['own']}/", shows=(*_RUN, "runs_run.input", "runs_run.output")),
        Page("own big run", f"/runs/{big}/", shows=(*_RUN, "runs_run.input", "runs_run.output")),
        Page("own big run: a component", f"/runs/{big}/steps?name=ask", shows=_RUN),
        Page("account", "/account/"),
        Page("new", "/new/"),
    ]
    return [Page(each.name, each.address, CUSTOMER, each.shows, each.lists) for each in own]


def _ids() -> dict[str, str]:
    from agents.models import Post
    from runs.models import Run
    from staff.narrowing.paging import place_of

    from .rows import BIG_ID

    ended = Run.objects.exclude(pk=BIG_ID).filter(ended_at__isnull=False).order_by("-created_at")
    far = ended[ended.count() // 2]
    return {
        "run": ended.filter(status="completed")[0].pk,
        "failed": ended.filter(status="failed")[0].pk,
        "own": ended.filter(status="completed", owner__username=CUSTOMER)[0].pk,
        "place": place_of(far).replace("+", "%2B"),
        "big": BIG_ID,
        "post": str(Post.objects.get(topic=LONG_POST).pk),
    }


class Asking:
    """Asks pages as staff and as a customer, signed in."""

    async def sign_in(self) -> None:
        from asgiref.sync import sync_to_async
        from django.contrib.auth.models import User
        from django.test import AsyncClient

        self._clients = {}
        self._backend = await sync_to_async(_backend)()
        for name in (STAFF, CUSTOMER):
            self._clients[name] = AsyncClient()
            await self._clients[name].aforce_login(await User.objects.aget(username=name))

    async def _get(self, page: Page, **headers: str) -> bytes:
        answer = await self._clients[page.person].get(page.address, headers=headers)
        if answer.status_code != 200:
            raise SystemExit(f"{page.address} answered {answer.status_code}")
        return bytes(answer.content)

    async def timed(self, page: Page, asked: Asked) -> None:
        began, worked = time.perf_counter(), self._cpu_s()
        await self._get(page)
        asked.times.append(1000 * (time.perf_counter() - began))
        asked.cpu.append(1000 * (self._cpu_s() - worked))

    def _cpu_s(self) -> float:
        theirs = int(Path(f"/proc/{self._backend}/schedstat").read_text().split()[0]) / 1e9 if self._backend else 0.0
        return time.process_time() + theirs

    async def watched(self, page: Page, asked: Asked) -> None:
        """Ask once with the queries written down: how many, the slowest, and which large columns they read."""
        from asgiref.sync import sync_to_async
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        # Views run in the one thread that this goes to, with its connection.
        captured = await sync_to_async(lambda: CaptureQueriesContext(connection).__enter__())()
        content = await self._get(page)
        queries = await sync_to_async(lambda: captured.captured_queries)()
        await sync_to_async(lambda: captured.__exit__(None, None, None))()
        asked.bytes, asked.queries = len(content), len(queries)
        slowest = max(queries, key=lambda query: float(query["time"]))
        asked.slowest = f"{slowest['time']} s: {slowest['sql'][:2000]}"
        read = {
            column.replace('"', "")
            for query in queries
            for selected in _SELECTED.findall(query["sql"])
            for column in _PAYLOADS.findall(selected)
        }
        asked.sent_bytes = len(await self._get(page, **{"accept-encoding": "gzip", "sec-fetch-site": "same-origin"}))
        asked.distinct = any("SELECT DISTINCT" in query["sql"] for query in queries)
        asked.unshown = sorted(read.difference(page.shows))


def _backend() -> int:
    """Return the process that serves this thread's connection to PostgreSQL, 0 for SQLite."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


async def _ask(rounds: int, ids: dict[str, str]) -> list[Asked]:
    asking = Asking()
    await asking.sign_in()
    found = [(page, Asked(page.name, page.lists)) for page in pages(ids)]
    for number in range(rounds + 1):
        for page, asked in found:
            if number:
                await asking.timed(page, asked)
            else:  # the first round warms
                await asking.watched(page, asked)
    return [asked for _, asked in found]


def _row(asked: Asked) -> dict[str, Any]:
    row = asdict(asked)
    found = {"": row.pop("times"), "cpu_": row.pop("cpu")}
    return {
        **row,
        **{f"{kind}p50": statistics.median(times) for kind, times in found.items()},
        **{f"{kind}p95": percentile(times, 95) for kind, times in found.items()},
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    print(json.dumps([_row(asked) for asked in asyncio.run(_ask(int(sys.argv[1]), _ids()))]))
