"""What one person's pages can do to everybody else: nothing but cost one attempt.

GENISYS_CROWD_RUNS sets how many innocent runs go on beside them (`make storm`: 40, on both databases); without it they
are few, on SQLite alone, and so are the kinds of pages.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.chaos import poison
from tests.chaos.crowd import Crowd

RUNS = int(os.environ.get("GENISYS_CROWD_RUNS", "6"))
DATABASES = ["sqlite", "postgresql"] if "GENISYS_CROWD_RUNS" in os.environ else ["sqlite"]
MOST_MB = 1200.0
GROWTH = 1.1


@pytest.mark.timeout(240 + 30 * RUNS)
@pytest.mark.parametrize("database", DATABASES)
def test_poison_pages_stop_nobody(own_parts: Any, database: str, request: pytest.FixtureRequest) -> None:
    if database == "postgresql":
        own_parts.env["DATABASE_URL"] = request.getfixturevalue("postgres").create("poison")
    own_parts.start()
    own_parts.add_worker()
    account = Crowd(own_parts).run(RUNS)
    print(f"\n{database}\n{account}")
    assert account.innocent == {"completed": RUNS}
    assert max(account.attempts) <= 2, "an innocent run lost more than one attempt"
    assert account.poison_status == "completed"
    assert set(account.outcomes) == set(poison.POISONS)
    assert not [kind for kind, (stage, _) in account.outcomes.items() if stage == "reading"]
    assert not [kind for kind, (stage, note) in account.outcomes.items() if stage != "read" and " " not in note]
    assert not account.refused
    assert max(account.most_mb.values()) < MOST_MB
    assert not {name: mb for name, mb in account.after_mb.items() if mb[1] > GROWTH * mb[0]}
