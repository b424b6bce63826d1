"""The fleet's page."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from genisys.host import ServerFacts
from runs.access import acan_operate
from staff.charts import share
from staff.door import staff_page
from staff.fleet import rows
from staff.fleet.look import Look, Queue, look


@require_safe
@staff_page
@never_cache
async def fleet(request: HttpRequest) -> HttpResponse:
    """Workers, deployments, providers and stores, as they are now; `?dead=1` shows the dead workers too."""
    return await _drawn(request, "staff/fleet/fleet.html")


@require_safe
@staff_page
@never_cache
async def fragment(request: HttpRequest) -> HttpResponse:
    """The part of the page that is fetched anew while somebody looks at it."""
    return await _drawn(request, "staff/fleet/_fleet.html")


async def _drawn(request: HttpRequest, template: str) -> HttpResponse:
    seen = await look()
    context = fleet_context(seen, shows_dead=request.GET.get("dead") == "1")
    context["may_act"] = await acan_operate(await request.auser()) and not seen.away
    return await sync_to_async(render)(request, template, context)


def _redis_context(redis: ServerFacts | None) -> dict[str, Any]:
    return {
        "redis": redis,
        "redis_used": rows.size(redis.used_bytes) if redis else "",
        "redis_max": rows.size(redis.max_bytes) if redis and redis.max_bytes else "",
        "redis_full": share(redis.used_bytes, redis.max_bytes, rows.METER) if redis else 0,
        "redis_up": rows.up(redis.up_s) if redis else "",
    }


def fleet_context(seen: Look, *, shows_dead: bool) -> dict[str, Any]:
    """Return what the page shows of a look."""
    now = timezone.now()
    workers = [rows.worker_row(worker, state, seen.titles, now) for worker, state in seen.workers]
    alive = [row for row in workers if not row.is_dead]
    return {
        "place": "fleet",
        "now": now,
        "away": seen.away,
        "workers": workers if shows_dead else alive,
        "alive": len(alive),
        "dead": len(workers) - len(alive),
        "shows_dead": shows_dead,
        "busy_places": sum(row.busy for row in alive),
        "all_places": sum(row.places for row in alive),
        "deployments": [
            rows.deployment_row(each, seen.queues.get(each.name, Queue()), now) for each in reversed(seen.deployments)
        ],
        "providers": [rows.provider_row(provider, gate, now) for provider, gate in seen.providers],
        **_redis_context(seen.redis),
        "database": seen.database,
        "database_size": rows.size(seen.database.size_bytes) if seen.database else "",
    }
