"""Changes of status in Redis: one stream of each partition, which the watch reads."""

from __future__ import annotations

import asyncio
import time
from typing import Any, cast

from ..redis_io.keys import ALL_PARTITIONS, partition_key
from ..redis_io.servers import Servers
from .answers import change_from, pairs, text_of

CHANGES_A_READ = 200
LOOK_FOR_CHANGES_S = 0.2


class LifecycleStore:
    """The streams, over the connections of the store around it. Raises what they raise."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._redis = servers.client
        self._pipe = servers.pipe

    async def changes(self, after: dict[str, str], block_ms: int) -> list[tuple[str, str, str, str, int]]:
        """Wait for changes of status: (partition, entry id, run id, status, seq), behind the given entry ids.

        An entry that cannot be read is logged, and returned as the change of the run "".
        """
        if self._servers.in_cluster:
            return await self._of_each(after, block_ms)
        streams = {partition_key(name, "lifecycle"): after.get(name, "0-0") for name in ALL_PARTITIONS}
        # One blocking read of all 64 streams: it holds one connection of the pool for as long.
        answer = await cast(Any, self._redis).xread(streams, count=CHANGES_A_READ, block=block_ms)
        changes: list[tuple[str, str, str, str, int]] = []
        # RESP3 answers with a dict, and the entries in one more list; RESP2 with pairs.
        for key, entries in answer.items() if isinstance(answer, dict) else answer or ():
            name = text_of(key).split("{")[1].split("}")[0]
            batches = entries if entries and isinstance(entries[0], list) else [entries]
            for entry_id, fields in (entry for batch in batches for entry in batch):
                changes.append((name, text_of(entry_id), *change_from(fields)))
        return changes

    async def nudge(self) -> None:
        """Tell whoever waits for changes of status that there is something else to do: the change of the run ""."""
        fields = {"run": "", "status": "", "seq": 0}
        await self._redis.xadd(partition_key(ALL_PARTITIONS[0], "lifecycle"), cast(Any, fields), maxlen=5000)

    async def _of_each(self, after: dict[str, str], block_ms: int) -> list[tuple[str, str, str, str, int]]:
        """Read the streams one by one until one has more: no command waits for streams of several slots."""
        until = time.monotonic() + block_ms / 1000
        while True:
            answers = await self._pipe.call_each(
                ("XRANGE", partition_key(name, "lifecycle"), f"({after.get(name, '0-0')}", "+", "COUNT", CHANGES_A_READ)
                for name in ALL_PARTITIONS
            )
            changes = [
                (name, text_of(entry_id), *change_from(pairs(flat)))
                for name, entries in zip(ALL_PARTITIONS, answers, strict=True)
                if not isinstance(entries, Exception)  # of a server that is away: read when it is back
                for entry_id, flat in entries
            ]
            if changes or time.monotonic() >= until:
                return changes
            await asyncio.sleep(LOOK_FOR_CHANGES_S)
