"""Decompression of bodies."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import httpx

from .errors import FetchFailed

_DECODE_CHUNK_BYTES = 256 * 1024


class Decoder:
    """Decodes gzip and deflate in pieces of bounded size, so that a bomb meets the limit before it fills the memory."""

    def __init__(self, encoding: str, target: httpx.URL) -> None:
        self._target = target
        self._inflate: Any = None
        self._first = True
        encoding = encoding.strip().lower()
        if encoding in ("gzip", "x-gzip", "deflate"):
            self._inflate = zlib.decompressobj(wbits=47)  # zlib or gzip, detected by the first bytes
        elif encoding not in ("", "identity"):
            raise FetchFailed(
                f"{target.host} sent the page compressed as “{encoding[:40]}”, which was not asked for. "
                "It was not read.",
                permanent=True,
            )

    def decode(self, raw: bytes) -> Iterable[bytes]:
        if self._inflate is None:
            yield raw
            return
        while raw:
            try:
                piece = self._inflate.decompress(raw, _DECODE_CHUNK_BYTES)
            except zlib.error as error:
                if not self._first:
                    raise self._broken() from error
                # Some servers send "deflate" without the zlib header that RFC 9110 asks for.
                self._inflate = zlib.decompressobj(wbits=-15)
                try:
                    piece = self._inflate.decompress(raw, _DECODE_CHUNK_BYTES)
                except zlib.error as again:
                    raise self._broken() from again
            self._first = False
            yield piece
            raw = self._inflate.unconsumed_tail

    def _broken(self) -> FetchFailed:
        return FetchFailed(f"What {self._target.host} sent cannot be decompressed. Try again later.")
