"""System checks: is the Redis that will hold runs in flight set up so that it keeps them?

A Redis that does not answer is no finding: checks also run where there is none, and readiness says so when it
matters.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from redis.exceptions import RedisError

from genisys.host import STORE_ERRORS, ServerFacts, look_at_redis

_TIMEOUT_SECONDS = 1.0


@register("redis")
def redis_keeps_runs(**_: Any) -> list[CheckMessage]:
    """Warn where Redis may evict keys (runs.W001) or forgets them when it restarts (runs.W002)."""
    facts = _facts(settings.REDIS_URL)
    messages: list[CheckMessage] = []
    policy = facts.policy
    if policy not in ("", "noeviction"):
        messages.append(
            Warning(
                f"Redis may throw runs in flight away when its memory is full: maxmemory-policy is {policy}.",
                hint="Set `maxmemory-policy noeviction` in redis.conf, or use a Redis of its own.",
                id="runs.W001",
            )
        )
    if facts.appends not in ("", "yes"):
        messages.append(
            Warning(
                "Redis keeps no append-only file: runs in flight are lost when it restarts.",
                hint="Set `appendonly yes` in redis.conf.",
                id="runs.W002",
            )
        )
    return messages


def _facts(url: str) -> ServerFacts:
    """Look at Redis; return nothing of it where it does not answer, or not soon: checks run before most commands."""
    try:
        # In a thread: checks are run by commands that have an event loop, too.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, look_at_redis(url, _TIMEOUT_SECONDS)).result()
    except (*STORE_ERRORS, RedisError, TimeoutError):
        return ServerFacts()
