"""A fleet in a storm: nothing is lost, nothing that was finished is paid for again, and what may have been is told.

GENISYS_STORM_RUNS sets how many runs there are (`make chaos`: 1,000; `make test-full`: 60; `make test`: 16).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos.storm import Storm
from tests.depth import by_depth

RUNS = int(os.environ.get("GENISYS_STORM_RUNS", by_depth("16", "60")))


@pytest.mark.timeout(60 + 6 * RUNS)
async def test_a_fleet_survives_a_storm(tmp_path: Path) -> None:
    storm = Storm(tmp_path, seed=RUNS)
    account = await storm.run(RUNS)
    print(account)
    assert not account.errors
    assert not account.wrong
    assert account.statuses == {"completed": RUNS}
    assert account.completed_repeated == 0, "a step that had completed was begun again"
    assert account.unreported == 0, "the provider was asked more often than the logs tell"
    assert not account.leaked, "keys without an end"
    assert account.faults.total() > 0
    assert account.attempts.keys() - {1}, "no fault met a run"
