"""Tracebacks of our own faults, by which runs failed. For staff alone: no page, API answer or event has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genisys.host import STORE_ERRORS, StepRecord
from runs.engines import engine
from runs.models import Archive, Run
from runs.record.steps import run_steps


async def fault_of(run: Run, state: dict[str, Any], steps: Sequence[StepRecord] | None = None) -> str:
    """Return the traceback of the fault by which a run failed: the run's own, or that of the step it came from.

    "" where the run has not failed, where the reason was foreseen, or where the traceback is kept no more. The secrets
    of the run are dots in it. `state` is the run's fold; `steps` are read where they are not given.
    """
    if state["run_status"] != "failed":
        return ""
    try:
        if fault := await _outside_steps(run):
            return fault
        return _of_a_step(await run_steps(run) if steps is None else steps, state["error"])
    except STORE_ERRORS:
        return ""


async def _outside_steps(run: Run) -> str:
    if run.finished:
        kept = await Archive.objects.filter(pk=run.pk).values_list("fault", flat=True).afirst()
        if kept is not None:
            return kept
    return await engine().fault(run.pk)


def _of_a_step(steps: Sequence[StepRecord], error: object) -> str:
    """Return the traceback of the step whose error ended the run. Where several failed alike, the last one did."""
    with_traceback = [step for step in steps if step.traceback and step.error == error]
    return max(with_traceback, key=lambda step: step.ended_ms).traceback if with_traceback else ""
