"""Reads a run's steps without what went in and out of them: a finished run's from its rows, else from its log.

What was read of a log is kept for the next look at it, and so are the steps of finished runs, which change no more.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genisys.host import STORE_ERRORS, RunMeta, StepTimes
from runs.engines import engine
from runs.models import Archive, Run, Step
from runs.record.states import run_state
from runs.record.times import epoch_ms
from staff.trace.living import MISSING, forget, light, living
from staff.waterfall.node import Node, node_of_fold
from staff.waterfall.tree import Tree

State = dict[str, Any]
Key = tuple[Any, ...]

MOST_KEPT = 60_000
"""Steps of finished runs that a process keeps: some 30 MB."""
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
    """A run as its page shows it: how it stands, its steps, and its own attempts and waits.

    `state` is its fold, of a finished run without what stands in `tree` already. `problem` says in a sentence why some
    of it is missing, "" where nothing is.
    """

    state: State
    meta: RunMeta
    tree: Tree
    spans: Sequence[Any]
    problem: str = ""


class _Kept:
    """What this process has read lately of finished runs, by run and archive, at most MOST_KEPT steps in all."""

    def __init__(self) -> None:
        self._traces: OrderedDict[Key, Trace] = OrderedDict()
        self._size = 0

    def get(self, key: Key) -> Trace | None:
        if key in self._traces:
            self._traces.move_to_end(key)
        return self._traces.get(key)

    def put(self, key: Key, trace: Trace) -> None:
        if key in self._traces:
            return
        self._traces[key] = trace
        self._size += len(trace.tree.nodes)
        while self._size > MOST_KEPT and len(self._traces) > 1:
            self._size -= len(self._traces.popitem(last=False)[1].tree.nodes)


_kept = _Kept()


async def read_trace(run: Run) -> Trace:
    """Return the run as it is now."""
    if not run.finished:
        return await _of_log(run)
    # Asked each time: where a run's content was deleted, nothing that was kept of it is shown any more.
    archived = await Archive.objects.filter(pk=run.pk).values_list("created_at", "spans").afirst()
    if archived is None:
        return await _of_rows(run, ()) or await _of_log(run)
    key = (run.pk, run.log_id, run.seq, archived[0])
    trace = _kept.get(key) or await _of_rows(run, archived[1]) or await _of_log(run)
    _kept.put(key, trace)
    forget(run.pk)
    return trace


async def _of_rows(run: Run, spans: Sequence[Any]) -> Trace | None:
    """Return the run as it was recorded when it ended; None where no steps were."""
    nodes = [_node(row) async for row in Step.objects.filter(run=run).order_by("position").values_list(*_COLUMNS)]
    if not nodes:
        return None
    state, meta = await run_state(run)
    return Trace(_ended(light(state, nodes)), meta, Tree(nodes), spans)


def _ended(state: State) -> State:
    """Return the fold of a run that has ended, of which nobody asks what it is at."""
    return {**state, "step_order": []}


async def _of_log(run: Run) -> Trace:
    """Return the run from its log; from its row alone where Redis has none, is away, or cannot be read."""
    seen = living(run.pk)
    try:
        found = await seen.look(engine(), run.pk)
    except (*STORE_ERRORS, ValueError):
        found = None
    if found is None:
        forget(run.pk)
        state, meta = await run_state(run)
        nodes = [node_of_fold(at, state["steps"][key], StepTimes()) for at, key in enumerate(state["step_order"])]
        return Trace(state, meta, Tree(nodes), (), "" if run.finished or await engine().healthy() == "" else MISSING)
    meta, missing = found
    nodes = list(seen.nodes)
    return Trace(light(seen.state, nodes), meta, Tree(nodes), copy.deepcopy(seen.timeline.spans), missing)


def _node(row: tuple[Any, ...]) -> Node:
    started, ended, spans = row[6], row[7], row[18]
    return Node._make((*row[:6], epoch_ms(started), epoch_ms(ended), *row[8:18], tuple(map(tuple, spans or ()))))
