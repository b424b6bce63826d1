"""The benchmark of limits runs and says what it measured; how well is no matter of a test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.harness.processes import BenchmarkFailed
from benchmarks.limits.quota import used

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(420)
def test_json_ends_with_one_line_of_the_figures(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "benchmarks.limits", "--json", "--only", "quota", "--seconds", "12"]
    done = subprocess.run(
        [*argv, "--folder", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert list(figures)[:3] == ["quota_used", "share_429", "failed_runs"]
    assert 0 < figures["quota_used"] <= 1.5
    assert (figures["failed_runs"], figures["outage_lost_s"]) == (0, None)
    assert not list(tmp_path.iterdir()), "its files are gone"


def test_the_use_of_a_quota_leaves_out_the_beginning_and_the_end() -> None:
    idle = [(float(second), 0) for second in range(5)]
    burst = [(5.0 + second, 50 + second) for second in range(5)]
    steady = [(10.0 + second, 60 + 9 * second) for second in range(80)]
    end = [(90.0 + second, 780) for second in range(30)]
    assert used([*idle, *burst, *steady, *end], 600, 780) == pytest.approx(0.9)
    with pytest.raises(BenchmarkFailed, match="over before"):
        used(burst, 600, 54)
