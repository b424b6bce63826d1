"""Reads a run's steps without what went in and out of them: a finished run's from its rows, else from its log.

What was read of a log is kept for the next look at it, and so are the steps of finished runs, which change no more.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genisys.host import STORE_ERRORS, RunMeta, StepTimes, Timeline, follow
from runs.models import Archive, Run, Step
from runs.record.states import PAGE, run_events
from runs.record.times import epoch_ms
from staff.waterfall.node import Node, node_of_fold

MOST_KEPT = 60_000
"""Steps of finished runs that a process keeps: some 30 MB."""
TIMELINES_KEPT = 32
_COLUMNS = (
    "position",
    "key",
    "parent_key",
    "name",
    "title",
    "status",
    "started_at",
    "ended_at",
    "tries",
    "model",
    "provider",
    "call",
    "worker",
    "attempt",
    "cached_from",
    "input_tokens",
    "output_tokens",
    "cost_microusd",
    "spans",
)


@dataclass(frozen=True, slots=True)
class Trace:
    """A run's steps in the order of their first start, and its own attempts and waits.

    `problem` says in a sentence why some of it is missing, "" where nothing is.
    """

    nodes: Sequence[Node]
    spans: Sequence[Any]
    problem: str = ""


class _Kept:
    """What this process has read lately of finished runs, by run and log, at most MOST_KEPT steps in all."""

    def __init__(self) -> None:
        self._traces: OrderedDict[tuple[str, str, int], Trace] = OrderedDict()
        self._size = 0

    def get(self, key: tuple[str, str, int]) -> Trace | None:
        if key in self._traces:
            self._traces.move_to_end(key)
        return self._traces.get(key)

    def put(self, key: tuple[str, str, int], trace: Trace) -> None:
        if key in self._traces:
            return
        self._traces[key] = trace
        self._size += len(trace.nodes)
        while self._size > MOST_KEPT and len(self._traces) > 1:
            self._size -= len(self._traces.popitem(last=False)[1].nodes)


_kept = _Kept()
_timelines: OrderedDict[str, tuple[str, Timeline]] = OrderedDict()


async def read_trace(run: Run, state: dict[str, Any], meta: RunMeta) -> Trace:
    """Return the run's steps; `state` and `meta` are what `run_state` says of it."""
    if run.finished:
        key = (run.pk, run.log_id, run.seq)
        if (trace := _kept.get(key)) is not None:
            return trace
        if (trace := await _of_rows(run)) is not None:
            _kept.put(key, trace)
            return trace
    timeline, problem = await _timeline(run, meta)
    steps = state["steps"]
    times = timeline.steps
    nodes = [node_of_fold(at, steps[key], times.get(key) or StepTimes()) for at, key in enumerate(state["step_order"])]
    return Trace(nodes, copy.deepcopy(timeline.spans), problem)


async def _of_rows(run: Run) -> Trace | None:
    """Return the steps as they were recorded when the run ended; None where they were not."""
    rows = [_node(row) async for row in Step.objects.filter(run=run).order_by("position").values_list(*_COLUMNS)]
    spans = await Archive.objects.filter(pk=run.pk).values_list("spans", flat=True).afirst()
    if not rows and spans is None:
        return None
    return Trace(rows, spans or ())


def _node(row: tuple[Any, ...]) -> Node:
    started, ended, spans = row[6], row[7], row[18]
    return Node._make((*row[:6], epoch_ms(started), epoch_ms(ended), *row[8:18], tuple(map(tuple, spans or ()))))


async def _timeline(run: Run, meta: RunMeta) -> tuple[Timeline, str]:
    """Return the timeline of the run's log, gone on with from where it was left at the last look."""
    log_id, timeline = _timelines.get(run.pk, ("", Timeline()))
    if log_id != meta.log_id:
        timeline = Timeline()
    try:
        while timeline.seq < meta.last_seq:
            page = await run_events(run, timeline.seq, PAGE)
            if not page.events:
                break
            follow(timeline, page.events)
    except STORE_ERRORS:
        return timeline, "The store of runs in flight does not answer just now: tries and waits may be missing."
    _timelines[run.pk] = (meta.log_id, timeline)
    _timelines.move_to_end(run.pk)
    while len(_timelines) > TIMELINES_KEPT:
        _timelines.popitem(last=False)
    return timeline, ""
