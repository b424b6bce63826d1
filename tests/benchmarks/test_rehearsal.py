"""A deploy there and back under runs and viewers loses nothing and does nothing twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.depth import FULL

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not FULL, reason="it takes half a minute: make test-full")
def test_a_rehearsed_deploy_loses_nothing_and_doubles_nothing():
    argv = [sys.executable, "-m", "benchmarks.rehearsal", "--runs", "4", "--viewers", "8"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=280)
    # The exit code judges the viewers' silence, too, which on a busy machine says nothing of the deploy.
    assert "lost: 0, with a hole or a step done twice: 0" in done.stdout, done.stderr
    assert "moved: 8 hand-overs of 4 runs" in done.stdout
