"""The gates before providers: what their contract is made of, and how a test begins without what others have met."""

from __future__ import annotations

import pytest

# Gates have no face: authors see only when a call goes out. Their contract is held to the parts, over both stores.
from genisys.limits.gates import (
    BREAK_AFTER,
    HELD_ASK_AGAIN_MS,
    HOUR_MS,
    LONGEST_HOLD_MS,
    LONGEST_PAUSE_MS,
    OPEN_CAP_MS,
    OPEN_FIRST_MS,
    PAUSE_CAP_MS,
    PAUSE_FIRST_MS,
    PAUSES_APART_MS,
    PROBE_MS,
    SLOT_GOOD_FOR_MS,
    USED_SHARE,
    WINDOW_MS,
    Gates,
    Limits,
    Use,
)
from genisys.limits.local_gates import LocalGates  # as above
from genisys.providers import route  # calls outside runs share one set of gates a process, which no face empties
from genisys.providers.provider import configured  # no face says what `configure` was last given

__all__ = [
    "BREAK_AFTER",
    "HELD_ASK_AGAIN_MS",
    "HOUR_MS",
    "LONGEST_HOLD_MS",
    "LONGEST_PAUSE_MS",
    "OPEN_CAP_MS",
    "OPEN_FIRST_MS",
    "PAUSES_APART_MS",
    "PAUSE_CAP_MS",
    "PAUSE_FIRST_MS",
    "PROBE_MS",
    "SLOT_GOOD_FOR_MS",
    "USED_SHARE",
    "WINDOW_MS",
    "Gates",
    "Limits",
    "LocalGates",
    "Use",
    "configured",
    "forget_what_was_met",
]


def forget_what_was_met(patch: pytest.MonkeyPatch) -> None:
    """Let calls outside runs begin with gates of their own, for the length of one test."""
    patch.setattr(route, "_outside_runs", LocalGates())
