"""Finished runs at rest: packs a log, compacted, its fold and its journal into an Archive row, and reads them back."""

from __future__ import annotations

import gzip
import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict
from operator import itemgetter
from typing import Any

from genisys.host import LogPage, StepRecord, canonical, compacted, contiguous, first_seq, fold
from runs.models import Archive, Run
from runs.record.storable import storable, storable_text

State = dict[str, Any]


class IncompleteLog(Exception):
    """The log has a hole, or does not reach its end: it cannot stand for the run."""


def pack(
    run: Run,
    *,
    log_id: str,
    last_seq: int,
    events: list[dict[str, Any]],
    journal: list[StepRecord],
    fault: str = "",
    spans: Sequence[Any] = (),
) -> Archive:
    """Return the unsaved archive of a run; `fault` is the traceback of the one that ended it outside every step, and
    `spans` are its attempts and waits.

    Raises IncompleteLog unless `events` are 1 to `last_seq`, and what was packed folds to the same state.
    """
    whole = contiguous(events, 0)
    reached = whole[-1]["seq"] if whole else 0
    if reached != last_seq or len(whole) != len(events):
        raise IncompleteLog(
            f"The log of run {run.pk} should hold events 1 to {last_seq}, and is whole up to {reached} only."
        )
    text = canonical(fold(whole)).encode("utf-8", "surrogatepass")
    packed = _packed(compacted(whole))
    if canonical(fold(_unpacked(packed))).encode("utf-8", "surrogatepass") != text:
        raise IncompleteLog(f"The packed log of run {run.pk} does not give the state that the run had.")
    return Archive(
        run=run,
        log_id=log_id,
        last_seq=last_seq,
        state_sha256=hashlib.sha256(text).hexdigest(),
        state=gzip.compress(text, mtime=0),
        events=packed,
        journal=_packed([asdict(record) for record in journal]),
        fault=storable_text(fault),
        spans=storable(list(spans)),
    )


def state_of(archive: Archive) -> State:
    """Return the final fold. Raises IncompleteLog where the bytes are not those that were written."""
    text = gzip.decompress(archive.state)
    if hashlib.sha256(text).hexdigest() != archive.state_sha256:
        raise IncompleteLog(f"The archived state of run {archive.pk} was altered or damaged.")
    state: State = json.loads(text)
    return state


def page_of(archive: Archive, status: str, after: int, limit: int) -> LogPage:
    """Return the events behind `after` as the engine's own `read` would."""
    events: list[dict[str, Any]] = _unpacked(archive.events)
    begin = bisect_right(events, after, key=itemgetter("seq"))
    wanted = events[begin : begin + limit]
    return LogPage(
        log_id=archive.log_id,
        events=wanted,
        first_seq=first_seq(wanted[0]) if wanted else 0,
        last_seq=archive.last_seq,
        closed=True,
        status=status,
        found=True,
    )


def journal_of(archive: Archive) -> list[StepRecord]:
    return [StepRecord(**record) for record in _unpacked(archive.journal)]


def _packed(data: Any) -> bytes:
    return gzip.compress(json.dumps(data, separators=(",", ":")).encode("utf-8", "surrogatepass"), mtime=0)


def _unpacked(packed: bytes | memoryview) -> Any:
    return json.loads(gzip.decompress(packed))
