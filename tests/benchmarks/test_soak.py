"""The soak tells what grows from what is flat; at full depth a short one is played."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.capacity.curves import Curve
from benchmarks.harness.plots import plot
from benchmarks.soak.page import write_page
from benchmarks.soak.watching import judge
from tests.depth import FULL

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("power", "flat"), [(0.0, True), (0.05, True), (0.5, False), (1.0, False), (-1.0, True)])
def test_growth_is_told_from_flatness_behind_the_first_part(power: float, flat: bool) -> None:
    points = {at: 100 * max(at, 600) ** power for at in range(60, 3601, 60)}
    assert judge(Curve("x", "seconds", "MB", "memory", points), 3600).flat is flat


@pytest.mark.parametrize("growing", [False, True])
def test_minutes_in_which_a_server_was_away_neither_make_growth_nor_hide_it(growing: bool) -> None:
    points = {at: 30 * (max(at, 600) ** 0.3 if growing else 1.0) for at in range(60, 3601, 60)}
    points |= dict.fromkeys((1200, 1800, 2400, 3000, 3540, 3600), 9000.0)
    assert judge(Curve("x", "seconds", "ms", "lag", points), 3600).flat is not growing


def test_what_happens_at_the_start_is_not_judged() -> None:
    points = {at: float(min(at, 600)) for at in range(60, 3601, 60)}
    assert judge(Curve("x", "seconds", "MB", "memory", points), 3600).flat


def test_the_page_has_a_plot_of_each_curve_that_was_measured(tmp_path: Path) -> None:
    curves = [Curve("a", "seconds", "MB", "memory of <it>", {60: 1.0, 120: 2.0}), Curve("b", "seconds", "", "none")]
    write_page(tmp_path / "soak.html", "told", [judge(each, 120) for each in curves])
    page = (tmp_path / "soak.html").read_text()
    assert page.count("<svg") == 1 and "memory of &lt;it&gt;" in page


def test_a_plot_is_small_and_read_in_both_themes() -> None:
    drawn = plot("x", "size", {"a": [(10, 1.0), (1000, 3.0)]}, logarithmic=True)
    assert "prefers-color-scheme: dark" in drawn and len(drawn) < 60_000


@pytest.mark.skipif(not FULL, reason="plays the product for a minute: at full depth")
@pytest.mark.timeout(900)
def test_a_minute_of_mixed_load_loses_nothing(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "benchmarks.soak", "--minutes", "1", "--open", "4", "--viewers", "4"]
    argv += ["--kill-every", "25", "--deploy-every", "35", "--lose-every", "20", "--folder", str(tmp_path)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=850)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "faults: 0" in done.stdout and "memory that Redis uses" in done.stdout
    assert not list(tmp_path.iterdir()), "its files are gone"
