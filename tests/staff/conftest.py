"""Staff before the dashboard, with an engine on a real Redis. People and engine are those of the runs' tests."""

from __future__ import annotations

from tests.runs.conftest import engine, people

__all__ = ["engine", "people"]
