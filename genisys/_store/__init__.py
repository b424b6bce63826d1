"""All that the library does with Redis, and the only place that imports its client (docket's own aside).

`keys` names every key; each other module is one concern. What the engine needs of a store is a Protocol here, with an
implementation in memory under `genisys.testing`.
"""

from .cache import CacheStore, Entry
from .keys import LEASE_MS, LIMITS, NEVER_MS, NOW_IF_FREE, REHINT_MS, STORE_ERRORS, new_run_id, partition, store_is_away
from .leaks import leaked_keys
from .lease import LeaseStore
from .runs import RunStore, Store
from .slots import RedisSlots, SlotStore, Ticket, patiently

__all__ = [
    "LEASE_MS",
    "LIMITS",
    "NEVER_MS",
    "NOW_IF_FREE",
    "REHINT_MS",
    "STORE_ERRORS",
    "CacheStore",
    "Entry",
    "LeaseStore",
    "RedisSlots",
    "RunStore",
    "SlotStore",
    "Store",
    "Ticket",
    "leaked_keys",
    "new_run_id",
    "partition",
    "patiently",
    "store_is_away",
]
