"""Run one cell in memory; once more where it passes, killed after it, so that the value is replayed as well."""

from __future__ import annotations

from genisys.host import new_run_id
from genisys.testing import run_in_memory
from tests.values.cells import Left
from tests.values.flows import Asked, caught, flow_of, odd_exceptions, seen


async def left_by_value(row: str, place: str) -> Left:
    """Return the row's value in that place."""
    flow, asked = flow_of(row, place), Asked(row=row, place=place)
    once, again = new_run_id(), new_run_id()
    report = await run_in_memory(flow, asked, run_id=once)
    if report.error is not None:
        return Left(report.events, report.error, attempts=report.attempts)
    if place == "output":
        return Left(report.events, None, report.output.value)
    live = seen.pop(once, [])
    replayed = await run_in_memory(flow, asked, run_id=again, crash_after={"mark": 1})
    assert replayed.attempts == 2
    return Left(replayed.events, replayed.error, got=(*live, *seen.pop(again, [])), attempts=2)


async def left_by_exception(row: str, place: str) -> Left:
    """Raise the row's exception in that place. What the workflow catches of it is the same in a replay."""
    asked = Asked(row=row, place=place)
    once, again = new_run_id(), new_run_id()
    report = await run_in_memory(odd_exceptions, asked, run_id=once)
    if place != "workflow":
        replayed = await run_in_memory(odd_exceptions, asked, run_id=again, crash_after={"mark": 1})
        assert replayed.attempts == 2
        told = [vars(error) for error in (*caught.pop(once), *caught.pop(again))]
        assert len(told) == 3
        assert all(each == told[0] for each in told), f"live and replay differ: {told}"
    return Left(report.events, report.error, attempts=report.attempts)
