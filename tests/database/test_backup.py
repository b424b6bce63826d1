"""The drill of docs/database.md: runs go on from a backup, and nothing that was paid before it is paid again."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PostgresServer, Stack
from tests.database.conftest import run_program

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

NAMES = ["Ann", "Bob", "Cleo"]
LETTERS = 12


def test_runs_go_on_from_a_backup_and_pay_nothing_twice_that_it_holds(
    parts: Stack, postgres: PostgresServer, tmp_path: Path, wait_until: Any, new_customer: Any
) -> None:
    parts.start()
    customer = new_customer(parts)
    ended = customer.order("Dora", 1)
    assert customer.wait_until_ended([ended]) == ["completed"]
    customer.set_pace(0.05)
    runs = customer.order_many(NAMES, LETTERS)
    wait_until(lambda: all(customer.letters_done(run) >= 3 for run in runs), "the runs did not come to 3 letters")

    held = {name: customer.letters_done(run) for name, run in zip(NAMES, runs, strict=True)}
    dumps = _backup(parts, postgres, tmp_path / "backup")
    late = customer.order("Emil", 1)
    assert all(customer.letters_done(run) < LETTERS for run in runs), "they were to be under way"
    _destroy(parts)

    _restore(parts, postgres, dumps)
    customer.set_pace(0)
    assert customer.wait_until_ended([ended, *runs]) == ["completed"] * 4
    assert customer.api.get(f"/runs/{late}").status_code == 404, "it was ordered after the backup"
    asked = Counter(customer.asked())
    paid_once = [f"Letter {number} to {name}" for name, count in held.items() for number in range(count)]
    assert len(paid_once) >= 9
    assert {letter: asked[letter] for letter in paid_once} == dict.fromkeys(paid_once, 1)
    assert asked["Letter 0 to Dora"] == 1
    assert not [letter for letter, times in asked.items() if times > 2]


def _backup(parts: Stack, postgres: PostgresServer, folder: Path) -> Path:
    """Redis first: a run that is in the database alone is started anew, one in Redis alone would go on unseen."""
    folder.mkdir()
    with parts.redis.client() as client:
        client.save()
    shutil.copy(parts.folder / "dump.rdb", folder)
    address = parts.env["DATABASE_URL"]
    run_program(postgres, "pg_dump", "--format=custom", f"--file={folder / 'database.dump'}", address)
    return folder


def _destroy(parts: Stack) -> None:
    for process in parts.processes:
        if process is not parts.provider:
            process.kill()
    shutil.rmtree(parts.folder / "appendonlydir")
    (parts.folder / "dump.rdb").unlink()


def _restore(parts: Stack, postgres: PostgresServer, dumps: Path) -> None:
    parts.env["DATABASE_URL"] = postgres.create(f"restored_{parts.port}")
    run_program(postgres, "pg_restore", f"--dbname={parts.env['DATABASE_URL']}", str(dumps / "database.dump"))
    shutil.copy(dumps / "dump.rdb", parts.folder)
    # With `appendonly yes` and no such file, Redis would begin empty and never look at the dump.
    argv = parts.redis.process.argv
    at = argv.index("--appendonly") + 1
    argv[at] = "no"
    parts.redis.start()
    with parts.redis.client() as client:
        client.config_set("appendonly", "yes")
    argv[at] = "yes"
    for process in (parts.serve, parts.worker, parts.control):
        process.start()
    parts.wait_until_ready()
