"""The database as an operator sees it: which it is, how large, and whether its tables are those of this code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """A database: its kind with its version, its size in bytes, and the migrations of this code that it lacks."""

    kind: str
    size_bytes: int
    missing: tuple[str, ...] = ()


def database_facts() -> DatabaseFacts:
    """Ask the default database. Raises django.db.Error."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            version, size = cursor.fetchone()
        else:
            cursor.execute(
                "SELECT sqlite_version(), (SELECT page_count FROM pragma_page_count) * "
                "(SELECT page_size FROM pragma_page_size)"
            )
            version, size = cursor.fetchone()
    applied = set(MigrationRecorder(connection).applied_migrations())
    missing = sorted(f"{app}.{name}" for app, name in _in_code() - applied)
    return DatabaseFacts(f"{connection.display_name} {str(version).split(' ')[0]}", int(size), tuple(missing))


@cache
def _in_code() -> frozenset[tuple[str, str]]:
    """Return the migrations of this process's code, which does not change while it runs."""
    return frozenset(MigrationLoader(None).disk_migrations or ())
