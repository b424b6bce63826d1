"""What a test over a real Redis needs: bring a run into a state, play a worker, name a run's keys, find leaked keys.

    run_id = await make_run(engine, "summarise")
    await write(engine, run_id, [{"type": "status", "at": 1, "text": "Half way"}])
    await write(engine, run_id, [{"type": "run.completed", "at": 2}], status="completed")
    assert await leaked_keys(engine.store.url) == []

Everything goes through the library's own scripts: whoever watches the run sees what is written here as it sees what
workers and the platform write. `make_run`, `write` and `HeldRun` take an engine, or a store (`Store` over Redis,
`genisys.testing.MemoryStore`). What they cannot write, since no code of ours ever would, a test puts at `run_key` with
a client of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.clock import now_ms
from ..core.codec import pack
from ..core.ids import new_run_id
from ..engine.engine import Engine
from ..journal import fields as journal_fields
from ..log.fold import TERMINAL
from ..redis_io import keys
from ..redis_io.keys import run_key
from ..redis_io.leaks import leaked_keys
from ..store.leases import LeaseStore
from ..store.protocol import RunStore
from ..store.records import Append, Appended, Lease, WorkerInfo
from ..store.runs import Store

__all__ = [
    "HeldRun",
    "NotWritten",
    "Store",
    "beat",
    "leaked_keys",
    "make_run",
    "now_ms",
    "partition_key",
    "run_key",
    "write",
]

Events = Sequence[Mapping[str, Any]]


class NotWritten(AssertionError):
    """Something was not written. `code` says why (`closed`, `held`, `fenced`, ...), `last_seq` where the log ends."""

    def __init__(self, run_id: str, answer: Appended) -> None:
        super().__init__(f"run {run_id} was not written to: {answer.code}")
        self.code = answer.code
        self.last_seq = answer.last_seq


async def make_run(
    where: Engine | RunStore,
    workflow: str = "w",
    *,
    run_id: str = "",
    events: Events | None = None,
    input: Any = None,
    status: str = "queued",
    **fields: str,
) -> str:
    """Make a run that no worker is told of; return its id. Without `events` its log begins with `run.queued`.

    `input` is JSON, without secrets; `fields` are more of what the run's hash holds (`owner`, `deployment`, `log_id`).
    Raises NotWritten where the run is there already. To hand a run out to workers, use `Engine.start`.
    """
    run_id = run_id or new_run_id()
    if events is None:
        events = [{"type": "run.queued", "at": now_ms(), "workflow": workflow, "title": fields.get("title", "")}]
    journal = {} if input is None else {journal_fields.INPUT: pack(input, where="the input")}
    batch = Append(events=_plain(events), journal=journal, status=status)
    _written(run_id, await _store(where).create(run_id, {"workflow": workflow, **fields}, batch))
    return run_id


async def write(
    where: Engine | RunStore,
    run_id: str,
    events: Events = (),
    *,
    status: str = "",
    fields: Mapping[str, str] | None = None,
    reopen: bool = False,
) -> int:
    """Write as the platform does, in one atomic step without a lease; return the number of the log's last event.

    `status` is the run's new one; `completed`, `failed` and `cancelled` end it. `reopen` is for a run that has ended.
    Events carry no `seq`: they are numbered as they are written. Raises NotWritten where the run is not there, has
    ended already, or is to end while a worker holds it.
    """
    batch = Append(events=_plain(events), status=status, terminal=status in TERMINAL, meta=dict(fields or {}))
    return _written(run_id, await _store(where).append_system(run_id, batch, reopen=reopen))


class HeldRun:
    """A run in the hands of a worker that the test plays: what it writes is written under the run's lease.

    Nobody renews the lease, which runs out after 10 s.
    """

    def __init__(self, store: RunStore, lease: Lease) -> None:
        self._store = store
        self._lease = lease
        self._batches = 0

    @classmethod
    async def take(cls, where: Engine | RunStore, run_id: str, worker: str = "worker", deployment: str = "") -> HeldRun:
        """Take the run's lease. Raises AssertionError with the reason where it is not to be had."""
        store = _store(where)
        lease = await store.acquire(run_id, worker, deployment)
        if isinstance(lease, str):
            raise AssertionError(f"run {run_id} cannot be taken: {lease}")
        return cls(store, lease)

    @property
    def run_id(self) -> str:
        return self._lease.run_id

    @property
    def attempt(self) -> int:
        """Which attempt at the run this is, from 1."""
        return self._lease.attempt

    async def write(self, events: Events = (), *, status: str = "") -> int:
        """Write the attempt's next batch; return the number of the log's last event. Raises NotWritten."""
        self._batches += 1
        batch = Append(events=_plain(events), status=status, terminal=status in TERMINAL)
        return _written(self.run_id, await self._store.append(self._lease, self._batches, batch))

    async def release(self) -> None:
        """Give the lease up with nothing said, as the watch does for a worker that is gone. Raises NotWritten."""
        given_up = Append(release=self._lease.worker)
        _written(self.run_id, await self._store.append_system(self.run_id, given_up))


def beat(url: str, *workers: WorkerInfo) -> None:
    """Write these workers' heartbeats, which Redis keeps for 30 s. Blocks for a round trip each."""
    leases = LeaseStore(url)
    try:
        for worker in workers:
            leases.beat(worker, [])
    finally:
        leases.close()


def partition_key(run_id: str, part: str) -> str:
    """Name a key of the run's partition: `due`, `lifecycle`, `growing` or `bell`."""
    return keys.partition_key(keys.partition(run_id), part)


def _store(where: Engine | RunStore) -> RunStore:
    return where.store if isinstance(where, Engine) else where


def _plain(events: Events) -> list[dict[str, Any]]:
    return [dict(event) for event in events]


def _written(run_id: str, answer: Appended) -> int:
    if answer.code != "ok":
        raise NotWritten(run_id, answer)
    return answer.last_seq
