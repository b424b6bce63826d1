"""The steps of a run: as its journal has them, and as the rows that are kept of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from genisys.host import StepRecord, StepTimes, Timeline
from runs.engines import engine
from runs.models import Run, Step
from runs.record import archive
from runs.record.costs import whole_cost
from runs.record.states import archive_of
from runs.record.storable import storable
from runs.record.times import moment


async def run_steps(run: Run) -> list[StepRecord]:
    """Return the run's finished steps with their inputs and outputs, oldest first."""
    if run.finished and (archived := await archive_of(run, "state", "events")) is not None:
        return archive.journal_of(archived)
    return await engine().journal(run.pk)


def step_rows(
    run_id: str, state: dict[str, Any], journal: Iterable[StepRecord], timeline: Timeline | None = None
) -> list[Step]:
    """Return the unsaved rows of all steps, in the order of their first start.

    The journal knows what went in and out of finished steps; the fold also knows those that never finished. The
    timeline, where it is given, adds what each try ran on, and when.
    """
    records = {record.key: record for record in journal}
    times = timeline.steps if timeline else {}
    keys = [*state["step_order"], *(key for key in records if key not in state["steps"])]
    rows = [
        _row_of_record(run_id, position, records[key])
        if key in records
        else _row_of_fold(run_id, position, state["steps"][key])
        for position, key in enumerate(keys)
    ]
    for row in rows:
        _timed(row, times.get(row.key) or StepTimes())
    return rows


def _timed(row: Step, times: StepTimes) -> None:
    row.worker, row.attempt, row.cached_from = times.worker[:100], times.attempt, times.cached[:36]
    plain = len(times.spans) < 2 and all(span[0] in ("done", "failed") for span in times.spans)
    row.spans = None if plain else storable(times.spans)


def _row_of_record(run_id: str, position: int, record: StepRecord) -> Step:
    return Step(
        run_id=run_id,
        position=position,
        key=record.key,
        parent_key=record.parent or "",
        name=record.name[:200],
        title=storable(record.title),
        status=record.status,
        input=storable(record.input),
        output=storable(record.output),
        error=storable(record.error),
        started_at=moment(record.started_ms),
        ended_at=moment(record.ended_ms),
        tries=record.tries,
        model=record.model[:200],
        provider=record.provider[:100],
        call=record.call[:100],
        input_tokens=record.input_tokens,
        output_tokens=record.output_tokens,
        cost_microusd=record.cost_microusd,
    )


def _row_of_fold(run_id: str, position: int, seen: dict[str, Any]) -> Step:
    return Step(
        run_id=run_id,
        position=position,
        key=seen["key"],
        parent_key=seen["parent"] or "",
        name=seen["name"][:200],
        title=storable(seen["title"]),
        status=seen["status"],
        error=storable(seen["error"]),
        started_at=moment(seen["started_at"]),
        ended_at=moment(seen["ended_at"]),
        tries=seen["tries"],
        model=seen["model"][:200],
        provider=seen["provider"][:100],
        input_tokens=seen["input_tokens"],
        output_tokens=seen["output_tokens"],
        cost_microusd=whole_cost(seen["cost_microusd"], seen.get("unpriced", False)),
    )
