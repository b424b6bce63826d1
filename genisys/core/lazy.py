"""Modules that are imported when something of them is first used, since they are slow to import and seldom needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class LazyModule:
    """Stands for a module until it is used: `docket = LazyModule("docket")`, then `docket.Docket(...)`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)
