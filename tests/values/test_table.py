"""Every cell of the tables in docs/values.md says what happens, live and in a replay."""

from __future__ import annotations

import pytest

from tests.values.cells import PAGE, REASONS, alike, cell, documented, failure, line
from tests.values.flows import PLACES, RAISING
from tests.values.given import ROWS
from tests.values.in_memory import left_by_exception, left_by_value
from tests.values.raised import CAUSES


def test_the_page_has_a_row_for_each_value_and_each_exception_and_no_other() -> None:
    assert len(ROWS) >= 90 and len(CAUSES) >= 30
    assert documented().keys() == ROWS.keys() | CAUSES.keys()


@pytest.mark.parametrize("row", ROWS)
async def test_a_value_becomes_what_the_page_says(row: str) -> None:
    cells = {place: cell(row, place, await left_by_value(row, place)) for place in PLACES}
    assert line(row, cells) == documented()[row]


@pytest.mark.parametrize("row", CAUSES)
async def test_an_exception_ends_the_run_as_the_page_says(row: str) -> None:
    cells = {place: failure(place, await left_by_exception(row, place)) for place in RAISING}
    assert line(row, alike(cells)) == documented()[row]


def test_the_page_says_what_each_refusal_means_and_each_happens() -> None:
    page = PAGE.read_text()
    for short, words in REASONS.items():
        assert f"| {short} | “{words}” |" in page
        assert any(f"refused: {short} |" in row for row in documented().values()), short
