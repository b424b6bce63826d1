"""How many connections to PostgreSQL the product's processes hold, directly and through PgBouncer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.conftest import PostgresServer, Stack
from tests.database.conftest import Customer, Pooler

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

AT_ONCE = 40
OF_WEB = 3


def _held(postgres: PostgresServer, parts: Stack) -> int:
    database = parts.env["DATABASE_URL"].rpartition("/")[2]
    with psycopg.connect(f"{postgres.url}/postgres") as connection:
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [database]).fetchone()
    assert row is not None
    return int(row[0])


def _many_requests(customer: Customer, run_id: str, watched: Any) -> int:
    """Ask for pages, AT_ONCE at a time, until all have answered; return the most that `watched` gave meanwhile."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(customer.status, run_id) for _ in range(10 * AT_ONCE)]
        most = 0
        while not all(each.done() for each in asked):
            most = max(most, watched())
        assert {each.result() for each in asked} == {"completed"}
    return most


def test_a_process_holds_no_more_connections_than_it_may(
    parts: Stack, postgres: PostgresServer, new_customer: Any
) -> None:
    """Web as many as are set, whatever is asked of it; a worker and control one each."""
    parts.env["GENISYS_DATABASE_CONNECTIONS"] = str(OF_WEB)
    parts.start()
    customer = new_customer(parts)
    run_id = customer.order("Ann", 1)
    assert customer.wait_until_ended([run_id]) == ["completed"]
    most = _many_requests(customer, run_id, lambda: _held(postgres, parts))
    assert 2 < most <= OF_WEB + 2


def test_the_product_works_behind_pgbouncer_in_transaction_mode(
    parts: Stack, pooler: Pooler, new_customer: Any
) -> None:
    parts.env["DATABASE_URL"] = pooler.address(parts.env["DATABASE_URL"])
    parts.env["GENISYS_DATABASE_POOLER"] = "transaction"
    parts.start()
    customer = new_customer(parts)
    runs = customer.order_many([f"person {number}" for number in range(10)], letters=2)
    assert set(customer.wait_until_ended(runs)) == {"completed"}
    _many_requests(customer, runs[0], lambda: 0)
    # What reads row by row, as exports do, takes its rows from wherever the pooler sends it.
    command = (
        "from runs.models import Run, Step\n"
        "read = [Step.objects.filter(run=run).count() for run in Run.objects.iterator(chunk_size=2)]\n"
        "print('steps', sum(read))"
    )
    assert "steps 20" in parts.manage("shell", "--verbosity", "0", "-c", command)
    pools = [pool for pool in pooler.ask("SHOW POOLS") if pool["database"] != "pgbouncer"]
    assert {pool["pool_mode"] for pool in pools} == {"transaction"}
    servers = sum(pool["sv_active"] + pool["sv_idle"] + pool["sv_used"] for pool in pools)
    assert 0 < servers <= pooler.SERVER_CONNECTIONS
