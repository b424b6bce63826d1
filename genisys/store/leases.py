"""The lease's side of Redis, for the thread that renews it and beats."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import redis
from redis.commands.core import Script

from ..core import clock
from ..core.clock import now_ms, stated_ms
from ..redis_io.address import parse_address
from ..redis_io.blocking import BlockingServers, Command
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
from ..redis_io.lua import script
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


def _unbound(text: str) -> Script:
    """Return a script that is called with a client each time: in a cluster each run has its own."""
    return Script(cast(Any, None), text.encode())


class LeaseStore:
    """The lease's side of Redis for the renewing thread, over a connection of its own that blocks only that thread."""

    def __init__(self, url: str, *, lease_ms: int = LEASE_MS) -> None:
        self._lease_ms = lease_ms
        # Time-outs below the shortest lease (SHORTEST_LEASE_S): a renewal that hangs can be tried again in time.
        address = parse_address(url)
        self._servers = BlockingServers(address, socket_timeout=3, socket_connect_timeout=2)
        self._renew = _unbound(script("renew"))
        self._place = _unbound(script("owner_queue"))
        self._append = _unbound(script("append", in_cluster=address.kind == "cluster"))
        self.asked_to_drain = False
        """Whether the worker was asked to take no more runs, as of the last beat."""

    def compare_clocks(self) -> None:
        """Learn Redis's time, for `clock`. Raises STORE_ERRORS."""
        client = self._servers.of(WORKERS_KEY)
        sent = clock.host_ns()
        seconds, micros = cast(Any, client.time())
        clock.compare(sent, seconds * 1_000_000_000 + micros * 1_000, clock.host_ns())

    def beat(
        self,
        info: WorkerInfo,
        leases: Sequence[Lease],
        on_renewed: Callable[[Lease, float], None] = lambda lease, asked_s: None,
    ) -> list[tuple[bool, bool, int] | Exception]:
        """Record the worker as alive and hold its leases for `lease_ms` more, in one round trip.

        Return for each lease: still ours, cancel requested, signals sent so far; or what was met where the server that
        has it is away, while others of its cluster are not. `on_renewed` hears of each that is ours as soon as it is
        known, with when it was asked for (monotonic): where one server is silent, seconds before this returns.
        """
        asked_s: dict[int, float] = {}

        def met(number: int, answer: Any) -> None:
            if number < len(leases) and not isinstance(answer, Exception) and answer[0] == 1:
                on_renewed(leases[number], asked_s[number])

        of_leases = [self._renewal(lease, number, asked_s) for number, lease in enumerate(leases)]
        key = worker_key(info.id)
        of_worker: list[Command] = [
            (key, lambda pipe: pipe.time()),
            (key, lambda pipe: pipe.hset(key, mapping=cast(Any, _worker_fields(info)))),
            (key, lambda pipe: pipe.expire(key, WORKER_TTL_S)),
            (key, lambda pipe: pipe.hget(key, DRAIN)),
            (WORKERS_KEY, lambda pipe: pipe.zadd(WORKERS_KEY, {info.id: info.beat_ms})),
            # Those that died without being forgotten: each worker tidies up for all.
            (WORKERS_KEY, lambda pipe: pipe.zremrangebyscore(WORKERS_KEY, "-inf", info.beat_ms - WORKER_TTL_S * 1000)),
        ]
        sent = clock.host_ns()  # right before it leaves: the round trip is the error of the comparison
        answers = self._servers.each([*of_leases, *of_worker], met)
        now, *_, drain = answers[len(leases) : len(leases) + 4]
        if not isinstance(now, Exception):
            self.asked_to_drain = drain == b"1"
            clock.compare(sent, now[0] * 1_000_000_000 + now[1] * 1_000, clock.host_ns())
        return [
            answer if isinstance(answer, Exception) else (answer[0] == 1, answer[1] == b"1", int(answer[2]))
            for answer in answers[: len(leases)]
        ]

    def _renewal(self, lease: Lease, number: int, asked_s: dict[int, float]) -> Command:
        keys = keys_of(lease.run_id)
        args: list[Any] = [lease.worker, lease.attempt, stated_ms(), self._lease_ms, lease.run_id]

        def add(pipe: Any) -> None:  # right before it is sent
            asked_s[number] = time.monotonic()
            self._renew(keys=[keys.meta, keys.due], args=args, client=pipe)

        return keys.meta, add

    def hold_places(self, leases: Sequence[Lease]) -> list[Lease]:
        """Keep the places of these runs for `lease_ms` more; return the runs that have none any more."""
        answers = self._servers.each([self._place_of("keep", lease) for lease in leases])
        return [
            lease
            for lease, answer in zip(leases, answers, strict=True)
            if not isinstance(answer, Exception) and not answer[0]
        ]

    def take_place(self, lease: Lease) -> None:
        """Give a run that is held a place again, even above the limit (Redis may have lost its own)."""
        key, count = self._place_of("hold", lease)
        count(self._servers.of(key))

    def _place_of(self, mode: str, lease: Lease) -> Command:
        owner = lease.meta.owner
        keys = [held_places_key(owner), line_key(owner, lease.meta.deployment)]
        args: list[Any] = [mode, lease.run_id, stated_ms(), 0, 0, self._lease_ms, RUN_TTL_S]
        return keys[0], lambda client: self._place(keys=keys, args=args, client=client)

    def end_cancelled(self, lease: Lease) -> bool:
        """End a run that is to be cancelled and whose code cannot be reached; return whether this call ended it.

        From then on the worker that still runs that code can write nothing.
        """
        # In the name of the lease (`release`), so it is refused where another worker has the run by now.
        event = {"type": "run.cancelled", "at": now_ms()}
        batch = Append(events=[event], status="cancelled", terminal=True, release=lease.worker)
        client = self._servers.of(keys_of(lease.run_id).meta)
        server = str(cast(Any, client.info("server"))["run_id"])
        keys, args = append_args(lease.run_id, "system", batch, server=server, log_id=secrets.token_hex(8))
        return bool(self._append(keys=keys, args=args, client=client)[0] == b"ok")

    def also(self, keep: Callable[[Callable[[str], redis.Redis]], None]) -> None:
        """Call `keep` with what returns the client for a key, so that others can renew what they hold."""
        keep(self._servers.of)

    def close(self) -> None:
        self._servers.close()
