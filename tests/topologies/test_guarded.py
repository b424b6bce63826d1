"""Servers that speak TLS alone, to a user who may do what the docs list; and a cluster that is set as they advise."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from genisys.host import STORE_ERRORS, look_at_redis
from tests.certificates import self_signed
from tests.topologies.everything import do_everything, documented_rule
from tests.topologies.servers import Cluster, Guard, Topology, Watched

SENTINEL_RULE = "on >test -@all +auth +hello +sentinel|master +sentinel|get-master-addr-by-name"

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]


@pytest.mark.parametrize("kind", [Watched, Cluster])
async def test_everything_works_over_tls_for_a_user_of_its_own(tmp_path: Path, kind: type[Watched | Cluster]) -> None:
    """Before and after a failover."""
    guard = Guard(self_signed(tmp_path), documented_rule(), SENTINEL_RULE)
    servers = kind(tmp_path, guard=guard)
    try:
        await asyncio.to_thread(servers.start)
        await do_everything(servers.url)
        await asyncio.to_thread(servers.fail)
        await do_everything(servers.url)
        await _nobody_else_gets_in(servers, guard)
    finally:
        servers.stop()


async def _nobody_else_gets_in(servers: Topology, guard: Guard) -> None:
    plain = servers.url.partition("?")[0].replace("rediss+", "redis+")
    strangers = servers.url.replace("genisys:test@", "genisys:guessed@")
    untrusting = servers.url.replace(f"ssl_ca_certs={guard.pem}", "ssl_cert_reqs=required")
    for url in (plain, strangers, untrusting):
        with pytest.raises((*STORE_ERRORS, TimeoutError)):
            await look_at_redis(url, 5)


async def test_everything_works_on_a_cluster_that_is_set_as_advised(tmp_path: Path) -> None:
    """Two replicas a master, of which one has what was told as written; five seconds until another takes over."""
    servers = Cluster(tmp_path, replicas=2, advised=True)
    try:
        await asyncio.to_thread(servers.start)
        await do_everything(servers.url)
        facts = await look_at_redis(servers.url, 5)
        assert (facts.replicas, facts.least_replicas, facts.gone_after_ms) == (2, 1, 5000)
        await asyncio.to_thread(servers.fail)
        await do_everything(servers.url)
    finally:
        servers.stop()
