"""Taking measures in turn, and the machine that they are taken on."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

from .processes import BenchmarkFailed, log_errors_alone, scratch

T = TypeVar("T")


def taken(folder: str | None, measure: Callable[[Path], Coroutine[Any, Any, T]]) -> T:
    """Return what is measured in a folder of its own within the given one. Raises SystemExit(130) when stopped."""
    log_errors_alone()
    with scratch(folder) as own:
        try:
            return asyncio.run(measure(own))
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("Stopped; what was started has ended.", file=sys.stderr)
            raise SystemExit(130) from None


async def in_turn(
    names: Iterable[str],
    measure: Callable[[str], Awaitable[T]],
    *,
    longest_s: float | None = None,
    remark: Callable[[T], str] = lambda _: "",
) -> tuple[dict[str, T], bool]:
    """Take the measures of these names one after another; return what they found, and whether any failed.

    One that fails, or takes longer than `longest_s`, says so on stderr and is left out. SIGTERM cancels them as Ctrl-C
    does, so that what was started ends.
    """
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    found: dict[str, T] = {}
    failed = False
    for name in names:
        before = time.monotonic()
        try:
            async with asyncio.timeout(longest_s):
                found[name] = await measure(name)
        except (BenchmarkFailed, TimeoutError) as error:
            failed = True
            say(f"{name} FAILED: {str(error) or 'it took too long'}")
            continue
        say(f"{name}: {time.monotonic() - before:.0f} s{remark(found[name])}")
    return found, failed


def machine() -> str:
    """Return what figures must be read with: the interpreter, the cores, and the load of the last minute."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def say(text: str) -> None:
    """Tell people who look on how it goes; what programs read is on stdout."""
    print(text, file=sys.stderr, flush=True)
