"""Data that no component of ours would write, put into Redis behind everybody's back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis

from genisys.testing.redis import run_key

NESTED = 230
"""Deeper than pydantic reads."""
VERY_NESTED = 100_000
"""Deeper than anything reads."""


@dataclass(frozen=True)
class Poison:
    """A way to spoil a run. `always` says that each database and decoder has to refuse it."""

    name: str
    put: Callable[[redis.Redis, str], Any]
    always: bool = True

    def __str__(self) -> str:
        return self.name


def _meta(field: str, value: str) -> Callable[[redis.Redis, str], Any]:
    return lambda client, run_id: client.hset(run_key(run_id, "meta"), field, value)


def _output(raw: bytes) -> Callable[[redis.Redis, str], Any]:
    return lambda client, run_id: client.hset(run_key(run_id, "journal"), "@output", raw)


def _step(raw: bytes) -> Callable[[redis.Redis, str], Any]:
    return lambda client, run_id: client.hset(run_key(run_id, "journal"), "a" * 32, raw)


def _event(raw: bytes) -> Callable[[redis.Redis, str], Any]:
    """Take the place of the log's first event."""

    def put(client: redis.Redis, run_id: str) -> None:
        key = run_key(run_id, "log")
        entries = client.xrange(key)
        client.delete(key)
        for entry_id, fields in entries:
            body = raw if entry_id == entries[0][0] else fields["b"]
            client.xadd(key, {**fields, "b": body}, id=entry_id)

    return put


def _another_type(part: str) -> Callable[[redis.Redis, str], Any]:
    def put(client: redis.Redis, run_id: str) -> None:
        client.delete(run_key(run_id, part))
        client.set(run_key(run_id, part), "not what it should be")

    return put


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def _of_step(**fields: bytes) -> bytes:
    known = {
        b"name": b'"s"',
        b"title": b'""',
        b"parent": b"null",
        b"status": b'"completed"',
        b"input": b"null",
        b"started": b"1",
        b"ended": b"2",
        b"tries": b"1",
        **{name.encode(): value for name, value in fields.items()},
    }
    return b"{" + b",".join(b'"' + name + b'":' + value for name, value in known.items()) + b"}"


FIRST = b'[{"type":"run.queued","at":1,"workflow":"w","title":"t","owner":"","deployment":"d"%s}]'

POISONS = [
    Poison("more tokens than a column holds", _meta("output_tokens", str(2**70))),
    Poison("a cost that is below every column", _meta("cost_microusd", str(-(2**70)))),
    Poison("an attempt that is no number", _meta("attempt", "first")),
    Poison("an end in the year three billion", _meta("ended_ms", str(10**20)), always=False),
    Poison("a wait that is no JSON", _meta("waiting", "{")),
    Poison("a status that is no text", lambda client, run_id: client.hset(run_key(run_id, "meta"), "status", b"\xff")),
    Poison("a last event beyond all numbers", _meta("last_seq", str(2**70))),
    Poison("an output of NaN", _output(b'{"score":NaN}')),
    Poison("an output of -Infinity", _output(b"[-Infinity]")),
    Poison("an output that nests 230 deep", _output(_nested(NESTED))),
    Poison("an output that nests 100,000 deep", _output(_nested(VERY_NESTED))),
    Poison("an output that is no JSON", _output(b"\x00\x01\x02")),
    Poison("an output that was compressed badly", _output(b"z\x00\x01")),
    Poison("an output with half a character", _output(b'"\\ud83d"')),
    Poison("a step whose output is NaN", _step(_of_step(output=b"NaN"))),
    Poison("a step with a logprob of -Infinity", _step(_of_step(output=b'{"logprob":-Infinity}'))),
    Poison("a step with more tokens than a column holds", _step(_of_step(input_tokens=b"1" + b"0" * 30))),
    Poison("a step that began before time", _step(_of_step(started=b"-1e30"))),
    Poison("a step with no name", _step(b"{}")),
    Poison("a step whose name is a list", _step(_of_step(name=b"[]")), always=False),
    Poison("an event without a type", _event(b'[{"at":1}]')),
    Poison("an event that is no JSON", _event(b"[{")),
    Poison("an event that is a number", _event(b"[7]")),
    Poison("an event that nests 230 deep", _event(FIRST % (b',"more":' + _nested(NESTED)))),
    Poison("an event with half a character", _event(FIRST % b',"more":"\\ud83d"')),
    Poison("an event that never came", _event(b"[]")),
    Poison("a journal of another type", _another_type("journal")),
    Poison("a log of another type", _another_type("log")),
    Poison("a meta of another type", _another_type("meta")),
]
