"""The people, engine, worker and control of the tests of runs."""

from __future__ import annotations

from tests.runs.conftest import control, ended, engine, eventually, people, recorded, worker

__all__ = ["control", "ended", "engine", "eventually", "people", "recorded", "worker"]
