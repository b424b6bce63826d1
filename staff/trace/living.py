"""Runs in flight as this process saw them last: a look at one takes up what is new, and draws anew what it touched.

Folding a log of ten thousand steps, or copying its fold, takes a quarter of a second; most looks find a few events.
"""

from __future__ import annotations

import asyncio
import copy
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from genisys.host import STORE_ERRORS, Engine, RunMeta, StepTimes, Timeline, follow, new_state
from staff.waterfall.node import Node, node_of_fold

MOST_RUNS = 16
PAGE = 1000
EVERY_STEP = "*"
MISSING = "The store of runs in flight does not answer just now: tries and waits may be missing."
_COUNTED = ("completed", "failed", "stopped")
_ENDS = {status: {"status": status, "parent": "-"} for status in _COUNTED}

State = dict[str, Any]


class LivingRun:
    """One run: its fold, its timeline, and the nodes made of both. `look` may be called by many at once."""

    def __init__(self) -> None:
        self.state: State = new_state()
        self.timeline = Timeline()
        self.nodes: list[Node] = []
        self._log_id = ""
        self._now: set[str] = set()
        self._later: set[str] = set()
        self._lock = asyncio.Lock()

    async def look(self, engine: Engine, run_id: str) -> tuple[RunMeta, str] | None:
        """Take up what is new; return the run's meta and what is missing, None where Redis does not hold the run.

        Raises STORE_ERRORS, and ValueError where the log has a hole.
        """
        async with self._lock:
            if self._log_id:
                found = await engine.snapshot(run_id, self.state, self._log_id)
            else:
                found = await engine.snapshot(run_id)
            if found is None:
                return None
            meta, self.state = found
            if meta.log_id != self._log_id:
                self._log_id, self.timeline, self.nodes = meta.log_id, Timeline(), []
            missing = await self._follow(engine, meta)
            self._make_nodes()
            return meta, missing

    async def _follow(self, engine: Engine, meta: RunMeta) -> str:
        try:
            while self.timeline.seq < meta.last_seq:
                page = await engine.read(meta.run_id, self.timeline.seq, PAGE)
                if not page.events:
                    break
                follow(self.timeline, page.events)
                self._note(page.events)
        except STORE_ERRORS:
            self._later.add(EVERY_STEP)
            return MISSING
        return ""

    def _note(self, events: Iterable[dict[str, Any]]) -> None:
        """Note what these events touch. Those that came after the fold was read are met again at the next look."""
        for event in events:
            touched = self._later if event["seq"] > self.state["seq"] else self._now
            if event["type"].startswith("run."):
                touched.add(EVERY_STEP)  # Waiting, a lost worker and the end change every open step.
            elif event["type"].startswith("step."):
                touched.add(event["step"])

    def _make_nodes(self) -> None:
        steps, order = self.state["steps"], self.state["step_order"]
        if EVERY_STEP in self._now:
            self.nodes = []
        for at in range(len(self.nodes)):
            if order[at] in self._now:
                self.nodes[at] = self._node(at, steps[order[at]])
        self.nodes.extend(self._node(at, steps[order[at]]) for at in range(len(self.nodes), len(order)))
        self._now, self._later = self._later, set()

    def _node(self, at: int, seen: dict[str, Any]) -> Node:
        return node_of_fold(at, seen, self.timeline.steps.get(seen["key"]) or StepTimes())


def light(state: State, nodes: Iterable[Node]) -> State:
    """Return a fold of one's own with no more than what a head shows: of steps inside others, how each ended."""
    steps = state["steps"]
    kept = {
        node.key: _ENDS[node.status] if node.parent and node.status in _COUNTED else copy.copy(steps[node.key])
        for node in nodes
        if node.key in steps
    }
    order = [node.key for node in nodes if not node.parent]
    return {**{name: copy.copy(value) for name, value in state.items()}, "steps": kept, "step_order": order}


_runs: OrderedDict[str, LivingRun] = OrderedDict()


def living(run_id: str) -> LivingRun:
    """Return the run as it was seen last, one that was never seen where it is new."""
    found = _runs.setdefault(run_id, LivingRun())
    _runs.move_to_end(run_id)
    while len(_runs) > MOST_RUNS:
        _runs.popitem(last=False)
    return found


def forget(run_id: str) -> None:
    """Let go of a run that has ended."""
    _runs.pop(run_id, None)
