"""TCP ports on this machine: whether one is taken, and which one was ours last time."""

from __future__ import annotations

import atexit
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(host: str, port: int) -> bool:
    """Say whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """Return a port on loopback that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def reserve() -> int:
    """A port on loopback that nobody else is given while this process lives.

    The kernel hands a bound port to nobody; since the reservation allows others to share the address, and does not
    listen, a server that sets SO_REUSEADDR (all that we start do) can listen there, stop, and listen again.
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.bind((LOOPBACK, 0))
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # Not before: then two might be bound to one port.
    atexit.register(held.close)
    port: int = held.getsockname()[1]
    return port


def remembered(path: Path) -> int:
    """Return the port kept in `path` while it is free, else another one, which is kept."""
    try:
        port = int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        port = 0
    if not 1024 <= port <= 65535 or not is_free(LOOPBACK, port):
        port = any_free()
        path.write_text(str(port), encoding="ascii")
    return port
