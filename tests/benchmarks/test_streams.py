"""The benchmark of the streams runs, says what it measured, and catches what must not happen, however fast it was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.streams.check import Faults, Reader, Written, digest_of
from benchmarks.streams.command import MEASURES
from benchmarks.streams.viewers import masked, unframed
from tests.depth import by_depth

ROOT = Path(__file__).resolve().parents[2]
FIGURES = [
    "lost",
    "doubled",
    "reordered",
    "silent_gaps",
    "p50_ms",
    "p99_ms",
    "redis_connections",
    "kb_per_viewer",
    "storm_caught_up_s",
    "first_paint_ratio",
    "wire_live",
    "wire_replay",
    "vs_xread_each",
    "vs_group_send",
    "vs_eventstream",
]
WORDS = ["one ", "two ", "three ", "four ", "fünf "]
TEXT = "".join(WORDS)


def _log() -> list[dict[str, Any]]:
    """A run's events as they are written: a start, a text in pieces, the whole text, the end."""
    events: list[dict[str, Any]] = [{"seq": 1, "type": "run.started"}]
    off = 0
    for word in WORDS:
        events.append({"seq": len(events) + 1, "type": "text.delta", "block": "text", "off": off, "txt": word})
        off += len(word)
    events.append({"seq": len(events) + 1, "type": "text.final", "block": "text", "txt": TEXT})
    events.append({"seq": len(events) + 1, "type": "run.completed"})
    return events


WRITTEN = Written(last=len(_log()), digest=digest_of(TEXT))


def _account(*batches: list[dict[str, Any]], end: int | None = WRITTEN.last, written: Written = WRITTEN) -> Faults:
    """What a viewer says who was sent these batches."""
    reader = Reader()
    for events in batches:
        reader.batch("log", events[0]["seq"] - events[0].get("covers", 1) + 1, events)
    if end is not None:
        reader.end(end)
    return reader.closing_account(written)


def test_a_stream_as_it_should_be_has_no_faults() -> None:
    events = _log()
    assert _account(events[:3], events[3:4], events[4:]) == Faults()


def test_history_in_which_events_stand_for_others_has_no_faults() -> None:
    final, ended = _log()[-2:]
    assert _account([_log()[0]], [{**final, "covers": 6}, ended]) == Faults()


def test_a_covering_event_that_reaches_back_over_the_cursor_has_no_faults() -> None:
    events = _log()
    joined = {**events[1], "txt": TEXT, "seq": 6, "covers": 5}
    assert _account(events[:3], [joined, *events[6:]]) == Faults()


def test_a_final_text_that_stands_for_pieces_which_did_not_come_has_no_faults() -> None:
    events = _log()
    assert _account(events[:3], [{**events[6], "covers": 4}, events[7]]) == Faults()


def test_an_event_that_is_left_out_is_lost_and_a_silent_gap() -> None:
    events = _log()
    faults = _account(events[:3], events[4:])
    assert (faults.lost, faults.silent_gaps) == (1, 1)
    assert faults.wrong_text, "a word is missing"


def test_an_event_that_is_missing_within_a_batch_is_lost_too() -> None:
    events = _log()
    assert _account([*events[:3], *events[4:]]).lost == 1


def test_a_covering_event_behind_a_hole_does_not_hide_it() -> None:
    events = _log()
    faults = _account(events[:1], [{**events[4], "covers": 2}, *events[5:]])
    assert (faults.lost, faults.silent_gaps) == (2, 1)


def test_an_event_that_comes_twice_is_doubled() -> None:
    events = _log()
    faults = _account(events[:4], events[3:])
    assert faults == Faults(doubled=1)


def test_an_event_that_comes_late_is_reordered_and_not_lost() -> None:
    events = _log()
    faults = _account(events[:1], events[2:3], events[1:2], events[3:])
    assert (faults.lost, faults.reordered, faults.silent_gaps) == (0, 1, 1)


def test_a_batch_whose_head_says_less_than_it_skips_is_a_silent_gap() -> None:
    reader, events = Reader(), _log()
    reader.batch("log", 1, events[1:])
    assert reader.faults.silent_gaps


def test_another_log_without_a_resync_is_a_silent_gap() -> None:
    reader, events = Reader(), _log()
    reader.batch("log", 1, events[:2])
    reader.batch("another", 3, events[2:])
    assert reader.faults.silent_gaps == 1


def test_a_resync_is_no_fault_from_the_beginning_or_from_a_state() -> None:
    events = _log()
    reader = Reader()
    reader.batch("log", 1, events[:4])
    reader.resync({"log_id": "another", "reason": "log_id"})
    reader.batch("another", 1, events[:3])
    state = {"blocks": {"text": {"txt": TEXT}}}
    reader.resync({"log_id": "another", "reason": "trimmed", "seq": 6, "state": state})
    reader.batch("another", 7, events[6:])
    reader.end(8)
    assert reader.closing_account(WRITTEN) == Faults()


@pytest.mark.parametrize(
    "more",
    [
        lambda reader: reader.batch("log", 9, [{"seq": 9, "type": "status"}]),
        lambda reader: reader.end(8),
        lambda reader: reader.resync({"log_id": "log", "reason": "ahead"}),
    ],
)
def test_what_comes_behind_the_end_is_a_fault(more: Callable[[Reader], None]) -> None:
    reader = Reader()
    reader.batch("log", 1, _log())
    reader.end(8)
    more(reader)
    assert reader.closing_account(WRITTEN).after_end == 1


def test_a_viewer_without_an_end_says_so_and_what_is_missing() -> None:
    faults = _account(_log()[:6], end=None)
    assert (faults.unended, faults.lost) == (1, 2)


def test_an_end_that_comes_too_early_is_a_silent_gap() -> None:
    faults = _account(_log()[:6], end=8)
    assert (faults.silent_gaps, faults.lost) == (1, 2)


def test_another_text_than_was_written_is_caught() -> None:
    events = _log()
    events[3]["txt"] = "trois "
    without_final = [*events[:6], {**events[7], "seq": 7}]
    faults = _account(without_final, end=7, written=Written(7, digest_of(TEXT)))
    assert faults == Faults(wrong_text=1)


def test_a_text_with_a_hole_is_caught() -> None:
    events = _log()
    events[3]["off"] += 1
    assert _account(events).wrong_text


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_the_client_takes_frames_of_every_size_out_of_the_bytes(size: int) -> None:
    length = (
        bytes([size])
        if size < 126
        else (b"\x7e" + size.to_bytes(2, "big") if size < 65536 else b"\x7f" + size.to_bytes(8, "big"))
    )
    data = b"before" + b"\x81" + length + b"x" * size + b"after"
    assert unframed(data, 6) == (1, 7 + len(length), 7 + len(length) + size)
    assert unframed(data[: 6 + len(length) + size], 6) is None, "a byte is missing"


def test_the_client_masks_what_it_says() -> None:
    assert masked(1, b"hey") == b"\x81\x83\x00\x00\x00\x00hey"


def _started(folder: Path, *options: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "benchmarks.streams", "--quick", "--folder", str(folder), *options]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


WITHOUT_RIVALS = [name for name in MEASURES if name != "baselines"]
# The commit's own: the two without a crowd of viewers, beside `latency` further down. The crowds' accounts are held by
# the units above, their machinery by `latency`, which is made of the same parts.
MEASURED, EXPECTED = by_depth(
    (["wire", "paint"], ["wire_live", "wire_replay", "first_paint_ratio"]), (WITHOUT_RIVALS, FIGURES[4:12])
)


@pytest.mark.timeout(500)
def test_json_ends_with_one_line_of_exactly_the_figures(tmp_path: Path) -> None:
    process = _started(tmp_path, "--json", "--only", *MEASURED)
    said, errors = process.communicate(timeout=480)
    assert process.returncode == 0, errors
    figures: dict[str, Any] = json.loads(said.splitlines()[-1])
    assert list(figures) == FIGURES
    assert [figures[name] for name in FIGURES[:4]] == [0, 0, 0, 0]
    measured = {name for name, value in figures.items() if value is not None}
    assert measured == {*FIGURES[:4], *EXPECTED}
    assert all(figures[name] > 0 for name in EXPECTED)
    assert not list(tmp_path.iterdir()), "its files are gone"


@pytest.mark.timeout(500)
def test_the_table_names_every_figure_and_uvicorn_serves_too(tmp_path: Path) -> None:
    process = _started(tmp_path, "--only", "latency", "--server", "uvicorn")
    said, errors = process.communicate(timeout=480)
    assert process.returncode == 0, errors
    lines = {line.split()[0]: line for line in said.splitlines() if line}
    assert all(name in lines for name in FIGURES)
    assert "≤ 200" in lines["p99_ms"]


@pytest.mark.full  # What it stands on beside the other libraries is `latency` above.
@pytest.mark.timeout(200)
def test_the_others_run_where_they_are_installed(tmp_path: Path) -> None:
    pytest.importorskip("django_eventstream", reason="requirements-bench.txt is not installed")
    pytest.importorskip("channels_redis", reason="requirements-bench.txt is not installed")
    process = _started(tmp_path, "--json", "--only", "baselines")
    said, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    figures = json.loads(said.splitlines()[-1])
    assert all(figures[name] > 0 for name in FIGURES[12:])


@pytest.mark.timeout(400)
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    process = _started(tmp_path, "--only", "latency")
    deadline = time.monotonic() + 240
    while not list(tmp_path.glob(".bench-*/latency-site/web-1.log")):
        assert time.monotonic() < deadline, "the web process was not started"
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 130, errors
    assert not list(tmp_path.iterdir())
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True)
    assert str(tmp_path) not in listed.stdout
