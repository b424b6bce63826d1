"""Key names, scripts and how long every key lives. Every key that the library writes is listed here.

Keys of a run share the hash tag of its partition, so that a script may touch them all on a cluster:

    genisys:{pNN}:run:<id>:meta      hash    what the run is, its lease, its counters        RUN_TTL
    genisys:{pNN}:run:<id>:journal   hash    step key -> result, `@input`, `@output`, `~scope` RUN_TTL
                                             (what its body said), `!step` (what it remembers),
                                             `@secrets` (its secret values, sealed)
    genisys:{pNN}:run:<id>:log       stream  the events, one entry a batch, `<last_seq>-0`    RUN_TTL
    genisys:{pNN}:run:<id>:history   stream  what was trimmed from the log, compacted, an     RUN_TTL
                                             entry a chunk, `<last_seq>-0`
    genisys:{pNN}:run:<id>:snapshot  hash    the fold of the log up to `seq`, in `state`      RUN_TTL
    genisys:{pNN}:run:<id>:inbox     hash    step key -> what it was sent, each once          RUN_TTL
    genisys:{pNN}:run:<id>:recorder  string  which control writes its record                  RECORDING_TTL
    genisys:worker:<id>              hash    a worker's heartbeat                             WORKER_TTL
    genisys:{gate:<id>}:gate         hash    a provider's quota, pause and circuit breaker    GATE_TTL
    genisys:{gate:<id>}:held         string  until when operators have paused it (epoch ms)   that time
    genisys:{gate:<id>}:used:<hour>  hash    what was asked of a provider in that hour        GATE_TTL
    genisys:{o:<owner>}:held         sorted set  the owner's runs that workers hold, by lease  RUN_TTL
    genisys:{o:<owner>}:line:<deployment>  sorted set  those that wait for a place, by age     RUN_TTL
                                             (`<owner>` is a digest of the owner's name)
    genisys:{slot:<digest>}:holders  zset    who holds a slot of that name, by lease end      the lease
    genisys:{slot:<digest>}:queue    zset    who waits for one, by arrival                    the lease
    genisys:{slot:<digest>}:seen     zset    who waits for one, by when it counts as gone     the lease
    genisys:{rate:<digest>}:count    string  requests of a caller in the present window        the window
    genisys:{cache:<digest>}:result  hash    a component's result across runs                 its policy's ttl
    genisys:{cache:<digest>}:seen    zset    what a component's last 64 results were made of  30 days

Permanent keys, one of each:

    genisys:workers                  sorted set  ids of workers by their last beat, 30 s of them
    genisys:deployments              sorted set  names of deployments by their first worker, KEEP_DEPLOYMENTS at most
    genisys:deployments:promoted     string      the deployment that new runs go to
    genisys:deployment:<name>        hash        what is known of it, one for each name in the set above

Permanent keys, 64 of each:

    genisys:{pNN}:due                sorted set  unfinished runs by when somebody must look at them
    genisys:{pNN}:lifecycle          stream      changes of status, the last 5,000 or so
    genisys:{pNN}:growing            sorted set  runs whose log should be compacted, by since when
    genisys:{pNN}:bell               channel     the doorbell: the id of a run whose log grew

docket keeps its own keys under `genisys-<deployment>:`, in a cluster `{genisys-<deployment>}:`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

from ..core.codec import digest

PARTITIONS = 64  # part of every key's name: changing it loses all runs
LEASE_S = 10.0
LEASE_MS = round(LEASE_S * 1000)
SHORTEST_LEASE_S = 4.0
"""A renewal that hangs is given up after 3 s and tried again."""
RUN_TTL_S = 30 * 24 * 3600
WORKER_TTL_S = 30
RECORDING_TTL_MS = 10_000
GATE_TTL_S = 24 * 3600
REWAKE_MS = 5_000
EARLY_MS = REWAKE_MS + 1_000
"""How long before its time a run that waits may be taken: when the watch wakes one, it is due again in REWAKE_MS."""
NEVER_MS = 2**52
"""The due time of a run that only a signal can wake."""
NOW_IF_FREE = -1
"""A due time for `append`: now where nobody holds the run, else unchanged."""

LIMITS = ("tokens", "cost_microusd", "ms")
"""What a run's budget can limit; meta fields `budget_<limit>`."""


def partition(run_id: str) -> str:
    """Return the run's partition, by CRC-32 of its id: `p00` to `p63`."""
    return f"p{zlib.crc32(run_id.encode()) % PARTITIONS:02d}"


RUN_PARTS = ("meta", "journal", "log", "history", "snapshot", "inbox")
ALL_PARTITIONS = tuple(f"p{number:02d}" for number in range(PARTITIONS))


def run_key(run_id: str, part: str) -> str:
    """Return the name of one of a run's keys; `part` is one of RUN_PARTS."""
    return f"genisys:{{{partition(run_id)}}}:run:{run_id}:{part}"


def partition_key(name: str, part: str) -> str:
    """Return the name of one of a partition's keys: due, lifecycle, growing or bell."""
    return f"genisys:{{{name}}}:{part}"


@dataclass(frozen=True, slots=True)
class RunKeys:
    """The names of all that scripts touch for one run."""

    meta: str
    journal: str
    log: str
    history: str
    snapshot: str
    inbox: str
    due: str
    lifecycle: str
    growing: str
    bell: str


@lru_cache(maxsize=4096)
def keys_of(run_id: str) -> RunKeys:
    """Return the names of a run's keys, and of its partition's."""
    own = [run_key(run_id, part) for part in RUN_PARTS]
    return RunKeys(*own, *(partition_key(partition(run_id), part) for part in ("due", "lifecycle", "growing", "bell")))


def worker_key(worker_id: str) -> str:
    return f"genisys:worker:{worker_id}"


def gate_key(gate: str) -> str:
    return f"genisys:{{gate:{gate}}}:gate"


def gate_hold_key(gate: str) -> str:
    return f"genisys:{{gate:{gate}}}:held"


def gate_use_key(gate: str, hour: int) -> str:
    """Return the name of what was asked of a gate's provider in an hour, counted from the epoch."""
    return f"genisys:{{gate:{gate}}}:used:{hour}"


def rate_key(who: str) -> str:
    return f"genisys:{{rate:{digest(who)[:32]}}}:count"


WORKERS_KEY = "genisys:workers"
DRAIN = "drain"
"""The field of a worker's hash that others write: 1 where it is to take no more runs."""


def held_places_key(owner: str) -> str:
    """Return the name of the set of places that the owner's runs hold."""
    return f"genisys:{{o:{digest(owner)[:16]}}}:held"


def line_key(owner: str, deployment: str) -> str:
    """Return the name of the line of the owner's runs that wait for a place in the deployment."""
    return f"genisys:{{o:{digest(owner)[:16]}}}:line:{deployment}"


DEPLOYMENTS_KEY = "genisys:deployments"
PROMOTED_KEY = "genisys:deployments:promoted"
KEEP_DEPLOYMENTS = 100


def deployment_key(name: str) -> str:
    return f"genisys:deployment:{name}"
