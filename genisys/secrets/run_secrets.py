"""The secrets of one run: what is known to be one, what people see in its place, and what replay gets.

A value is known from the moment that a component takes or returns it as a secret. The set is sealed in the journal
(`@secrets`), with a key of the run's own for the digests of data that holds secrets: so step keys do not change when
the settings' secret does, and nobody can find a value by trying.
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

    All known values are hidden. Digests consider only those that this attempt has met so far: a value that became known
    late must not change the keys of the steps before it when they are replayed.
    """

    def __init__(self, ring: KeyRing, values: Iterable[str] = (), key: str = "") -> None:
        self._ring = ring
        self._key = key or _random.token_hex(32)  # a run's own, which stays when the settings' secret changes
        self._values = set(values)
        self._met: set[str] = set()
        self.redactor = Redactor(self._values)
        self._met_redactor = Redactor(())

    @classmethod
    def from_journal(cls, ring: KeyRing, raw: bytes) -> RunSecrets:
        """Return the secrets that the journal holds. Raises SecretError where no key, or not the right one, is set."""
        kept = ring.open(codec.unpack(raw))
        return cls(ring, kept["values"], kept["key"])

    def kept(self) -> bytes:
        """Return them as the journal stores them. Raises SecretError where no key is set."""
        token = self._ring.seal({"key": self._key, "values": sorted(self._values)})
        return codec.pack(token, where="The run's secrets")

    def learn(self, values: set[str]) -> bool:
        """Add values that are secrets; return whether one of them was not known before."""
        # Met is not the same as known: of what the journal knows, this attempt may not have met all yet.
        if not values <= self._met:
            self._met |= values
            self._met_redactor = Redactor(self._met)
        if values <= self._values:
            return False
        self._values |= values
        self.redactor = Redactor(self._values)
        return True

    def digest(self, data: Any) -> str:
        """Return the name of data in the key of a step of this run."""
        if self._met_redactor.data(data) == data:
            return codec.digest(data)
        return keyed_digest(bytes.fromhex(self._key), data)

    def shared_digest(self, data: Any) -> str:
        """Return a name of data that is the same in all runs."""
        return codec.digest(data) if self._met_redactor.data(data) == data else self._ring.digest(data)

    def packed(self, data: Any, *, where: str) -> bytes:
        """Return data packed: what people may see, and where that is not all, the whole of it sealed beside it."""
        shown = self.redactor.data(data)
        if shown == data:
            return codec.pack(data, where=where)
        return codec.pack_sealed(shown, self._ring.seal(data), where=where)

    def record(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a step's record as it is stored: what people may see, and the output sealed where that is not all."""
        shown = self.redactor.fields(record)
        if shown["output"] != record["output"]:
            shown["sealed"] = self._ring.seal(record["output"])
        return shown
