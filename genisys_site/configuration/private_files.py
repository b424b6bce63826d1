"""Files on disk are for the user who runs Genisys, and for nobody else on the machine.

New files are made so; older, looser ones are tightened when a process starts. What cannot be tightened is left as it
is, and a system check (`genisys.W001`) says so.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

FOLDER = 0o700
FILE = 0o600
_OF_OTHERS = 0o077
_SIDE_FILES = ("", "-wal", "-shm", "-journal")


def tighten_folder(path: Path) -> None:
    """Take a folder's rights from others. One that many share (sticky, such as /tmp) is left: it is not ours."""
    if _loose(path) and not path.stat().st_mode & stat.S_ISVTX:
        _set(path, FOLDER)


def tighten_database(path: Path) -> None:
    """Make a SQLite file with 0600 where there is none, and tighten an older one with its side files.

    SQLite gives its side files the mode of the file itself.
    """
    if not path.exists() and path.parent.is_dir():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, FILE))
        except OSError:
            return  # Whoever opens the database says what is wrong.
    for file in database_files(path):
        if _loose(file):
            _set(file, FILE)


def database_files(path: Path) -> list[Path]:
    """Return the file of a SQLite database, and those beside it."""
    return [path.with_name(path.name + end) for end in _SIDE_FILES]


@register(Tags.security)
def nobody_else_reads_the_files(**_: Any) -> list[CheckMessage]:
    """Warn of each file and folder that others on the machine can reach (genisys.W001)."""
    home = Path(settings.GENISYS_HOME)
    database = settings.DATABASES["default"]
    files = database_files(Path(database["NAME"])) if database["ENGINE"].endswith("sqlite3") else []
    return [
        Warning(
            f"Others on this machine can reach {path}: its mode is {stat.S_IMODE(path.stat().st_mode):04o}.",
            hint=f"Run `chmod {mode:o} {path}` as its owner, or name a folder of your own with GENISYS_HOME.",
            id="genisys.W001",
        )
        for path, mode in [(home, FOLDER), *((file, FILE) for file in files)]
        if _loose(path)
    ]


def _loose(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OF_OTHERS)
    except OSError:
        return False


def _set(path: Path, mode: int) -> None:
    with suppress(OSError):  # Not ours: the check says so.
        path.chmod(mode)
