"""What all parts of the engine are built on: its store, its keys, and the handing out of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from ..core.logs import Logger
from ..errors import RunNotFound
from ..redis_io.errors import STORE_ERRORS
from ..redis_io.keys import LEASE_S
from ..redis_io.one_by_one import apart
from ..secrets.keyring import KeyRing, given_secrets
from ..store.records import Appended, RunMeta
from ..store.runs import Store
from .owner_queue import OwnerQueue
from .wakeups import Wakeups

log = Logger("genisys.engine")


class Handle:
    """One process's access to the runs in one Redis. `Engine` adds all that can be done with them."""

    def __init__(
        self,
        redis_url: str,
        *,
        deployment: str = "dev",
        secret: str | Sequence[str] = "",
        per_owner: int = 0,
        connections: int = 16,
        lease_s: float = LEASE_S,
    ) -> None:
        self.deployment = deployment
        self._secrets = given_secrets(secret)
        self.ring = KeyRing(secret)
        self.store = Store(redis_url, connections=connections, lease_ms=round(lease_s * 1000))
        self._wakeups = Wakeups(redis_url)
        self.owner_queue = OwnerQueue(self.store, per_owner, self.wake_anew)

    async def connect(self) -> None:
        await self.store.connect()

    async def close(self) -> None:
        await self._wakeups.close()
        await self.store.close()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def target(self) -> str:
        """Return the deployment that new runs go to: the promoted one, else this engine's own."""
        return await self.store.deployments.promoted() or self.deployment

    async def wake(self, run_id: str, *, deployment: str, attempt: int, at_ms: int | None = None) -> None:
        """Notify the deployment's workers that the run is ready, or will be at `at_ms` (epoch ms)."""
        await self._wakeups.give(run_id, deployment=deployment, attempt=attempt, at_ms=at_ms)

    async def wake_anew(self, run_id: str, deployment: str) -> None:
        """Wake at once, even where a wakeup was sent just before: something has changed since."""
        await self._wakeups.give(run_id, deployment=deployment, attempt=0, anew=True)

    async def nudge(self) -> None:
        """Tell control, which looks seldom while no run moves, of work that no run's log tells of."""
        await self.store.lifecycle.nudge()

    async def _hand_out(self, made: Appended, run_id: str, *, owner: str, deployment: str, made_ms: int) -> None:
        """Wake a run that was just created, unless other runs of its owner come first."""
        # "exists": whoever starts a run again may do so because its first wakeup was lost.
        if made.code == "exists" or await self.owner_queue.line_up(
            run_id, owner=owner, deployment=deployment, made_ms=made_ms
        ):
            await self.wake(run_id, deployment=deployment, attempt=0)

    async def meta(self, run_id: str) -> RunMeta | None:
        return await self.store.meta(run_id)

    async def metas(self, run_ids: Sequence[str]) -> dict[str, RunMeta]:
        return await self.store.metas(run_ids) if run_ids else {}

    async def readable_metas(self, run_ids: Sequence[str]) -> dict[str, RunMeta]:
        """Return the metas of those runs whose data can be read; the others are named in the log."""
        found, unreadable = await apart(run_ids, self.store.metas)
        for run_id, error in unreadable.items():
            log.error("run.unreadable", run_id=run_id, error=f"{type(error).__name__}: {error}")
        return found

    async def _meta_of(self, run_id: str) -> RunMeta:
        meta = await self.store.meta(run_id)
        if meta is None:
            raise RunNotFound(f"Run {run_id} is not in Redis: it was archived, or never started.", run_id=run_id)
        return meta

    async def healthy(self) -> str:
        """Return "" where Redis answers, else the sentence that says why not."""
        try:
            await self.store.ping()
        except STORE_ERRORS as error:
            return f"Redis does not answer: {error}"
        return ""
