"""What a run looks like now: its fold and its log, from Redis while it is there, else from the archive.

Folds of runs in flight are kept, so that a page that asks again only pays for what is new.
"""

from __future__ import annotations

import marshal
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import structlog
from django.utils import timezone

from genisys.host import STORE_ERRORS, Engine, LogPage, RunMeta, new_state
from runs.engines import engine
from runs.models import Archive, Run
from runs.record import archive
from runs.record.refused.refusals import cause_of, is_passing
from runs.record.times import epoch_ms

State = dict[str, Any]
KEPT_FOLDS = 64
PAGE = 1000

_WAITS_FOR_REDIS = "The store of runs in flight does not answer just now. The run goes on when it does."

log = structlog.get_logger("runs.record.states")


class FoldCache:
    """The folds of the runs that were looked at last, packed: nobody shares one that changes.

    `marshal` packs and unpacks plain data three times as fast as JSON, which tells with ten thousand steps. What is
    packed here never leaves this process.
    """

    def __init__(self, size: int = KEPT_FOLDS) -> None:
        self._size = size
        self._folds: OrderedDict[str, tuple[str, int, bytes]] = OrderedDict()

    async def state(self, source: Engine, run_id: str) -> tuple[State, RunMeta] | None:
        """Return the fold of the run's whole log, and its meta; None where Redis does not hold the run.

        One round trip to Redis. Raises ValueError where the log has a hole.
        """
        log_id, seq, packed = self._folds.get(run_id, ("", 0, b""))
        known = marshal.loads(packed) if packed else None  # noqa: S302 - our own, from this process's memory
        found = await source.snapshot(run_id, known, log_id)
        if found is None:
            self._folds.pop(run_id, None)
            return None
        meta, state = found
        if not packed or (meta.log_id, state["seq"]) != (log_id, seq):
            self._folds[run_id] = (meta.log_id, state["seq"], marshal.dumps(state))
        self._folds.move_to_end(run_id)
        while len(self._folds) > self._size:
            self._folds.popitem(last=False)
        return state, meta


_folds = FoldCache()


async def run_state(run: Run) -> tuple[State, RunMeta]:
    """Return the run's fold and meta. While Redis is away, an open run is described from its row."""
    if run.finished and (archived := await archive_of(run, "events", "journal")) is not None:
        return archive.state_of(archived), _meta_from_row(run, archived.log_id, archived.last_seq)
    row = _state_from_row(run)
    try:
        found = await _folds.state(engine(), run.pk)
    except Exception as error:
        found = None
        if not is_passing(error):
            # The log has a hole, or what cannot be folded: only the row is left to show.
            log.warning("run.unreadable", run_id=run.pk, cause=cause_of(error))
            row["notices"].append({"at": epoch_ms(timezone.now()), "kind": "unreadable", "args": {}})
    return found if found is not None else (row, _meta_from_row(run, "", 0))


async def doing_of(source: Engine, run_ids: Iterable[str]) -> dict[str, str]:
    """Return what each of these runs last said that it does; left out are those that Redis does not hold, or cannot
    be folded. Raises STORE_ERRORS.
    """
    said = {}
    for run_id in run_ids:
        with suppress(ValueError):
            found = await _folds.state(source, run_id)
            if found is not None:
                said[run_id] = str(found[0]["status_text"])
    return said


async def run_events(run: Run, after: int = 0, limit: int = PAGE, most_bytes: int | None = None) -> LogPage:
    """Return a stretch of the run's log behind `after`, from the same place as `run_state`.

    `most_bytes` bounds what is read of a log in Redis (`Store.read_many`); an archive is in memory as a whole.
    Raises STORE_ERRORS while Redis is away and the run has not been archived.
    """
    if run.finished and (archived := await archive_of(run, "state", "journal")) is not None:
        return archive.page_of(archived, run.status, after, limit)
    return await engine().read(run.pk, after, limit, most_bytes)


async def run_snapshot(run: Run) -> State | None:
    """Return the last snapshot of an open run whose log has grown. Raises STORE_ERRORS."""
    return None if run.finished else await engine().store.snapshot(run.pk)


async def why_waiting(run: Run, meta: RunMeta) -> str:
    """Say in one sentence why an open run is not moving; "" where it moves or has ended."""
    if run.finished:
        return ""
    try:
        if not meta.log_id:
            return _WAITS_FOR_REDIS if await engine().healthy() else "Waiting to be handed out."
        return await engine().why_waiting(meta)
    except STORE_ERRORS:
        return _WAITS_FOR_REDIS


async def is_held(run: Run) -> bool:
    """Return whether a retry or a fork finds what it goes on from. One round trip, for a run that has ended."""
    if not run.finished or not run.log_id:
        return True  # What never reached Redis is begun by a retry.
    try:
        return await engine().meta(run.pk) is not None
    except STORE_ERRORS:
        return True  # Nobody knows just now: who presses the button is told.


async def archive_of(run: Run, *without: str) -> Archive | None:
    """Return the run's archive, None where it has none (yet, or any more). Columns named `without` are not read."""
    return await Archive.objects.filter(pk=run.pk).defer(*without).afirst()


def _state_from_row(run: Run) -> State:
    return {
        **new_state(),
        "run_status": run.status,
        "workflow": run.workflow,
        "title": run.title,
        "attempt": run.attempt,
        "error": run.error,
        # Nobody asks for what was left out of the row, and from here it cannot be fetched.
        "output": None if "output" in run.get_deferred_fields() else run.output,
        "queued_at": epoch_ms(run.created_at),
        "started_at": epoch_ms(run.started_at),
        "ended_at": epoch_ms(run.ended_at),
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "cost_microusd": run.known_cost_microusd,
        "unpriced": run.cost_microusd is None,
    }


def _meta_from_row(run: Run, log_id: str, last_seq: int) -> RunMeta:
    return RunMeta(
        run_id=run.pk,
        workflow=run.workflow,
        owner=str(run.owner_id or ""),
        title=run.title,
        deployment=run.deployment,
        status=run.status,
        attempt=run.attempt,
        worker="",
        lease_until_ms=0,
        last_seq=last_seq,
        log_id=log_id,
        closed=run.finished,
        created_ms=epoch_ms(run.created_at),
        ended_ms=epoch_ms(run.ended_at),
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        cost_microusd=run.known_cost_microusd,
        unpriced=int(run.cost_microusd is None),
        cancel_requested=False,
    )
