"""The secrets of one run: what is known to be one, what people see in its place, and what replay gets.

A value is known from the moment that a component takes or gives it as a secret. The set stands sealed in the journal
(`@secrets`), with a key of the run's own for the digests of data that holds secrets: so step keys stay what they are
when the settings' secret changes, and nobody can find a value by trying.
"""

from __future__ import annotations

import secrets as _random
from collections.abc import Iterable
from typing import Any

from ..core import codec
from .keyring import KeyRing, keyed_digest
from .redactor import Redactor


class RunSecrets:
    """What one attempt knows of its run's secrets.

    All known values are hidden. Digests look only at those that this attempt has met, in the order of its code: a value
    that became known late must not change the keys of the steps before it when they are replayed.
    """

    def __init__(self, ring: KeyRing, values: Iterable[str] = (), key: str = "") -> None:
        self._ring = ring
        self._key = key or _random.token_hex(32)
        self._values = set(values)
        self._met: set[str] = set()
        self.redactor = Redactor(self._values)
        self._met_redactor = Redactor(())

    @classmethod
    def from_journal(cls, ring: KeyRing, raw: bytes) -> RunSecrets:
        """Raises SecretError where no key, or not the right one, is set."""
        kept = ring.open(codec.unpack(raw))
        return cls(ring, kept["values"], kept["key"])

    def kept(self) -> bytes:
        """Return what the journal keeps of them. Raises SecretError where no key is set."""
        token = self._ring.seal({"key": self._key, "values": sorted(self._values)})
        return codec.pack(token, where="The run's secrets")

    def learn(self, values: set[str]) -> bool:
        """Take in values that are secrets; return whether one of them was not known before."""
        if not values <= self._met:
            self._met |= values
            self._met_redactor = Redactor(self._met)
        if values <= self._values:
            return False
        self._values |= values
        self.redactor = Redactor(self._values)
        return True

    def digest(self, data: Any) -> str:
        """Name data in the key of a step of this run."""
        if self._met_redactor.data(data) == data:
            return codec.digest(data)
        return keyed_digest(bytes.fromhex(self._key), data)

    def shared_digest(self, data: Any) -> str:
        """Name data for all runs alike."""
        return codec.digest(data) if self._met_redactor.data(data) == data else self._ring.digest(data)

    def packed(self, data: Any, *, where: str) -> bytes:
        """Write data down: what people may see, and beside it, where that is not all, the whole of it sealed."""
        shown = self.redactor.data(data)
        if shown == data:
            return codec.pack(data, where=where)
        return codec.pack_sealed(shown, self._ring.seal(data), where=where)

    def record(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a step's record as it is written: what people may see, and the output sealed where that is not all."""
        shown = self.redactor.fields(record)
        if shown["output"] != record["output"]:
            shown["sealed"] = self._ring.seal(record["output"])
        return shown
