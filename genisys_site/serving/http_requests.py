"""An HTTP request under our Daphne: Twisted stores a whole body before any code of ours runs, so no more than the limit
and one byte of it is kept. By that byte `body_limit` knows that there was more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daphne.http_protocol import WebRequest
from django.conf import settings


class Request(WebRequest):
    """One request; what its body has over the limit is read and let go."""

    _kept_bytes = 0

    def handleContentChunk(self, data: bytes) -> None:
        room = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1 - self._kept_bytes
        if room > 0:
            kept = data[:room]
            self._kept_bytes += len(kept)
            super().handleContentChunk(kept)


def with_our_requests(build_protocol: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Have the connections that a factory of Daphne's builds make requests of ours."""

    def build(address: Any) -> Any:
        protocol = build_protocol(address)
        protocol.requestFactory = Request
        return protocol

    return build
