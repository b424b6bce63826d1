"""SQLite and PostgreSQL find the same, in the same order, with the same scores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PostgresServer

ROOT = Path(__file__).resolve().parents[2]


def found_in(database: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ingestion.searched"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "genisys_site.settings"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


@pytest.mark.full
def test_both_databases_find_the_same(tmp_path: Path, postgres: PostgresServer) -> None:
    on_sqlite = found_in(f"sqlite:///{tmp_path / 'search.sqlite3'}")
    assert all(all(found.values()) for found in on_sqlite.values()), "each question has an answer"
    assert on_sqlite == found_in(postgres.create("search"))
