"""Runs a command that must not outlive whoever started it: `parent_watch.py PARENT_PID SIGNAL command...`.

Linux sends SIGNAL to the command when its parent ends, however it ends; the request survives exec. Elsewhere
the command runs untied. A wrapper instead of `preexec_fn`, which is unsafe in a process that has threads.

`end_after` is for a process that is nobody's direct child, or that needs some time to end.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1


def main(parent_pid: int, signal_number: int, command: list[str]) -> None:
    tie(parent_pid, signal_number)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the command is ours, and no shell sees it
    except OSError as exc:
        sys.exit(f"{command[0]} cannot be run: {exc.strerror}")


def tie(parent_pid: int, signal_number: int) -> None:
    """Have this process sent the signal when its parent ends, however it ends. Does nothing where there is no Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent_pid:
            sys.exit(0)  # The parent ended before the request was made: there is nobody to run for.


def end_after(pid: int, grace_seconds: float) -> None:
    """Have this process killed so many seconds after process `pid` has ended, however it ended. Linux only."""
    if sys.platform != "linux":
        return
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        sys.exit(0)  # It ended before we asked.
    except OSError:
        return  # A kernel before 5.3.
    threading.Thread(target=_kill_after, args=(watched, grace_seconds), name="parent_watch", daemon=True).start()


def _kill_after(watched: int, grace_seconds: float) -> None:
    ended = select.poll()
    ended.register(watched, select.POLLIN)
    ended.poll()
    time.sleep(grace_seconds)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
