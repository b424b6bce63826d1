"""A rehearsed deploy, as `deploy/rehearse` plays it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.rehearsal import Viewers
from tests.depth import FULL

ROOT = Path(__file__).resolve().parents[2]


class _Hub:
    """Gives every viewer its news at the times that are told, and then nothing more."""

    def __init__(self, waits: list[asyncio.Event]) -> None:
        self._waits = waits

    def view(self, _: str) -> _Hub:
        return self

    async def __aenter__(self) -> _Hub:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def __aiter__(self):
        for each in self._waits:
            await each.wait()
            yield each
        await asyncio.Event().wait()


async def test_a_viewer_without_news_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("benchmarks.rehearsal.time.monotonic", lambda: now)
    waits = [asyncio.Event(), asyncio.Event()]
    watching = Viewers(_Hub(waits))  # type: ignore[arg-type]
    watching.watch("run")
    waits[0].set()
    while not watching.all_listen():
        await asyncio.sleep(0)
    now = 103.5
    await watching.stop()
    assert watching.longest_s == 3.5


@pytest.mark.skipif(not FULL, reason="a deploy there and back takes a minute: at full depth")
@pytest.mark.timeout(300)
def test_a_rehearsed_deploy_loses_nothing_and_doubles_nothing() -> None:
    argv = [sys.executable, "-m", "benchmarks.rehearsal", "--runs", "6", "--viewers", "24"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert "lost: 0, with a hole or a step done twice: 0" in done.stdout, done.stdout + done.stderr
