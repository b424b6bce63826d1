"""Who works: whether new runs have a place, and whether every deployment with work has workers."""

from __future__ import annotations

import asyncio

from genisys.host import STORE_ERRORS, Deployments
from genisys_site import health
from genisys_site.doctor.finding import Finding, good, risky
from runs.engines import engine

_SECONDS = 5.0


async def fleet_part() -> list[Finding]:
    try:
        async with asyncio.timeout(_SECONDS):
            deployments = await Deployments(engine()).all()
    except (*STORE_ERRORS, TimeoutError):
        return []  # The part of Redis says so.
    found = [
        risky(
            "workers",
            f"Deployment {each.name} has {each.unfinished} unfinished runs and no worker.",
            f"Start one: GENISYS_DEPLOYMENT={each.name} manage.py worker. Or move the runs: manage.py deployments.",
        )
        for each in deployments
        if each.unfinished and not each.workers
    ]
    waiting = (await health.workers()).warnings.get("workers")
    if waiting:
        found.append(risky("workers", waiting, "Start a worker, or more of them: manage.py worker."))
    return found or [
        good("workers", f"{sum(each.workers for each in deployments)} worker processes; runs have a place.")
    ]
