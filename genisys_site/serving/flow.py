"""Waiting until a connection has taken what was written to it: Daphne's send never waits, so a reader who does not read
would have the process hold all that is written for them.

It looks at what the connection still holds, and waits in steps that grow. Twisted's own way, a producer that is paused
and resumed, stands in the way of closing: a connection with a producer that is paused is not let go.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

PIECE_CHARS = 32 * 1024
"""A longer text is sent in pieces of so many characters, each behind what the connection has taken."""
HELD_BYTES = 64 * 1024
"""A connection that holds more than this gets nothing more for now."""
PATIENCE_S = 15.0
"""A connection that has taken nothing for so long is cut off."""
FIRST_LOOK_S = 0.005
LONGEST_LOOK_S = 0.25

log = structlog.get_logger("genisys_site.flow")


def held_bytes(transport: Any) -> int:
    """Return how many bytes a TCP connection of Twisted's holds that its kernel has not taken."""
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


def is_behind(transport: Any) -> bool:
    """Say whether the connection has to take something before it gets more."""
    return held_bytes(transport) > HELD_BYTES


async def caught_up(transport: Any) -> bool:
    """Wait until more may be written; False where the connection is gone, or was cut off since it takes nothing."""
    loop = asyncio.get_running_loop()
    held, since, look = held_bytes(transport), loop.time(), FIRST_LOOK_S
    while transport.connected and is_behind(transport):
        await asyncio.sleep(look)
        look = min(2 * look, LONGEST_LOOK_S)
        now_held = held_bytes(transport)
        if now_held != held:
            held, since, look = now_held, loop.time(), min(look, LONGEST_LOOK_S / 4)
        elif loop.time() - since > PATIENCE_S:
            log.info("reader.cut_off", held_bytes=held)
            transport.abortConnection()
            return False
    return bool(transport.connected)
