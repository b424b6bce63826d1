"""The timeout policy: a limit on each try of a body."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .errors import GenisysError


class StepTimeout(GenisysError):
    """One try of a component took longer than its timeout. Counts as an error that may be tried again."""


@asynccontextmanager
async def limit(seconds: float | None, name: str) -> AsyncIterator[None]:
    """Raise StepTimeout in the body when it takes longer than `seconds` (None: no limit)."""
    if seconds is None:
        yield
        return
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            yield
    except TimeoutError as error:
        if deadline.expired():
            raise StepTimeout(f"“{name}” took longer than its limit of {seconds:g} s and was stopped.") from error
        raise
