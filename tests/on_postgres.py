"""`pytest -p tests.on_postgres`: the same tests, with PostgreSQL for the database.

One server for all processes of the run, whose data ends with it. Each process clones its database from one that was
migrated once. `make test-postgres` says which tests; what they are told of is that `connection.vendor` is another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

TEMPLATE = "genisys"
_running: list[Any] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Name the database before pytest-django reads the settings. The processes of xdist inherit it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    from tests.conftest import REPOSITORY, PostgresServer

    folder = tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True)
    server = PostgresServer(Path(folder.name))
    _running.extend([server, folder])
    server.start()
    os.environ["DATABASE_URL"] = server.create(TEMPLATE)
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], check=True, cwd=REPOSITORY)


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    # The databases go with the server: at the end some thread of a test may still hold a connection.
    config.option.reuse_db = True
    # A test's loop has a thread for the database, whose connection is dropped with the thread; psycopg, unlike SQLite,
    # warns of that. All other warnings are errors, as everywhere.
    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = TEMPLATE
    config.addinivalue_line("filterwarnings", "ignore:.*was deleted while still open:ResourceWarning")


def pytest_unconfigure() -> None:
    if _running:
        server, folder = _running
        server.process.kill()
        folder.cleanup()
        _running.clear()
