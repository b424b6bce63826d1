"""The lease's side of Redis, for the thread that renews it and beats."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, cast

import redis

from ..core import clock
from ..core.clock import now_ms, stated_ms
from ..redis_io.connection import NOTICE_CLOSED
from ..redis_io.keys import (
    DRAIN,
    LEASE_MS,
    RUN_TTL_S,
    WORKER_TTL_S,
    WORKERS_KEY,
    held_places_key,
    keys_of,
    line_key,
    worker_key,
)
from ..redis_io.scripts import script
from .appending import append_args
from .records import Append, Lease, WorkerInfo


def _worker_fields(info: WorkerInfo) -> dict[str, str]:
    return {
        "id": info.id,
        "host": info.host,
        "pid": str(info.pid),
        "deployment": info.deployment,
        "concurrency": str(info.concurrency),
        "started_ms": str(info.started_ms),
        "beat_ms": str(info.beat_ms),
        "runs": " ".join(info.runs),
        "marks": " ".join(str(info.marks.get(run_id, 0)) for run_id in info.runs),
        "draining": "1" if info.draining else "",
        "stopping": "1" if info.stopping else "",
        "blocked": f"{info.blocked_ms} {info.blocked_by} {info.blocked_step}" if info.blocked_ms else "",
    }


class LeaseStore:
    """The lease's side of Redis for the renewing thread, over a connection of its own that blocks only that thread."""

    def __init__(self, url: str, *, lease_ms: int = LEASE_MS) -> None:
        self._lease_ms = lease_ms
        # Time-outs below the shortest lease (SHORTEST_LEASE_S): a renewal that hangs can be tried again in time.
        self._redis = redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=2, **NOTICE_CLOSED)
        self._renew = self._redis.register_script(script("renew"))
        self._place = self._redis.register_script(script("owner_queue"))
        self._append = self._redis.register_script(script("append"))
        self.asked_to_drain = False
        """Whether the worker was asked to take no more runs, as of the last beat."""

    def compare_clocks(self) -> None:
        """Learn Redis's time, for `clock`. Raises STORE_ERRORS."""
        sent = clock.host_ns()
        seconds, micros = cast(Any, self._redis.time())
        clock.compare(sent, seconds * 1_000_000_000 + micros * 1_000, clock.host_ns())

    def beat(self, info: WorkerInfo, leases: Sequence[Lease]) -> list[tuple[bool, bool, int]]:
        """Record the worker as alive and hold its leases for `lease_ms` more, in one round trip.

        Return for each lease: still ours, cancel requested, signals sent so far.
        """
        pipe = self._redis.pipeline(transaction=False)
        for lease in leases:
            keys = keys_of(lease.run_id)
            self._renew(
                keys=[keys.meta, keys.due],
                args=[lease.worker, lease.attempt, stated_ms(), self._lease_ms, lease.run_id],
                client=pipe,
            )
        pipe.time()
        pipe.hset(worker_key(info.id), mapping=cast(Any, _worker_fields(info)))
        pipe.expire(worker_key(info.id), WORKER_TTL_S)
        pipe.hget(worker_key(info.id), DRAIN)
        pipe.zadd(WORKERS_KEY, {info.id: info.beat_ms})
        # Those that died without being forgotten: each worker tidies up for all.
        pipe.zremrangebyscore(WORKERS_KEY, "-inf", info.beat_ms - WORKER_TTL_S * 1000)
        sent = clock.host_ns()  # right before it leaves: the round trip is the error of the comparison
        answers = pipe.execute()
        seconds, micros = answers[len(leases)]
        self.asked_to_drain = answers[len(leases) + 3] == b"1"
        clock.compare(sent, seconds * 1_000_000_000 + micros * 1_000, clock.host_ns())
        answers = answers[: len(leases)]
        return [(answer[0] == 1, answer[1] == b"1", int(answer[2])) for answer in answers]

    def hold_places(self, leases: Sequence[Lease]) -> list[Lease]:
        """Keep the places of these runs for `lease_ms` more; return the runs that have none any more."""
        pipe = self._redis.pipeline(transaction=False)
        for lease in leases:
            self._count_place("keep", lease, pipe)
        return [lease for lease, (kept, _) in zip(leases, pipe.execute(), strict=True) if not kept]

    def take_place(self, lease: Lease) -> None:
        """Give a run that is held a place again, even above the limit (Redis may have lost its own)."""
        self._count_place("hold", lease, self._redis)

    def _count_place(self, mode: str, lease: Lease, client: redis.Redis) -> None:
        owner = lease.meta.owner
        keys = [held_places_key(owner), line_key(owner, lease.meta.deployment)]
        self._place(keys=keys, args=[mode, lease.run_id, stated_ms(), 0, 0, self._lease_ms, RUN_TTL_S], client=client)

    def end_cancelled(self, lease: Lease) -> bool:
        """End a run that is to be cancelled and whose code cannot be reached; return whether this call ended it.

        From then on the worker that still runs that code can write nothing.
        """
        # In the name of the lease (`release`), so it is refused where another worker has the run by now.
        event = {"type": "run.cancelled", "at": now_ms()}
        batch = Append(events=[event], status="cancelled", terminal=True, release=lease.worker)
        server = str(cast(Any, self._redis.info("server"))["run_id"])
        keys, args = append_args(lease.run_id, "system", batch, server=server, log_id=secrets.token_hex(8))
        return bool(self._append(keys=keys, args=args)[0] == b"ok")

    def also(self, keep: Callable[[redis.Redis], None]) -> None:
        """Call `keep` with this connection, so that others can renew what they hold."""
        keep(self._redis)

    def close(self) -> None:
        self._redis.close()
