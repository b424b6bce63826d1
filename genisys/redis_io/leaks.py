"""A search for keys that would stay for ever: every key expires, or is one of the permanent ones."""

from __future__ import annotations

import re

from .connection import opened

PERMANENT = (
    re.compile(r"genisys:\{p\d\d\}:(due|lifecycle|growing)"),
    re.compile(r"genisys:(workers|deployments|deployments:promoted|deployment:[^:]+)"),
)


async def leaked_keys(url: str) -> list[str]:
    """Return the library's keys that have no time to live and are not permanent by `keys`' table."""
    leaked = []
    async with opened(url, decode_responses=True) as client:
        async for key in client.scan_iter(match="genisys:*", count=1000):
            if not any(kind.fullmatch(key) for kind in PERMANENT) and await client.ttl(key) == -1:
                leaked.append(key)
    return sorted(leaked)
