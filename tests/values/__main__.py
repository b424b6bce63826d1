"""`python -m tests.values`: print the tables of docs/values.md as they are now."""

from __future__ import annotations

import asyncio
import logging

import structlog

from tests.values.cells import alike, cell, failure, line
from tests.values.flows import PLACES, RAISING
from tests.values.given import GROUPS
from tests.values.in_memory import left_by_exception, left_by_value
from tests.values.raised import CAUSES


async def _print() -> None:
    for name, group in GROUPS.items():
        print(f"\n### {name}\n\n| value | argument | result | `status` | `publish` | workflow's result |")
        print("| --- " * (1 + len(PLACES)) + "|")
        for given in group:
            row = given.told
            print(line(row, {place: cell(row, place, await left_by_value(row, place)) for place in PLACES}))
    print("\n| raised | in a component | in one called by another | in `gather` | in `on_error` | in the workflow |")
    print("| --- " * (1 + len(RAISING)) + "|")
    for row in CAUSES:
        cells = {place: failure(place, await left_by_exception(row, place)) for place in RAISING}
        print(line(row, alike(cells)))


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(_print())
