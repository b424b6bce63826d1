"""One address for each form of Redis, and each thing that the library does on each of them."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from genisys.host import STORE_ERRORS, Engine, look_at_redis, parse_address
from genisys.testing.redis import make_run
from tests.topologies.everything import do_everything, documented_rule, keeper, masters_named
from tests.topologies.servers import Topology, sentinel, start, url_of
from tests.waits import until

pytestmark = pytest.mark.timeout(400)  # the first test of each kind waits until its servers are there


async def test_everything_works_on_it(topology: Topology) -> None:
    await do_everything(topology.url)
    assert (await look_at_redis(topology.url, 5)).gone_after_ms == topology.gone_after_ms


def test_a_keeper_of_leases_is_connected_to_no_more_servers_than_it_asks(topology: Topology) -> None:
    """Whom it has asked where a key lies is one of those that may go, and the connection with it, open for ever."""
    with keeper(f"{topology.url}?client_name=keeper"):
        assert sum(node.ask("CLIENT", "LIST").count(" name=keeper ") for node in topology.nodes) == 1


@pytest.mark.parametrize(
    ("url", "kind", "hosts", "service", "path"),
    [
        ("redis://h", "one", (("h", 6379),), "", ""),
        ("rediss://:pw@h:1/3?ssl_cert_reqs=none", "one", (("h", 1),), "", "/3"),
        ("unix:///run/redis.sock?db=2", "one", (), "", "/run/redis.sock"),
        ("redis+sentinel://a,b:2,[::1]:3/m/4", "sentinel", (("a", 26379), ("b", 2), ("::1", 3)), "m", "/4"),
        ("rediss+cluster://u:p@a:7000,b:7001", "cluster", (("a", 7000), ("b", 7001)), "", ""),
    ],
)
def test_an_address_names_servers(url: str, kind: str, hosts: Any, service: str, path: str) -> None:
    found = parse_address(url)
    assert (found.kind, found.hosts, found.service, found.path) == (kind, hosts, service, path)
    assert parse_address(found.without_own_options).service == service


def test_an_address_holds_what_each_side_is_told() -> None:
    found = parse_address(
        "redis+sentinel://u:p%40ss@a/m?sentinel_password=s&ssl_ca_certs=/ca&wait_replicas=2&wait_ms=300"
    )
    assert (found.wait_replicas, found.wait_ms) == (2, 300)
    assert found.secrets == ("p@ss", "s")
    assert "wait" not in found.without_own_options and "sentinel_password=s" in found.without_own_options
    assert "ss" not in repr(found).replace("RedisAddress", "")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://h", "must start with redis://"),
        ("redis+sentinel://h:26379", "names no service"),
        ("redis+cluster://h:7000/2", "a cluster has only one"),
        ("redis+cluster://h:seven", "is no host and port"),
        ("redis+cluster://a,,b", "names a host that is empty"),
        ("redis://a,b", "names several hosts"),
        ("redis://h/zero", "the number of a database"),
        ("redis://h?wait_replicas=many", "wait_replicas must be a whole number"),
        ("redis://h?sentinel_password=x", "belong to redis+sentinel://"),
    ],
)
def test_a_malformed_address_is_told_in_a_sentence(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_address(url)


def test_a_password_stands_in_no_error() -> None:
    with pytest.raises(ValueError) as raised:
        parse_address("redis+cluster://user:hunter2@h:port")
    assert "hunter2" not in str(raised.value)


async def test_a_user_who_may_do_what_the_docs_list_and_no_more_can_run_everything(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as admin:
        admin.execute_command("ACL", "SETUSER", "genisys", *documented_rule().split())
        admin.execute_command("ACL", "LOG", "RESET")
        try:
            await do_everything(redis_url.replace("redis://", "redis://genisys:test@"))
            refused = {entry["object"] for entry in admin.acl_log()}
            assert refused <= {"client|setinfo"}, "redis-py says who it is where it may"
        finally:
            admin.execute_command("ACL", "DELUSER", "genisys")


async def test_the_sentinel_that_knows_of_the_latest_failover_is_believed(tmp_path: Path) -> None:
    """The others name the old master for seconds. It may be back by then, and takes itself for the master."""
    knows = sentinel(tmp_path, "knows", "m", 2, epoch=7)
    behind = [sentinel(tmp_path, name, "m", 1, epoch=6) for name in ("behind", "too")]
    try:
        start((knows, *behind))
        for order in ((behind[0], knows, behind[1]), (knows, *behind), (*behind, knows)):
            assert await masters_named(url_of(order, "m")) == {("127.0.0.1", 2)}
        knows.process.kill()
        assert await masters_named(url_of((*behind, knows), "m")) == {("127.0.0.1", 1)}
        with pytest.raises(STORE_ERRORS, match="no Sentinel"):
            await masters_named(url_of(behind, "another"))
    finally:
        for each in (knows, *behind):
            each.process.kill()


async def test_steps_wait_for_replicas_where_they_are_told_to(topology: Topology) -> None:
    """With more replicas than there are, nothing counts as written; with those that there are, it does."""
    async with Engine(f"{topology.url}?wait_replicas=1&wait_ms=2000") as engine:

        async def written() -> str:
            with suppress(*STORE_ERRORS):  # on a busy machine a replica may take longer
                return await make_run(engine)
            return ""

        await until(written, "a replica has nothing")
    async with Engine(f"{topology.url}?wait_replicas=9&wait_ms=10") as engine:
        with pytest.raises(STORE_ERRORS, match="of 9 replicas have it after 10 ms"):
            await make_run(engine)


async def test_a_master_that_refuses_without_replicas_is_waited_for(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as admin:
        async with Engine(redis_url) as engine:
            admin.config_set("min-replicas-to-write", 1)
            try:
                with pytest.raises(STORE_ERRORS, match="NOREPLICAS"):
                    await make_run(engine)
            finally:
                admin.config_set("min-replicas-to-write", 0)
            await make_run(engine)
