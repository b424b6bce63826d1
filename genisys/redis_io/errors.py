"""What Redis's client raises, and which of it is no fault of the data."""

from __future__ import annotations

import errno
import socket
from importlib import import_module
from typing import Any

STORE_ERRORS: tuple[type[Exception], type[Exception], type[Exception]]
"""What a lost or restarting Redis raises: worth another try. Made when it is first used, so that a program that only
defines workflows does not load Redis's client.
"""


def __getattr__(name: str) -> Any:
    if name != "STORE_ERRORS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    raised = import_module("redis.exceptions")
    globals()[name] = made = (raised.ConnectionError, raised.TimeoutError, OSError)
    return made


READ_ONLY, NO_REPLICAS = "READONLY", "NOREPLICAS"
NOT_IN_CHARGE = (READ_ONLY, NO_REPLICAS)
"""The first words of errors by which a server refuses writes that is a replica by now, or a master that is cut off, or
whose replicas are: they may follow a new one."""
NOT_NOW = frozenset({"CLUSTERDOWN", "LOADING", "MASTERDOWN", "TRYAGAIN", *NOT_IN_CHARGE})
"""The first words of errors of a server that is not ready, or no longer in charge."""
_SERVER_REFUSES = NOT_NOW.union(("BUSY", "EXECABORT", "MISCONF", "NOAUTH", "NOPERM", "NOSCRIPT", "OOM", "UNKILLABLE"))
"""The first words of errors by which Redis refuses everybody, whatever the command's key holds."""

_NO_CLUSTER = ("Redis Cluster cannot be connected", "All slots are not covered", "startup_nodes could not agree")
"""How redis-py begins what it says of a cluster that is away; what else it raises so is a fault of the caller's."""


def cluster_is_away(error: Exception) -> bool:
    """Return whether a cluster, or the part of it that was asked, cannot be reached or takes nothing just now."""
    raised = import_module("redis.exceptions")
    if isinstance(error, raised.ClusterDownError | raised.SlotNotCoveredError | raised.TryAgainError):
        return True
    return isinstance(error, raised.RedisClusterException) and str(error).startswith(_NO_CLUSTER)


def as_store_error(error: Exception) -> Exception:
    """Return the error as one of STORE_ERRORS where Redis is away or refuses everybody, whatever kind it is."""
    raised = import_module("redis.exceptions")
    if isinstance(error, __getattr__("STORE_ERRORS")) or not store_is_away(error):
        return error
    made: Exception = raised.ConnectionError(str(error))
    return made


_CUT_OFF = frozenset({errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ETIMEDOUT})


def is_silence(error: BaseException | None) -> bool:
    """Return whether nobody answered, so that this host alone may be cut off; a server that is gone, or not ready,
    refuses, and closes what was open.
    """
    silent = (import_module("redis.exceptions").TimeoutError, TimeoutError, socket.gaierror)
    while error is not None:
        if isinstance(error, silent) or (isinstance(error, OSError) and error.errno in _CUT_OFF):
            return True
        error = error.__cause__ or error.__context__
    return False


def is_not_in_charge(error: Exception) -> bool:
    """Return whether redis-py says so of a server: it leaves the first word of some errors out."""
    return isinstance(error, import_module("redis.exceptions").ReadOnlyError) or str(error).startswith(NOT_IN_CHARGE)


def _first_word(error: Exception) -> str:
    """Return the word by which Redis names an error; redis-py puts the command before that of a pipeline."""
    said = str(error)
    return (said.partition("caused error: ")[2] or said).partition(" ")[0]


def store_is_away(error: Exception) -> bool:
    """Return whether an error comes from Redis itself, which is away or refuses everybody, and not from the data."""
    raised = import_module("redis.exceptions")
    if cluster_is_away(error):
        return True
    if isinstance(error, raised.ResponseError):
        refuses_all = isinstance(error, raised.OutOfMemoryError | raised.ReadOnlyError)
        return refuses_all or _first_word(error) in _SERVER_REFUSES
    return isinstance(error, (raised.ConnectionError, raised.TimeoutError, OSError))
