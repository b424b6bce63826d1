"""The database: whether it answers, what it is, and whether its tables are what the code asks for."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import connection

from genisys_site import health
from genisys_site.doctor.finding import Finding, bad, good, risky
from genisys_site.doctor.settings_part import is_development

_OLDEST_POSTGRESQL = (14, 0)


async def database_part() -> list[Finding]:
    report = await health.database()
    if "migrations" in report.failing:
        return [bad("database", report.failing["migrations"], "Run `manage.py migrate` once, then start the new code.")]
    if report.failing:
        return [bad("database", report.failing["database"], "Look at DATABASE_URL, and whether the server runs.")]
    if connection.vendor == "sqlite":
        return [_sqlite()]
    return [_postgresql(await sync_to_async(_server_version)())]


def _sqlite() -> Finding:
    if is_development():
        return good("database", "SQLite, all migrations applied.")
    return risky(
        "database",
        "SQLite, which the processes of one machine alone can share.",
        "For more than one machine set DATABASE_URL to a PostgreSQL.",
    )


def _server_version() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        number = int(cursor.fetchone()[0])
    return number // 10_000, number % 10_000


def _postgresql(version: tuple[int, int]) -> Finding:
    says = f"PostgreSQL {version[0]}.{version[1]}, all migrations applied."
    if version < _OLDEST_POSTGRESQL:
        return bad("database", says, "Django 5.2 needs PostgreSQL 14 or newer: upgrade the server.")
    return good("database", says)
