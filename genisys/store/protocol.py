"""The seam between an attempt and the place where runs are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ..limits.gates import Gates
from ..limits.slots import SlotStore
from ..log.page import LogPage
from .records import Append, Appended, Lease, RunMeta


class RunStore(Protocol):
    """What an attempt needs of the place where runs are kept.

    `Store` is the one in Redis, `genisys.testing.MemoryStore` the one for tests. One contract suite runs over both.
    """

    @property
    def cache(self) -> CacheStore: ...
    @property
    def slots(self) -> SlotStore: ...
    @property
    def gates(self) -> Gates: ...

    async def create(self, run_id: str, meta: dict[str, str], batch: Append) -> Appended: ...
    async def acquire(self, run_id: str, worker: str, deployment: str = "") -> Lease | str: ...
    async def append(self, lease: Lease, number: int, batch: Append) -> Appended: ...
    async def append_system(
        self, run_id: str, batch: Append, *, reopen: bool = False, expired: bool = False
    ) -> Appended: ...
    async def journal(self, run_id: str) -> dict[str, bytes]: ...
    async def journal_value(self, run_id: str, name: str) -> Any: ...
    async def signals(self, run_id: str) -> tuple[RunMeta | None, dict[str, bytes]]: ...
    async def meta(self, run_id: str) -> RunMeta | None: ...
    async def read(self, run_id: str, after: int = 0, limit: int = 1000) -> LogPage: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A result that is kept: packed as in the journal, and the run that made it."""

    packed: bytes
    run_id: str


class CacheStore(Protocol):
    """Results across runs. `RedisCache` is the one in Redis; `genisys.testing` has one in memory."""

    async def get(self, entry: str) -> Entry | None: ...

    async def put(self, entry: str, kept: Entry, ttl_ms: int) -> None: ...

    async def seen(self, component: str) -> list[dict[str, str]]:
        """Return the parts of the component's last entries, the newest first; some of them may have expired."""
        ...

    async def note(self, component: str, parts: dict[str, str], at_ms: int) -> None: ...
