"""The compactor: keeps a first look at a run short, however long its log.

`append` marks a run whose log has grown. The compactor folds what came since the run's last snapshot, moves those
events, compacted, into the run's history, and writes the new snapshot. The log is trimmed behind it, never by length.
Any number may run side by side: of two that compact the same run, one is refused.
"""

from __future__ import annotations

from ..core.logs import Logger
from ..engine.engine import Engine
from ..log.compaction import compacted, first_seq
from ..log.fold import fold, new_state
from ..redis_io.errors import store_is_away
from ..store.history import Grown

EVENTS_A_CHUNK = 2000
BYTES_A_CHUNK = 512 * 1024
"""A chunk is read whole into memory for whoever reads a run's history."""

log = Logger("genisys.compactor")


class Compactor:
    """Compacts the logs that have grown; control calls it."""

    def __init__(self, engine: Engine) -> None:
        self._store = engine.store

    async def sweep(self) -> int:
        """Compact every run that is marked; return how many were. Raises STORE_ERRORS."""
        compacted_runs = 0
        for run in await self._store.history.grown():
            try:
                compacted_runs += await self._compact(run)
            except Exception as error:
                if store_is_away(error):
                    raise
                # Redis lost a part of it, or holds something that is no event. Control reports it when the run has
                # ended.
                log.error("log.cannot_be_compacted", run_id=run.run_id, error=f"{type(error).__name__}: {error}")
                await self._store.history.forget(run)
        return compacted_runs

    async def _compact(self, run: Grown) -> bool:
        state = await self._store.snapshot(run.run_id) or new_state()
        while True:
            after = state["seq"]
            page = await self._store.read(run.run_id, after, EVENTS_A_CHUNK, BYTES_A_CHUNK)
            if not page.events:
                await self._store.history.forget(run)
                return False
            last = page.events[-1]["seq"] >= page.last_seq
            fold(page.events, state)
            chunk = compacted(page.events)
            if first_seq(chunk[0]) != after + 1:
                raise ValueError(f"the log of run {run.run_id} has a hole behind {after}")
            # The mark goes with the last chunk only: after a crash in between the run is found again.
            score = run.score if last else None
            if not await self._store.history.compact(run.run_id, page.log_id, after + 1, chunk, state, score):
                return False
            if last:
                return True
