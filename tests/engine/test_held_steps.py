"""An attempt holds no more of a long run in memory than it may look up again, and finds what it left in the store."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import BaseModel

from genisys import Retry, checkpoint, component, record_usage, used, workflow
from genisys.testing import run_in_memory
from tests.engine.turning import HeldSteps

MOST = "genisys.journal.held_steps.MOST_HELD_BYTES"
RECORD = b'{"status":"completed","output":"as it was"}'

ran: Counter[str] = Counter()


class Order(BaseModel):
    name: str = "page"


class Result(BaseModel):
    said: list[str]
    tokens: int


@component
async def leaf(name: str) -> str:
    ran[name] += 1
    record_usage(input_tokens=10)
    return name.upper()


@component(retry=Retry(attempts=2, base=0.0))
async def retried(name: str) -> str:
    said = [await leaf(f"{name}-{number}") for number in range(3)]
    ran[name] += 1
    if ran[name] == 1:
        raise OSError("the first try fails")
    return " ".join(said)


@workflow(name="flow-held-steps")
async def goes_back(order: Order) -> Result:
    first = [await leaf("first"), await retried(order.name)]
    point = await checkpoint("again")
    if not point.restores:
        await point.restore("once more")
    return Result(said=[*first, await leaf("last")], tokens=used().tokens)


@pytest.mark.parametrize("most", [0, 250, 1_000_000])
@pytest.mark.parametrize("crash_after", [None, {"leaf": 3}, {"retried": 1}])
async def test_a_body_that_runs_again_finds_what_its_steps_returned_wherever_that_is(
    monkeypatch: pytest.MonkeyPatch, most: int, crash_after: dict[str, int] | None
) -> None:
    ran.clear()
    monkeypatch.setattr(MOST, most)
    report = await run_in_memory(goes_back, Order(), crash_after=crash_after)
    assert report.error is None
    assert report.output == Result(said=["FIRST", "PAGE-0 PAGE-1 PAGE-2", "LAST"], tokens=50)
    assert ran == {"first": 1, "page-0": 1, "page-1": 1, "page-2": 1, "page": 2, "last": 1}


def test_what_stands_below_a_finished_step_is_not_held_nor_what_it_remembered() -> None:
    journal = {"@input": b"{}", "!page": b'{"tries":1}', "below": RECORD, "beside": RECORD}
    held = HeldSteps(journal)
    held.finish("page", RECORD, ["below", "never-begun"])
    assert journal == {"@input": b"{}", "beside": RECORD, "page": RECORD}
    assert held.finished == 1


def test_what_is_beyond_the_bound_stays_in_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MOST, 2 * len(RECORD))
    journal: dict[str, bytes] = {}
    held = HeldSteps(journal)
    for key in "abcd":
        held.finish(key, RECORD, ())
    assert [held.record(key) is None for key in "abcd"] == [False, False, True, True]
    assert sum(map(len, journal.values())) == 2 * len(RECORD)
    held.drop("a")
    held.finish("e", RECORD, ())
    assert held.record("e") == {"status": "completed", "output": "as it was"}


def test_a_long_run_that_is_taken_up_again_is_let_go_as_it_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MOST, 2 * len(RECORD))
    journal = dict.fromkeys("abcdef", RECORD)
    held = HeldSteps(journal)
    assert all(held.record(key) is not None for key in "abcdef")
    assert sum(map(len, journal.values())) == 2 * len(RECORD)
