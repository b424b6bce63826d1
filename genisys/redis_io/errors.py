"""What Redis's client raises, and which of it is no fault of the data."""

from __future__ import annotations

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


_SERVER_REFUSES = frozenset(
    ("BUSY", "CLUSTERDOWN", "EXECABORT", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOPERM", "NOREPLICAS")
) | {"NOSCRIPT", "OOM", "READONLY", "TRYAGAIN", "UNKILLABLE"}
"""The first words of errors by which Redis refuses everybody, whatever the command's key holds."""


def store_is_away(error: Exception) -> bool:
    """Return whether an error comes from Redis itself, which is away or refuses everybody, and not from the data."""
    raised = import_module("redis.exceptions")
    if isinstance(error, raised.ResponseError):
        refuses_all = isinstance(error, raised.OutOfMemoryError | raised.ReadOnlyError)
        return refuses_all or str(error).partition(" ")[0] in _SERVER_REFUSES
    return isinstance(error, (raised.ConnectionError, raised.TimeoutError, OSError))
