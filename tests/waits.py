"""Waiting for what other tasks and processes bring about."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from genisys.host import STORE_ERRORS, Engine, RunMeta, Watch

T = TypeVar("T")
LOOK_S = 0.02


async def until(condition: Callable[[], Awaitable[T | None]], message: str, seconds: float = 40.0) -> T:
    """Wait until the condition gives something true, and give that; a look that hangs is cut short as well."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await condition()):
                await asyncio.sleep(LOOK_S)
            return found
    except TimeoutError:
        pytest.fail(f"{message} (not within {seconds:g} s)")


async def ended(engine: Engine, *run_ids: str, watch: Watch | None = None, seconds: float = 40.0) -> list[RunMeta]:
    """Wait until these runs have ended, and give their metas in this order. Redis may be away meanwhile."""

    async def all_closed() -> list[RunMeta] | None:
        with contextlib.suppress(*STORE_ERRORS):
            if watch is not None:
                await watch.sweep()
            found = await engine.metas(run_ids)
            metas = [found[run_id] for run_id in run_ids if run_id in found]
            return metas if len(metas) == len(run_ids) and all(meta.closed for meta in metas) else None
        return None

    return await until(all_closed, "not all runs ended", seconds)
