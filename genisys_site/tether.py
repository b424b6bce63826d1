"""Runs a command that must not outlive whoever started it: `tether.py PARENT_PID SIGNAL command...`.

Linux sends SIGNAL to the command when its parent ends, however it ends; the request survives exec. Elsewhere
the command runs untied. A wrapper instead of `preexec_fn`, which is unsafe in a process that has threads.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(parent_pid: int, signal_number: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent_pid:
            sys.exit(0)  # The parent ended before the request was made: there is nobody to run for.
    try:
        os.execvp(command[0], command)  # noqa: S606 - the command is ours, and no shell sees it
    except OSError as exc:
        sys.exit(f"{command[0]} cannot be run: {exc.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
