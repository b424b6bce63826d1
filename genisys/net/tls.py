"""TLS contexts that all connections share: making one reads the system's certificates, some 30 ms each time."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import lru_cache


def shared_context(make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Return what `make` made: once for each SSL_CERT_FILE and SSL_CERT_DIR, which it reads from the environment."""
    return _made(make, os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@lru_cache(maxsize=8)
def _made(make: Callable[[], ssl.SSLContext], certificates: str, folder: str) -> ssl.SSLContext:
    return make()
