"""SQLite's write-ahead log, held open between requests.

Under ASGI each request has a connection of its own. Whoever closes the last connection to a database writes the log
back into it, syncs it and deletes the log, and the next one makes it anew: several times what a request itself takes.
One idle connection more, which holds no lock, and that happens only when the process ends.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from django.db.backends.signals import connection_created

_held: dict[str, sqlite3.Connection] = {}


def hold_open() -> None:
    """Hold, from now on, the log of every SQLite file that this process connects to."""
    connection_created.connect(_connected)


def _connected(connection: Any, **others: Any) -> None:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or name in _held or connection.is_in_memory_db():
        return
    held = sqlite3.connect(name, check_same_thread=False)
    # SQLite opens the file at the first query only.
    held.execute("PRAGMA schema_version").fetchone()
    _held[name] = held
