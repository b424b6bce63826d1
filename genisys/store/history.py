"""A run's history in Redis: what was moved out of its log, the snapshot in its place, and a first look at it all."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

from ..redis_io.connection import AnyRedis
from ..redis_io.keys import ALL_PARTITIONS, keys_of, partition_key, run_key
from ..redis_io.pipe import AnyPipe
from .answers import scored

CHUNKS_A_READ = 4
GROWN_A_LOOK = 100
GRACE_EVENTS = 1000
"""How many events before a snapshot the log keeps, so that live readers still find their place in it."""

State = dict[str, Any]
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grown:
    """A run whose log should be compacted, and the mark (`score`) that says so."""

    run_id: str
    score: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What one round trip returns of a run. `state` is the fold at `seq` to go on from, None for the caller's own."""

    meta: dict[bytes, bytes]
    seq: int
    state: State | None
    entries: list[tuple[bytes, dict[bytes, bytes]]]


class HistoryStore:
    """Reads and writes what replaces the beginning of a log. Raises STORE_ERRORS while Redis is away."""

    def __init__(self, client: AnyRedis, pipe: AnyPipe) -> None:
        self._redis = client
        self._pipe = pipe

    async def grown(self) -> list[Grown]:
        """Return runs whose log has grown since it was last compacted, those waiting longest first."""
        answers = await self._pipe.call_each(
            ("ZRANGE", partition_key(name, "growing"), 0, GROWN_A_LOOK - 1, "WITHSCORES") for name in ALL_PARTITIONS
        )
        there = [answer for answer in answers if not isinstance(answer, Exception)]
        marks = [Grown(run_id.decode(), int(score)) for answer in there for run_id, score in scored(answer)]
        return sorted(marks, key=lambda mark: mark.score)

    async def compact(
        self, run_id: str, log_id: str, first: int, events: Sequence[Event], state: State, score: int | None
    ) -> bool:
        """Move events `first` to the state's `seq` from the log into the history; return False where another did first.

        `score` is the mark that this settles, None where there is more to do.
        """
        keys = keys_of(run_id)
        text = to_json(state)  # its length too: `append` marks a log only when it has grown by a quarter of that
        answer = await self._pipe.script(
            "compact",
            5,
            *(keys.meta, keys.log, keys.history, keys.snapshot, keys.growing),
            *(run_id, log_id, first, state["seq"], zlib.compress(to_json(events)), zlib.compress(text), len(text)),
            *(GRACE_EVENTS, "" if score is None else score),
        )
        return bool(answer)

    async def forget(self, run: Grown) -> None:
        """Drop the mark of a run that needs no compaction."""
        await self._redis.zrem(keys_of(run.run_id).growing, run.run_id)

    async def look(self, run_id: str, after: int, log_id: str, limit: int) -> Seen | None:
        """Return meta, snapshot and the log behind it in one round trip; None where Redis does not hold the run.

        A caller that has folded the log `log_id` up to `after` gets no snapshot that is older.
        """
        keys = keys_of(run_id)
        answer = await self._pipe.script("read_snapshot", 3, keys.meta, keys.snapshot, keys.log, after, log_id, limit)
        if not answer:
            return None
        meta, seq, state, entries = answer
        pairs = dict(zip(meta[::2], meta[1::2], strict=True))
        tail = [(entry_id, dict(zip(flat[::2], flat[1::2], strict=True))) for entry_id, flat in entries]
        return Seen(pairs, int(seq), _state(state) if state else None, tail)

    async def snapshot(self, run_id: str) -> State | None:
        """Return the run's last snapshot: the fold of its log up to the state's `seq`."""
        found: Any = await self._redis.hget(run_key(run_id, "snapshot"), "state")
        return _state(found) if found else None

    async def chunks(self, cursors: Sequence[tuple[str, int]], most: int = CHUNKS_A_READ) -> list[list[Event]]:
        """Return, for each cursor, the history behind it: a few chunks of events, the first may begin before it."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for run_id, after in cursors:
                # A chunk's id is its last event: the first found is the one around the cursor.
                pipe.xrange(run_key(run_id, "history"), min=f"{after + 1}-0", max="+", count=most)
            answers = await pipe.execute()
        return [
            [event for _, fields in answer for event in from_json(zlib.decompress(fields[b"z"]))] for answer in answers
        ]


def _state(packed: bytes) -> State:
    state: State = from_json(zlib.decompress(packed))
    return state
