"""All parts, looked at side by side."""

from __future__ import annotations

import asyncio

from genisys_site.doctor.database_part import database_part
from genisys_site.doctor.disk_part import disk_part
from genisys_site.doctor.finding import Finding
from genisys_site.doctor.fleet_part import fleet_part
from genisys_site.doctor.outside_parts import mail_part, providers_part
from genisys_site.doctor.redis_part import redis_part
from genisys_site.doctor.settings_part import settings_part

PARTS = (settings_part, database_part, redis_part, fleet_part, providers_part, mail_part, disk_part)


async def examine() -> list[Finding]:
    """Return what was found, in the order of PARTS. A part that hangs is given up after 10 s."""
    return [finding for found in await asyncio.gather(*(part() for part in PARTS)) for finding in found]
