"""The figures of capacity: growth is told from flatness, and what is measured is all that was asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.capacity.curves import Curve

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("power", [-1.0, 0.0, 0.5, 1.0, 2.0])
def test_the_exponent_is_that_of_the_growth(power: float):
    curve = Curve("x", "runs", "ms", "x", {size: 3 * size**power for size in (10, 100, 1000)})
    assert curve.exponent == pytest.approx(power)


def test_one_size_alone_has_no_exponent():
    assert Curve("x", "runs", "ms", "x", {10: 1.0}).exponent is None


@pytest.mark.timeout(420)
def test_json_has_each_curve_with_its_sizes(tmp_path: Path):
    argv = [sys.executable, "-m", "benchmarks.capacity", "--quick", "--json", "--only", "events"]
    done = subprocess.run([*argv, "--folder", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    [curve] = json.loads(done.stdout.splitlines()[-1])["curves"].values()
    assert set(curve["points"]) == {"1000", "10000", "20000"}
    whole = {int(size): per * int(size) / 1000 for size, per in curve["points"].items()}
    assert 0 < whole[1000] < whole[20_000] < 2 * whole[1000], "a compacted log is not as long as what was written"
    assert not list(tmp_path.iterdir()), "its files are gone"
