"""The benchmark runs and says what it measured. How fast anything was is no matter of a test."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(420)  # several Redis and workers start, one after another

ROOT = Path(__file__).resolve().parents[2]
FIGURES = [
    "fsync_step_vs_dbos_sqlite",
    "fsync_step_vs_floor",
    "default_step_vs_dbos_sqlite",
    "concurrent_vs_dbos_sqlite",
    "cluster_vs_one",
    "start_p50_ms",
    "start_p99_ms",
    "api_start_adds_ms",
    "resume_10k_s",
    "recover_child_s",
    "recover_host_s",
    "handover_50_s",
    "cancel_s",
    "fair_s",
]


def _started(folder: Path, *options: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "benchmarks.engine", "--quick", "--without-dbos", "--folder", str(folder), *options]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _running() -> dict[int, int]:
    """Every process that runs now, with its parent."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def _family(pid: int) -> set[int]:
    """The processes that this one started, and what those started."""
    running = _running()
    found: set[int] = set()
    while more := {child for child, parent in running.items() if parent in found | {pid}} - found:
        found |= more
    return found


def test_json_ends_with_one_line_of_exactly_the_figures(tmp_path: Path) -> None:
    process = _started(tmp_path, "--json", "--only", "sequential", "start")
    said, errors = process.communicate(timeout=400)
    assert process.returncode == 0, errors
    figures: dict[str, Any] = json.loads(said.splitlines()[-1])
    assert list(figures) == FIGURES
    measured = {name for name, value in figures.items() if value is not None}
    assert measured == {"fsync_step_vs_floor", "start_p50_ms", "start_p99_ms"}
    assert all(figures[name] > 0 for name in measured)
    assert not list(tmp_path.iterdir()), "its files are gone"


def test_the_table_puts_the_target_beside_each_figure(tmp_path: Path) -> None:
    process = _started(tmp_path, "--only", "cancel")
    said, errors = process.communicate(timeout=400)
    assert process.returncode == 0, errors
    lines = {line.split()[0]: line for line in said.splitlines() if line}
    assert all(name in lines for name in FIGURES)
    assert "≤ 2" in lines["cancel_s"]


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    process = _started(tmp_path, "--only", "recovery")
    deadline = time.monotonic() + 180
    while len(family := _family(process.pid)) < 3:
        assert time.monotonic() < deadline, "Redis and a worker with its child were not started"
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 130, errors
    assert not family & _running().keys()
    assert not list(tmp_path.iterdir())
