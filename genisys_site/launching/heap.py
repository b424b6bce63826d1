"""One heap for all threads of a process, where glibc would give each its own.

A web process hands requests to many threads, which leave holes in each of their heaps: its memory grew by half a
megabyte a minute under steady load. With one heap it stays where it is, and is less from the start. See mallopt(3).
"""

from __future__ import annotations

import ctypes
import os
import sys

_M_ARENA_MAX = -8
_SETTING = "MALLOC_ARENA_MAX"


def share_one() -> None:
    """Have all threads of this process, and those of all it starts, use one heap; a setting of the operator's stands.

    Call it before there are threads. Does nothing where the C library is not glibc.
    """
    if sys.platform != "linux" or _SETTING in os.environ:
        return
    os.environ[_SETTING] = "1"  # for whom this process starts: glibc reads it as a process begins
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
