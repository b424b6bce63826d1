"""All threads of a process share one heap, so that requests leave no holes in many."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="no other C library gives each thread a heap of its own"
)

HEAPS_OF_THREADS = """
import ctypes, threading
begun = threading.Barrier(9)
def hold():
    held = [bytes(600) for _ in range(2000)]
    begun.wait()
threads = [threading.Thread(target=hold) for _ in range(8)]
for each in threads: each.start()
begun.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def _heaps(before: str = "", **env: str) -> int:
    argv = [sys.executable, "-c", before + HEAPS_OF_THREADS]
    clean = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    done = subprocess.run(argv, env=clean | env, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.count("<heap nr=")


SHARED = "from genisys_site.launching import heap; heap.share_one()\n"


def test_threads_share_one_heap_where_each_would_have_its_own() -> None:
    assert _heaps() > 4
    assert _heaps(SHARED) == 1


def test_what_is_started_shares_one_too_and_a_setting_of_the_operator_stands() -> None:
    started = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {HEAPS_OF_THREADS!r}], check=True)\n"
    assert _heaps(SHARED + started + "raise SystemExit\n") == 1
    assert _heaps(SHARED, MALLOC_ARENA_MAX="8") > 4
