"""Runs in Redis: their hashes, streams and due lists, and the workers' heartbeats as others read them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from ..core import clock
from ..core.clock import now_ms, stated_ms
from ..core.codec import unpack
from ..core.logs import Logger
from ..limits.gates import Gates
from ..limits.rates import RateStore
from ..limits.redis_gates import RedisGates
from ..limits.redis_slots import RedisSlots
from ..log.compaction import first_seq
from ..log.page import LogPage
from ..redis_io.cluster.pipe import SlotMoved
from ..redis_io.keys import (
    ALL_PARTITIONS,
    DRAIN,
    EARLY_MS,
    LEASE_MS,
    RECORDING_TTL_MS,
    REWAKE_MS,
    RUN_PARTS,
    RUN_TTL_S,
    WORKER_TTL_S,
    WORKERS_KEY,
    keys_of,
    partition,
    partition_key,
    run_key,
    worker_key,
)
from ..redis_io.server import ServerFacts, server_facts
from ..redis_io.servers import Servers
from .answers import (
    epoch_ns,
    events_from,
    hash_of,
    lacks,
    meta_from,
    page_from,
    pairs,
    text_of,
    worker_from,
)
from .appending import append_args
from .cache import RedisCache
from .deployments import DeploymentStore
from .history import CHUNKS_A_READ, HistoryStore
from .lifecycle import LifecycleStore
from .owner_queue import OwnerQueueStore
from .records import Append, Appended, Lease, RunMeta, SnapshotRead, WorkerInfo

log = Logger("genisys.store")


GLANCE_ENTRIES = 5000
"""Entries of the log that a first look reads at most: more are behind a snapshot, unless nothing compacts logs."""
_HEAD = ("log_id", "last_seq", "closed", "status")
_SCRIPTS = (
    "append", "acquire", "compact", "read_snapshot", "owner_queue", "rate", "read", "gate_reserve", "gate_settle",
)  # fmt: skip
_MOVES = 4
"""How often a write follows its run from server to server of a cluster before it says that it cannot."""


class Store:
    """Redis as the engine sees it. One per process and event loop; safe to share between tasks.

    Commands raise redis-py's ConnectionError or TimeoutError (STORE_ERRORS) while Redis is away; the next command
    connects again. Appends are atomic and deduplicated, so a caller may repeat one whose answer it lost.
    """

    def __init__(self, url: str, *, connections: int = 16, lease_ms: int = LEASE_MS) -> None:
        self.url = url
        self._lease_ms = lease_ms
        # Those that steps, starts and readers wait for; slots go over the pool.
        self._servers = Servers(url, _SCRIPTS, connections=connections)
        self._redis = self._servers.client
        self._pipe = self._servers.pipe
        self.history = HistoryStore(self._redis, self._pipe)
        self.lifecycle = LifecycleStore(self._servers)
        self.rates = RateStore(self._pipe)
        self.gates: Gates = RedisGates(self._redis, self._pipe)
        self.owner_queue = OwnerQueueStore(self._redis, self._pipe, lease_ms)
        self.deployments = DeploymentStore(self._redis, self._pipe)
        self.cache = RedisCache(self._redis)
        self.slots = RedisSlots(self._redis, lease_ms=lease_ms)

    async def connect(self) -> None:
        """Connect to Redis now, not only at the first command."""
        await self._pipe.ready()

    async def close(self) -> None:
        await self._servers.close()

    async def compare_clocks(self) -> None:
        """Learn Redis's time, which `clock.now_ms` returns from then on, to within this round trip."""
        sent = clock.host_ns()
        seconds, micros = await self._pipe.call("TIME")
        clock.compare(sent, epoch_ns(seconds, micros), clock.host_ns())

    async def ping(self) -> None:
        """Raise one of STORE_ERRORS when Redis does not answer."""
        await cast(Any, self._redis.ping())

    async def settings(self, *names: str) -> dict[str, str]:
        """Read settings of the server (CONFIG GET), for the checks of readiness."""
        found = await self._redis.config_get(*names)
        return {text_of(name): text_of(value) for name, value in found.items()}

    async def server(self) -> ServerFacts:
        """Return how the server itself is: memory, what it does when that is full, and what it writes to disk."""
        return await server_facts(self._redis)

    # Writing

    async def create(self, run_id: str, meta: dict[str, str], batch: Append) -> Appended:
        """Create the run with its first events. `code` is `exists` where it is there already."""
        created = replace(batch, meta={"attempt": "0", **meta, **batch.meta})
        created.due_ms = now_ms() + REWAKE_MS  # where its wakeup is lost, the watch sends another then
        return await self._write(run_id, "create", 0, "", 0, created, clock.host_ns())

    async def acquire(self, run_id: str, worker: str, deployment: str = "") -> Lease | str:
        """Take the lease, or return why not: `held`, `closed`, `paused`, `missing`, `early` or `moved`.

        `early` is a run that waits and is not due yet by Redis's clock; `moved`, one of another deployment.
        """
        keys = keys_of(run_id)
        answer = await self._pipe.script(
            "acquire",
            7,
            *(keys.meta, keys.journal, keys.due, keys.log, keys.inbox, keys.history, keys.snapshot),
            *(worker, stated_ms(), self._lease_ms, run_id, RUN_TTL_S, deployment, EARLY_MS),
        )
        if answer[0] != b"ok":
            return text_of(answer[0])
        raw = pairs(answer[3])
        meta = meta_from(run_id, raw)
        assert meta is not None
        journal, inbox = ({field.decode(): value for field, value in pairs(flat).items()} for flat in answer[4:6])
        return Lease(run_id, worker, int(answer[1]), int(answer[2]), meta, journal, inbox)

    async def append(self, lease: Lease, number: int, batch: Append) -> Appended:
        """Write as the holder of the lease. `number` counts the attempt's batches from 1."""
        return await self._write(lease.run_id, "attempt", lease.attempt, lease.worker, number, batch)

    async def append_system(
        self, run_id: str, batch: Append, *, reopen: bool = False, expired: bool = False
    ) -> Appended:
        """Write as the system: events without a lease, an end for a run that nobody holds, or a reopening.

        With `expired` it is refused as `held` while the run's lease has not run out by Redis's clock.
        """
        sent = clock.host_ns()
        mode = "reopen" if reopen else "expired" if expired else "system"
        return await self._write(run_id, mode, 0, "", 0, batch, sent)

    async def _write(
        self, run_id: str, mode: str, attempt: int, producer: str, number: int, batch: Append, sent_ns: int = 0
    ) -> Appended:
        address, key = self._servers.address, keys_of(run_id).meta
        replicas = address.wait_replicas if address.wait_replicas and batch.matters() else 0
        who: dict[str, Any] = {"attempt": attempt, "producer": producer, "number": number}
        for moves_left in reversed(range(_MOVES)):
            # Before the arguments are made, which name the server that is written to.
            met = await self._servers.met(key)
            keys, args = append_args(run_id, mode, batch, server=met.server, log_id=met.log_id, **who)
            try:
                answer: list[Any] = await self._pipe.script(
                    "append", len(keys), *keys, *args, replicas=replicas, within_ms=address.wait_ms
                )
                break
            except SlotMoved:
                if not moves_left:
                    raise
        if sent_ns:  # Not for steps: their worker's keeper compares the clocks once a second.
            # The script answers in whole milliseconds.
            clock.compare(sent_ns, int(answer[6]) * 1_000_000, clock.host_ns(), unit_ns=1_000_000)
        return Appended(
            text_of(answer[0]), int(answer[1]), text_of(answer[2]), answer[3] == b"1", int(answer[4]), int(answer[5])
        )

    # Reading

    async def meta(self, run_id: str) -> RunMeta | None:
        return meta_from(run_id, hash_of(await self._pipe.call("HGETALL", run_key(run_id, "meta"))))

    async def metas(self, run_ids: Sequence[str]) -> dict[str, RunMeta]:
        """Read many runs' meta in one round trip; runs that Redis does not hold are left out."""
        answers = await self._pipe.call_all(("HGETALL", run_key(run_id, "meta")) for run_id in run_ids)
        found = ((run_id, meta_from(run_id, hash_of(raw))) for run_id, raw in zip(run_ids, answers, strict=True))
        return {run_id: meta for run_id, meta in found if meta is not None}

    async def journal(self, run_id: str) -> dict[str, bytes]:
        raw = await cast(Any, self._redis.hgetall(run_key(run_id, "journal")))
        return {name.decode(): value for name, value in raw.items()}

    async def signals(self, run_id: str) -> tuple[RunMeta | None, dict[str, bytes]]:
        """Return the run's meta, and what its steps were sent."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(run_key(run_id, "meta"))
            pipe.hgetall(run_key(run_id, "inbox"))
            meta, inbox = await pipe.execute()
        return meta_from(run_id, meta), {name.decode(): value for name, value in inbox.items()}

    async def journal_value(self, run_id: str, name: str) -> Any:
        raw = await cast(Any, self._redis.hget(run_key(run_id, "journal"), name))
        return None if raw is None else unpack(raw)

    async def drop_from_journal(self, run_id: str, names: Sequence[str]) -> None:
        """Delete recorded steps, so that they run again. Only a retry of a finished run does this."""
        if names:
            await cast(Any, self._redis.hdel(run_key(run_id, "journal"), *names))

    async def read(self, run_id: str, after: int = 0, limit: int = 1000, most_bytes: int | None = None) -> LogPage:
        """Read a log behind `after`, as `read_many` does."""
        return (await self.read_many([(run_id, after)], limit, most_bytes))[run_id]

    async def read_many(
        self, cursors: Sequence[tuple[str, int]], limit: int = 1000, most_bytes: int | None = None
    ) -> dict[str, LogPage]:
        """Return a page of each of these logs behind its cursor, in one round trip.

        A page holds at most `limit` entries. With `most_bytes` it ends with the entry that brings it to so many bytes
        of JSON, so it may be shorter than the limit though the log goes on. For a cursor before the point where the log
        was trimmed one more round trip is made: its page comes from the run's history, compacted.
        """
        if most_bytes is None:
            pages = await self._read_entries(cursors, limit)
        else:
            pages = await self._read_bytes(cursors, limit, most_bytes)
        # The log begins behind the cursor: what is missing was moved to the history.
        trimmed = [(run_id, after) for run_id, after in cursors if lacks(pages[run_id], after)]
        if trimmed:
            chunks = await self.history.chunks(trimmed, CHUNKS_A_READ if most_bytes is None else 1)
            for (run_id, after), found in zip(trimmed, chunks, strict=True):
                if events := [event for event in found if event["seq"] > after]:
                    pages[run_id] = replace(pages[run_id], events=events, first_seq=first_seq(events[0]))
        return pages

    async def _read_entries(self, cursors: Sequence[tuple[str, int]], limit: int) -> dict[str, LogPage]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for run_id, after in cursors:
                pipe.hmget(run_key(run_id, "meta"), *_HEAD)
                pipe.xrange(run_key(run_id, "log"), min=f"{after + 1}-0", max="+", count=limit)
            answers = await pipe.execute()
        return {
            run_id: page_from(head, events_from(entries, after))
            for (run_id, after), head, entries in zip(cursors, answers[::2], answers[1::2], strict=True)
        }

    async def _read_bytes(self, cursors: Sequence[tuple[str, int]], limit: int, most_bytes: int) -> dict[str, LogPage]:
        answers = await asyncio.gather(
            *(
                self._pipe.script("read", 2, run_key(run_id, "meta"), run_key(run_id, "log"), after, limit, most_bytes)
                for run_id, after in cursors
            )
        )
        return {
            run_id: page_from(head, events_from(((entry_id, pairs(flat)) for entry_id, flat in entries), after))
            for (run_id, after), (head, entries) in zip(cursors, answers, strict=True)
        }

    async def snapshot(self, run_id: str) -> dict[str, Any] | None:
        """Return the last snapshot of a run whose log has grown: the fold up to its `seq`."""
        return await self.history.snapshot(run_id)

    async def read_snapshot(self, run_id: str, after: int = 0, log_id: str = "") -> SnapshotRead | None:
        """Return what a first look at a run needs, in one round trip; None where Redis does not hold the run.

        A caller that has folded the log `log_id` up to `after` gets what follows; otherwise, or where a newer snapshot
        saves work, the snapshot and what follows that.
        """
        seen = await self.history.look(run_id, after, log_id, GLANCE_ENTRIES)
        meta = None if seen is None else meta_from(run_id, seen.meta)
        if seen is None or meta is None:
            return None
        return SnapshotRead(meta, seen.seq, seen.state, events_from(seen.entries, seen.seq))

    async def expire(self, run_id: str, seconds: int) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for part in RUN_PARTS:
                pipe.expire(run_key(run_id, part), seconds)
            await pipe.execute()

    async def claim_recording(self, run_id: str, by: str) -> bool:
        """Return whether `by` is to write the run's record: nobody else has said so in the last RECORDING_TTL_MS."""
        key = run_key(run_id, "recorder")
        if await self._redis.set(key, by, nx=True, px=RECORDING_TTL_MS):
            return True
        return text_of(await self._redis.get(key) or b"") == by

    # The partition's keys

    async def due(self, until_ms: int) -> list[str]:
        """Return the unfinished runs that are due by then, at most 500 of each partition."""
        answers = await self._pipe.call_each(
            ("ZRANGEBYSCORE", partition_key(name, "due"), 0, until_ms, "LIMIT", 0, 500) for name in ALL_PARTITIONS
        )
        # In a cluster a server that is away must not stop the watch over the others, nor an id that is no text.
        there = [answer for answer in answers if not isinstance(answer, Exception)]
        return [run_id.decode(errors="replace") for answer in there for run_id in answer]

    async def unfinished(self) -> list[str]:
        """Return the ids of unfinished runs, at most 500 of each partition."""
        return await self.due(2**53)

    async def settles(self, run_id: str) -> bool:
        """Return whether the run's server may have taken over from another one a moment ago."""
        return await self._servers.settles(run_key(run_id, "meta"))

    async def look_again(self, run_id: str, at_ms: int) -> None:
        """Move a run that is still unfinished to a later place in the due list."""
        await self.look_again_at([run_id], at_ms)

    async def look_again_at(self, run_ids: Iterable[str], at_ms: int) -> None:
        """Move runs that are still unfinished to a later place in the due list, in one pipeline."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for run_id in run_ids:  # XX: one that has ended meanwhile must not come back.
                pipe.zadd(partition_key(partition(run_id), "due"), {run_id: at_ms}, xx=True)
            await pipe.execute()

    async def forget_due(self, run_id: str) -> None:
        await self._redis.zrem(partition_key(partition(run_id), "due"), run_id)

    @asynccontextmanager
    async def doorbells(self) -> AsyncIterator[AsyncIterator[str]]:
        """Listen on all partitions' doorbells over one connection; yield run ids until the connection is lost."""
        async with self._servers.messages([partition_key(name, "bell") for name in ALL_PARTITIONS]) as messages:

            async def rung() -> AsyncIterator[str]:
                async for data in messages:
                    yield text_of(data)

            yield rung()

    # Workers

    async def workers(self) -> list[WorkerInfo]:
        """Return the workers whose heartbeat is not older than WORKER_TTL_S."""
        ids = await self._redis.zrangebyscore(WORKERS_KEY, now_ms() - WORKER_TTL_S * 1000, "+inf")
        async with self._redis.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hgetall(worker_key(text_of(id)))
            answers = await pipe.execute()
        return sorted((worker_from(raw) for raw in answers if raw), key=lambda worker: worker.started_ms)

    async def ask_to_drain(self, worker_id: str, drain: bool) -> None:
        """Ask a worker to take no more runs, or to take them again; its next heartbeat reads it."""
        key = worker_key(worker_id)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(key, DRAIN, "1" if drain else "")
            pipe.expire(key, WORKER_TTL_S)  # where it has died meanwhile, nothing of it stays
            await pipe.execute()

    async def forget_worker(self, worker_id: str) -> None:
        await self._redis.zrem(WORKERS_KEY, worker_id)
        await self._redis.delete(worker_key(worker_id))
