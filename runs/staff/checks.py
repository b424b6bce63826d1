"""System checks: is the Redis that will hold runs in flight set up so that it keeps them?

A Redis that does not answer is no finding: checks also run where there is none, and readiness says so when it
matters.
"""

from __future__ import annotations

from typing import Any

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from redis.exceptions import RedisError

_TIMEOUT_SECONDS = 1.0


@register("redis")
def redis_keeps_runs(**_: Any) -> list[CheckMessage]:
    """Warn where Redis may evict keys (runs.W001) or forgets them when it restarts (runs.W002)."""
    found = _config(settings.REDIS_URL)
    messages: list[CheckMessage] = []
    policy = found.get("maxmemory-policy", "noeviction")
    if policy != "noeviction":
        messages.append(
            Warning(
                f"Redis may throw runs in flight away when its memory is full: maxmemory-policy is {policy}.",
                hint="Set `maxmemory-policy noeviction` in redis.conf, or use a Redis of its own.",
                id="runs.W001",
            )
        )
    if found.get("appendonly", "yes") != "yes":
        messages.append(
            Warning(
                "Redis keeps no append-only file: runs in flight are lost when it restarts.",
                hint="Set `appendonly yes` in redis.conf.",
                id="runs.W002",
            )
        )
    return messages


def _config(url: str) -> dict[str, str]:
    """Read the two settings; nothing where Redis does not answer or forbids CONFIG, as hosted ones do."""
    client = redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        decode_responses=True,
        retry=None,  # checks run before most commands, which should not wait for a Redis that is away
    )
    try:
        found = client.config_get("maxmemory-policy", "appendonly")
    except (RedisError, OSError):
        return {}
    finally:
        client.close()
    return {str(name): str(value) for name, value in dict(found).items()}
