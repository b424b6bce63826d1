"""Whether this process is alive, and may be given visitors. The answers hold no secret and need no sign-in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from genisys.host import STORE_ERRORS, ServerFacts, look_at_redis
from genisys_site.serving import lifecycle
from runs.engines import engine

_PART_SECONDS = 3.0
_REMEMBER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong (the process must not be used) and what is risky (it may), each in a sentence by part."""

    failing: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"status": "failing" if self.failing else "ok"}
        if self.failing:
            answer["failing"] = self.failing
        if self.warnings:
            answer["warnings"] = self.warnings
        return answer


@require_safe
async def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the event loop turns."""
    return JsonResponse({"status": "ok"})


@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations and Redis are as they should be and the process is not on its way out."""
    if lifecycle.draining.is_set():
        report = Report(failing={"process": "This process is stopping and takes no new visitors."})
    else:
        report = await _probe.report()
    response = JsonResponse(report.as_json(), status=503 if report.failing else 200)
    response["Cache-Control"] = "no-store"
    return response


class Probe:
    """Looks at the parts, and remembers the answer for a second so that a probe cannot become a load."""

    def __init__(self, *parts: Callable[[], Awaitable[Report]]) -> None:
        self._parts = parts
        self._last = Report()
        self._looked_at = float("-inf")

    async def report(self) -> Report:
        if time.monotonic() - self._looked_at >= _REMEMBER_SECONDS:
            reports = await asyncio.gather(*(part() for part in self._parts))
            self._last = Report(
                failing={name: text for report in reports for name, text in report.failing.items()},
                warnings={name: text for report in reports for name, text in report.warnings.items()},
            )
            self._looked_at = time.monotonic()
        return self._last


async def database() -> Report:
    try:
        missing = await asyncio.wait_for(sync_to_async(_unapplied)(), _PART_SECONDS)
    except TimeoutError:
        return Report(failing={"database": f"The database gave no answer within {_PART_SECONDS:.0f} seconds."})
    except Exception as exc:
        # Whatever a driver throws, the one thing a probe must do is answer.
        return Report(failing={"database": f"The database cannot be used: {type(exc).__name__}."})
    if missing:
        return Report(failing={"migrations": f"{missing} migrations are not applied. Run `manage.py migrate`."})
    return Report()


def _unapplied() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


async def queue() -> Report:
    try:
        return Report(warnings=redis_risks(await look_at_redis(settings.REDIS_URL, _PART_SECONDS)))
    except TimeoutError:
        return Report(failing={"redis": f"Redis gave no answer within {_PART_SECONDS:.0f} seconds."})
    except (*STORE_ERRORS, RedisError) as exc:
        return Report(failing={"redis": f"Redis cannot be used: {type(exc).__name__}. Look at REDIS_URL."})


async def workers() -> Report:
    """Warn where nobody takes runs. Pages and records are still there, so that is no reason to turn visitors away."""
    try:
        async with asyncio.timeout(_PART_SECONDS):
            none = await engine().no_room()
    except (*STORE_ERRORS, TimeoutError):
        return Report()  # `queue` says so.
    return Report(warnings={"workers": f"New runs wait: {none}."}) if none else Report()


def redis_risks(facts: ServerFacts) -> dict[str, str]:
    """Return what in the configuration of Redis could lose the runs in flight that it holds, by part.

    Hosted servers often tell nothing of it; nothing can be said then.
    """
    risks = {}
    if facts.policy not in ("", "noeviction"):
        says = f"maxmemory-policy is {facts.policy}, not noeviction."
        risks["redis_memory"] = f"Redis may throw runs away when full: {says}"
    if facts.appends not in ("", "yes"):
        risks["redis_file"] = "Redis keeps no append-only file: runs in flight are lost when it restarts."
    return risks


_probe = Probe(database, queue, workers)
