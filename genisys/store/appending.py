"""What append.lua is called with, for the loop's connection and for the keeper's."""

from __future__ import annotations

from typing import Any

from ..core.clock import stated_ms
from ..data import strict_json
from ..redis_io.keys import RUN_TTL_S, keys_of
from .records import Append


def append_args(
    run_id: str,
    mode: str,
    batch: Append,
    *,
    server: str,
    log_id: str,
    attempt: int = 0,
    producer: str = "",
    number: int = 0,
) -> tuple[list[str], list[Any]]:
    """Return the script's keys and arguments, as append.lua lists them.

    `server` is the `run_id` of the Redis that is written to; where the log was made on another one, `log_id` becomes
    its new name.
    """
    keys = keys_of(run_id)
    args: list[Any] = [  # in the order of append.lua's header
        mode,
        attempt,
        producer,
        number,
        stated_ms(),
        server,
        log_id,
        len(batch.events),
        strict_json.written_or_mended(batch.events) if batch.events else b"[]",
        batch.status,
        "1" if batch.terminal else "",
        batch.release,
        keys.bell,
        run_id,
        "" if batch.due_ms is None else batch.due_ms,  # may be 0 or NOW_IF_FREE
        RUN_TTL_S,
        "" if batch.signals_known is None else batch.signals_known,
    ]
    mapping: dict[str, Any]
    for mapping in (batch.journal, batch.meta, batch.increments, batch.inbox):
        args.append(2 * len(mapping))
        for pair in mapping.items():
            args.extend(pair)
    return [keys.meta, keys.journal, keys.log, keys.lifecycle, keys.due, keys.inbox, keys.growing], args
