"""A PostgreSQL of Debian's package for one benchmark: on loopback, with its data in the benchmark's folder."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from genisys_site.launching import ports

from .processes import BenchmarkFailed, Child

START_S = 60.0


@contextmanager
def postgres_server(folder: Path) -> Iterator[str | None]:
    """Run a PostgreSQL with one empty database, and give its address; None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        yield None
        return
    home = folder / "postgres"
    home.mkdir()
    user = _as_nobody(home)
    data, port = home / "data", ports.reserve()
    flags = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    initdb = [*user, str(found[-1].with_name("initdb")), "-D", str(data), *flags]
    subprocess.run(initdb, check=True, capture_output=True, cwd="/")  # noqa: S603 - Debian's own program
    argv = [*user, str(found[-1]), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
    # What a query costs is then all in the process of its connection, where it can be read.
    argv += ["-c", "max_parallel_workers_per_gather=0"]
    server = Child("postgres", argv, folder)
    try:
        yield _created(server, f"postgresql://postgres@127.0.0.1:{port}")
    finally:
        server.stop()


def _as_nobody(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root; containers often have nobody else."""
    if os.getuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    for each in (home, *home.parents):
        if str(each).startswith(tempfile.gettempdir() + os.sep):
            each.chmod(each.stat().st_mode | 0o011)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]


def _created(server: Child, address: str) -> str:
    deadline = time.monotonic() + START_S
    while True:
        server.must_live()
        try:
            with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE bench")
            return f"{address}/bench"
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise BenchmarkFailed("PostgreSQL does not answer") from error
            time.sleep(0.1)  # it is still starting, and tells nobody when it has
