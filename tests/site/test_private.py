"""Nobody else keeps or reads what is a person's own: caches on the way, and other users of the machine."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from genisys_site.configuration import private_files

PRIVATE = [
    "/",
    "/sites/",
    "/sites/new",
    "/posts/",
    "/posts/new",
    "/runs/",
    "/account/",
    "/account/tokens/",
    "/api/runs",
]
PRIVATE += [
    "/api/runs",
    "/api/workflows",
    "/accounts/email/",
    "/accounts/login/",
    "/accounts/2fa/",
    "/admin/",
    "/no-such-page",
]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "nobody"])
def test_no_cache_keeps_what_depends_on_who_asks(client: Client, path: str, signed_in: bool) -> None:
    if signed_in:
        client.force_login(get_user_model()._default_manager.create_superuser("ana", "ana@example.org", "x"))
    said = {part.strip() for part in client.get(path)["Cache-Control"].split(",")}
    assert {"no-store", "private"} <= said
    assert "public" not in said


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/static/css/site.css", "/api/openapi.json", "/favicon.ico"])
def test_what_everybody_gets_alike_may_be_kept(client: Client, path: str) -> None:
    assert "no-store" not in client.get(path).get("Cache-Control", "")


def test_an_older_looser_home_and_database_are_tightened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    files = private_files.database_files(home / "db.sqlite3")
    for file in files:
        file.touch(mode=0o644)
    home.chmod(0o755)
    private_files.tighten_folder(home)
    private_files.tighten_database(files[0])
    assert _mode(home) == 0o700
    assert [_mode(file) for file in files] == [0o600] * len(files)


def test_a_new_database_is_its_owners_alone_and_so_are_the_files_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    old = os.umask(0o022)
    try:
        private_files.tighten_database(path)
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (x)")
        there = [file for file in private_files.database_files(path) if file.exists()]
        modes = {file.name: _mode(file) for file in there}
        connection.close()
    finally:
        os.umask(old)
    assert modes == {"db.sqlite3": 0o600, "db.sqlite3-wal": 0o600, "db.sqlite3-shm": 0o600}


def test_a_folder_that_many_share_is_left_and_complained_about(tmp_path: Path, settings: Any) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    settings.GENISYS_HOME = shared
    private_files.tighten_folder(shared)
    assert _mode(shared) == 0o1777
    found = [each for each in private_files.nobody_else_reads_the_files() if str(shared) in each.msg]
    assert [each.id for each in found] == ["genisys.W001"]
    assert "1777" in found[0].msg


def test_nothing_is_said_of_files_that_are_private(tmp_path: Path, settings: Any) -> None:
    tmp_path.chmod(0o700)
    settings.GENISYS_HOME = tmp_path
    assert not [each for each in private_files.nobody_else_reads_the_files() if str(tmp_path) in each.msg]
