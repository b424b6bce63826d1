"""The async work of a command, done to its end; what stands in its way becomes a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from django.core.management.base import CommandError

from genisys import GenisysError
from genisys.host import STORE_ERRORS
from runs.engines import close_engine
from runs.terminal.screen import clean

T = TypeVar("T")


def done(work: Coroutine[Any, Any, T]) -> T:
    """Return what the work returns. Raises CommandError where it cannot be done, or Redis is away."""
    return asyncio.run(_finished(work))


async def _finished(work: Coroutine[Any, Any, T]) -> T:
    try:
        return await work
    except STORE_ERRORS as error:
        raise CommandError("Redis does not answer. Is `manage.py up` running?") from error
    except GenisysError as error:
        raise CommandError(clean(error.message)) from error
    finally:
        await close_engine()
