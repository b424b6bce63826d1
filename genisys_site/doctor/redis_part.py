"""Redis: whether it answers, keeps what it is given, has room, and agrees with this machine about the time."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from redis.exceptions import RedisError

from genisys.host import STORE_ERRORS, ServerFacts, look_at_redis, parse_address
from genisys_site import health
from genisys_site.doctor.finding import Finding, bad, good, risky

_SECONDS = 3.0
_OLDEST = (7, 0)
_FULL = 0.8
_APART_S = 30.0
_TOO_SOON_MS = 5000


async def redis_part() -> list[Finding]:
    report = await health.queue()
    if report.failing:
        return [bad("redis", report.failing["redis"], "Start it, or mend REDIS_URL. Runs in flight wait meanwhile.")]
    todo = {
        "redis_memory": "Set `maxmemory-policy noeviction`, or use a Redis of its own.",
        "redis_file": "Set `appendonly yes` in redis.conf.",
    }
    found = [risky("redis", says, todo[part]) for part, says in report.warnings.items()]
    try:
        facts = await look_at_redis(settings.REDIS_URL, _SECONDS)
        found += [*_of_server(facts), *_of_replicas(facts), *_of_clock(facts.clock_ahead_s)]
    except (*STORE_ERRORS, RedisError, TimeoutError) as error:
        found.append(
            risky("redis", f"Redis does not say how it stands: {type(error).__name__}.", "Allow INFO and TIME.")
        )
    return found


def _of_server(facts: ServerFacts) -> Iterator[Finding]:
    version = facts.version or "0"
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        yield bad("redis", f"Redis {version} is too old.", "Use Redis 7.0 or newer, or a Valkey.")
    if facts.max_bytes and facts.used_bytes > facts.max_bytes * _FULL:
        share = facts.used_bytes / facts.max_bytes
        full = f"Redis has used {share:.0%} of its memory; when it is full, nothing can be started."
        yield risky("redis", full, "Give it more, or keep finished runs for less long (GENISYS_KEEP_FINISHED_SECONDS).")
    if not facts.wrote_file_ok:
        yield bad(
            "redis", "Redis could not write its file the last time.", "Look at its log and at the room on its disk."
        )
    several = f", {facts.masters} masters" if facts.masters > 1 else ""
    yield good("redis", f"Redis {version}{several}, {facts.used_bytes / 2**20:.0f} MB used.")


def _of_replicas(facts: ServerFacts) -> Iterator[Finding]:
    address = parse_address(settings.REDIS_URL)
    if address.wait_replicas > facts.replicas:
        yield bad(
            "redis",
            f"Steps wait for {address.wait_replicas} replicas, and a master has {facts.replicas}: no run goes on.",
            "Bring the replicas back, or set GENISYS_WAIT_REPLICAS lower.",
        )
    if address.kind == "one":
        return
    if facts.replicas == 0:
        yield risky("redis", "A master has no replica: nothing takes over from it.", "Start one, or look at its log.")
    elif facts.least_replicas == 0:
        yield risky(
            "redis",
            "A master that is cut off goes on taking writes, which are gone once it is back.",
            "Set `min-replicas-to-write 1` and `min-replicas-max-lag 10` on every server.",
        )
    if 0 < facts.gone_after_ms < _TOO_SOON_MS:
        yield risky(
            "redis",
            f"A master that is silent for {facts.gone_after_ms / 1000:g} s counts as gone: one that is only slow is "
            "replaced, maybe by a server that has less, and what it was told since is thrown away.",
            "Set `down-after-milliseconds` of the Sentinels, or `cluster-node-timeout`, to 5000 or more.",
        )


def _of_clock(apart: float) -> Iterator[Finding]:
    if abs(apart) > _APART_S:
        says = f"This machine's clock is {abs(apart):.0f} s {'behind' if apart > 0 else 'ahead of'} Redis's."
        yield risky("clock", says, "Runs go by Redis's clock; certificates and mail do not: set the clock by NTP.")
    else:
        yield good("clock", "This machine and Redis agree about the time.")
