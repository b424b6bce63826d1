"""A Redis master with two replicas, and three Sentinels that have a replica take over where the master is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import redis

from genisys_site.launching import ports

from .processes import Child
from .stage import Bench, RedisServer, until

SERVICE = "bench"
DOWN_AFTER_MS = 5000
"""As docs/operations.md has it."""
TAKEN_OVER_S = 60.0
WHOLE_S = 120.0
_OF_ALL = {
    "min-replicas-to-write": "1",
    "min-replicas-max-lag": "10",
    "repl-diskless-sync-delay": "0",
    "repl-ping-replica-period": "1",
}


class WatchedRedis:
    """All six, each a process of its own, set as docs/operations.md advises."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._servers: dict[int, RedisServer] = {}
        for number in range(3):
            own = folder / f"data-{number}"
            own.mkdir()
            server = RedisServer(own, "everysec", **_OF_ALL)
            self._servers[server.port] = server
        self._ports = [ports.reserve() for _ in range(3)]
        self._sentinels: list[Child] = []
        self._known = cast(Any, redis.Sentinel)([(ports.LOOPBACK, port) for port in self._ports], socket_timeout=2)
        hosts = ",".join(f"{ports.LOOPBACK}:{port}" for port in self._ports)
        self.url = f"redis+sentinel://{hosts}/{SERVICE}/0?wait_replicas=1"

    async def start(self) -> None:
        await asyncio.gather(*(server.start() for server in self._servers.values()))
        master, *replicas = self._servers
        for port in replicas:
            self._servers[port].ask("REPLICAOF", ports.LOOPBACK, master)
        self._sentinels = [self._sentinel(number, port, master) for number, port in enumerate(self._ports)]
        await self._are_whole()

    def _sentinel(self, number: int, port: int, master: int) -> Child:
        file = self._folder / f"sentinel-{number}.conf"
        lines = (
            f"port {port}",
            f"bind {ports.LOOPBACK}",
            f"dir {self._folder}",
            f"sentinel monitor {SERVICE} {ports.LOOPBACK} {master} 2",
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {SERVICE} 3000",
        )
        file.write_text("".join(f"{line}\n" for line in lines))
        binary = next(iter(self._servers.values())).binary
        return Child(f"sentinel-{number}", [binary, str(file), "--sentinel"], self._folder)

    def client(self) -> redis.Redis:
        """Return a client of whichever server is the master."""
        client: redis.Redis = self._known.master_for(SERVICE, socket_timeout=5)
        return client

    @property
    def pids(self) -> list[int]:
        """Return the processes of the servers, without those of the Sentinels."""
        return [server.pid for server in self._servers.values()]

    async def disturb(self) -> None:
        """Kill the master, wait for another, and start the killed one again."""
        gone = await asyncio.to_thread(self._master)
        self._servers[gone].kill()

        async def is_replaced() -> bool:
            return await asyncio.to_thread(self._master) != gone

        await until(is_replaced, "no replica has taken over", TAKEN_OVER_S, every=0.1)
        await self._servers[gone].start()
        await self._are_whole()

    def _master(self) -> int:
        return int(self._known.discover_master(SERVICE)[1])

    async def _are_whole(self) -> None:
        async def are_they() -> bool:
            return await asyncio.to_thread(self._is_whole)

        await until(are_they, "the Sentinels do not see all servers", WHOLE_S, every=0.5)

    def _is_whole(self) -> bool:
        role = self._servers[self._master()].ask("ROLE")
        known = [each.sentinel_master(SERVICE) for each in self._known.sentinels]
        return (
            role[0] == "master"
            and len(role[2]) == len(self._servers) - 1
            and all(each["num-other-sentinels"] == 2 and each["num-slaves"] >= 2 for each in known)
            and not any(each["is_sdown"] or each["is_odown"] for each in known)
        )

    def stop(self) -> None:
        for sentinel in self._sentinels:
            sentinel.stop()
        for server in self._servers.values():
            server.stop()


@asynccontextmanager
async def watched_redis(bench: Bench, name: str) -> AsyncIterator[WatchedRedis]:
    """Run them; each loses its data with the bench's folder."""
    folder = bench.folder / name
    folder.mkdir()
    servers = WatchedRedis(folder)
    try:
        await servers.start()
        yield servers
    finally:
        await asyncio.to_thread(servers.stop)
