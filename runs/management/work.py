"""The async work of a command, done to its end: what stands in its way is told in a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from django.core.management.base import CommandError

from genisys import STORE_ERRORS, GenisysError
from runs.service import close_engine

T = TypeVar("T")


def done(work: Coroutine[Any, Any, T]) -> T:
    """Give what the work gives. Raises CommandError where it cannot be done, or Redis is away."""
    return asyncio.run(_told(work))


async def _told(work: Coroutine[Any, Any, T]) -> T:
    try:
        return await work
    except STORE_ERRORS as error:
        raise CommandError("Redis does not answer. Is `manage.py up` running?") from error
    except GenisysError as error:
        raise CommandError(error.message) from error
    finally:
        await close_engine()
