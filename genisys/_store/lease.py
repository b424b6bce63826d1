"""The lease's side of Redis, for the thread that renews it and beats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import redis

from .._clock import now_ms
from .._records import Lease, WorkerInfo
from .keys import LEASE_MS, WORKER_TTL_S, partition, partition_key, run_key, script, worker_key


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
        "draining": "1" if info.draining else "",
    }


class LeaseStore:
    """The lease's side of Redis for the renewing thread, over a connection of its own that blocks only that thread."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=2)
        self._renew = self._redis.register_script(script("renew"))

    def renew(self, lease: Lease) -> tuple[bool, bool, int]:
        """Hold the lease for LEASE_MS more. Gives (still ours, cancel asked for, signals sent so far)."""
        name = partition(lease.run_id)
        answer = cast(
            list[Any],
            self._renew(
                keys=[run_key(lease.run_id, "meta"), partition_key(name, "due")],
                args=[lease.worker, lease.attempt, now_ms(), LEASE_MS, lease.run_id],
            ),
        )
        return answer[0] == 1, answer[1] == b"1", int(answer[2])

    def beat(self, info: WorkerInfo) -> None:
        pipe = self._redis.pipeline(transaction=False)
        pipe.hset(worker_key(info.id), mapping=cast(Any, _worker_fields(info)))
        pipe.expire(worker_key(info.id), WORKER_TTL_S)
        pipe.execute()

    def also(self, keep: Callable[[redis.Redis], None]) -> None:
        """Let another concern renew what it holds, over this connection."""
        keep(self._redis)

    def close(self) -> None:
        self._redis.close()
