"""The workflows of a worker whose host's clock is wrong: by HOST_AHEAD_S seconds, from before its first look at it."""

from __future__ import annotations

import datetime
import os
import sys
import time
from types import ModuleType
from typing import Any

AHEAD_S = float(os.environ.get("HOST_AHEAD_S", "0"))

_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + AHEAD_S
time.time_ns = lambda: _time_ns() + int(AHEAD_S * 1e9)


class _Skewed(datetime.datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return datetime.datetime.now(tz) + datetime.timedelta(seconds=AHEAD_S)


def _skew(module: ModuleType) -> None:
    """Let a module that asks `datetime` for the time see the wrong one too, as docket's do."""
    if getattr(module, "datetime", None) is datetime.datetime:
        module.datetime = _Skewed  # type: ignore[attr-defined]


for name, module in list(sys.modules.items()):
    if name.split(".")[0] == "docket":
        _skew(module)

from tests.engine import flows  # noqa: E402, F401 - registers its workflows
