"""The product on PostgreSQL, with or without PgBouncer before it, and somebody who uses it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from genisys_site.launching import ports
from tests.conftest import PostgresServer, Process, Stack, wait_until

ENDED = ("completed", "failed", "cancelled")


class Pooler:
    """PgBouncer of Debian's package in transaction mode: few connections to the server, for however many clients."""

    SERVER_CONNECTIONS = 4

    def __init__(self, folder: Path, postgres: PostgresServer) -> None:
        binary = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
        if binary is None:
            pytest.fail("No pgbouncer. On Debian as root: apt-get install pgbouncer")
        self._postgres = postgres
        self.port = ports.reserve()
        settings, users = folder / "pgbouncer.ini", folder / "users.txt"
        users.write_text('"postgres" ""\n')
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={postgres.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {users}\nadmin_users = postgres\npool_mode = transaction\n"
            "max_client_conn = 500\n"
            f"default_pool_size = {self.SERVER_CONNECTIONS}\n"
        )
        argv = [*postgres.as_nobody(folder), binary, str(settings)]
        self.process = Process("pgbouncer", argv, folder / "pgbouncer.log")

    def start(self) -> None:
        self.process.start()
        wait_until(lambda: self.ask("SHOW VERSION"), "PgBouncer does not answer")

    def address(self, of: str) -> str:
        """Return the address by which a database of the server is reached through here."""
        return of.replace(f":{self._postgres.port}/", f":{self.port}/")

    def ask(self, command: str) -> list[dict[str, Any]]:
        with psycopg.Connection.connect(
            f"postgresql://postgres@127.0.0.1:{self.port}/pgbouncer", autocommit=True, row_factory=psycopg.rows.dict_row
        ) as connection:
            # Its console takes plain statements alone.
            return psycopg.ClientCursor(connection, row_factory=psycopg.rows.dict_row).execute(command).fetchall()


@pytest.fixture
def pooler(tmp_path: Path, postgres: PostgresServer) -> Iterator[Pooler]:
    folder = tmp_path / "pooler"
    folder.mkdir()
    pooler = Pooler(folder, postgres)
    try:
        pooler.start()
        yield pooler
    finally:
        pooler.process.kill()


@pytest.fixture
def parts(own_parts: Stack, postgres: PostgresServer) -> Stack:
    """The parts of a product whose database is an empty one of PostgreSQL, with the workflow `letters`."""
    own_parts.env["DATABASE_URL"] = postgres.create(f"product_{own_parts.port}")
    own_parts.env["GENISYS_APPS"] = "tests.database.letters"
    return own_parts


class Customer:
    """Somebody who orders letters over the API."""

    def __init__(self, stack: Stack) -> None:
        stack.add_user("customer@example.org", "a long enough password")
        token = re.findall(r"gen_\S+", stack.manage("token", "customer@example.org"))[-1]
        self._stack = stack
        self.api = httpx.Client(
            base_url=f"{stack.url}/api", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60
        )

    def order(self, name: str, letters: int = 6) -> str:
        answer = self.api.post("/workflows/letters/start", json={"name": name, "letters": letters})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def order_many(self, names: list[str], letters: int = 6) -> list[str]:
        """Order all at once, each over a connection of its own."""
        with ThreadPoolExecutor(len(names)) as threads:
            return list(threads.map(lambda name: self.order(name, letters), names))

    def status(self, run_id: str) -> str:
        return str(self.api.get(f"/runs/{run_id}").raise_for_status().json()["status"])

    def wait_until_ended(self, run_ids: list[str]) -> list[str]:
        """Wait until the record has all of them, and return how they ended."""
        wait_until(lambda: all(self.status(each) in ENDED for each in run_ids), "the runs did not end", seconds=120)
        return [self.status(each) for each in run_ids]

    def letters_done(self, run_id: str) -> int:
        events = self.api.get(f"/runs/{run_id}/events", params={"limit": 1000}).raise_for_status().json()["events"]
        return sum(event["type"] == "step.completed" for event in events)

    def asked(self) -> list[str]:
        """Return what the model was asked, each time."""
        bodies = httpx.get(f"{self._stack.provider_url}/__requests", trust_env=False).json()
        return [str(body["messages"][-1]["content"]) for body in bodies]

    def set_pace(self, seconds: float) -> None:
        """Say how long each piece of an answer takes the model."""
        httpx.post(f"{self._stack.provider_url}/__pace", json={"seconds": seconds}, trust_env=False)


@pytest.fixture
def new_customer() -> Iterator[Callable[[Stack], Customer]]:
    """Who comes to a product that runs by then."""
    with contextlib.ExitStack() as left:

        def come(stack: Stack) -> Customer:
            customer = Customer(stack)
            left.enter_context(customer.api)
            return customer

        yield come


def run_program(postgres: PostgresServer, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs to its end."""
    done = subprocess.run(
        [str(postgres.programs / name), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
