"""One `manage.py up` per folder. The kernel holds the lock, so no crash can leave it behind."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from genisys_site.configuration.refusal import CannotStart

FILE = "up.lock"


def address_in(home: Path) -> str:
    """Return the address that the `up` of this folder wrote down last, or "" where there is none."""
    try:
        return str(json.loads((home / FILE).read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


class UpLock:
    """Holds `up.lock` of a home folder. Raises CannotStart, naming the holder's address, when taken."""

    def __init__(self, home: Path, address: str) -> None:
        self._home = home
        self._address = address
        self._descriptor = -1

    def __enter__(self) -> UpLock:
        self._descriptor = os.open(self._home / FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self._holder()
            os.close(self._descriptor)
            raise CannotStart(
                f"Genisys already runs from this folder, at {holder}. Use that one, or stop it first; "
                "to run a second one, give it a folder of its own with GENISYS_HOME and another PORT."
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({"pid": os.getpid(), "address": self._address}).encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _holder(self) -> str:
        try:
            held = json.loads(os.pread(self._descriptor, 4096, 0))
            return f"{held['address']} (process {held['pid']})"
        except (ValueError, KeyError):
            return "an address it has not written down yet"
