"""A run's data on the way into its journal and out of it: named, packed, and without its secrets where it has some."""

from __future__ import annotations

from typing import Any

from ..core import codec
from .keyring import KeyRing
from .run_secrets import RunSecrets


class RunData:
    """The data of one attempt's run. `secrets` is None until the attempt knows that the run has some."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.secrets: RunSecrets | None = None

    def digest(self, data: Any) -> str:
        """Return the name of JSON data in the key of a step."""
        return codec.digest(data) if self.secrets is None else self.secrets.digest(data)

    def step_digest(self, input: Any, key: str | None) -> str:
        """Return what names a step's input in its key: its digest, or what the component's own `key` returned."""
        if key is None:
            return self.digest(input)
        # One that holds a secret becomes a keyed digest: from a plain one the secret could be found by trying.
        return key if self.secrets is None or self.hidden(key) == key else self.digest(key)

    def shared_digest(self, data: Any) -> str:
        """Return a name of JSON data that is the same in all runs."""
        return codec.digest(data) if self.secrets is None else self.secrets.shared_digest(data)

    def packed(self, data: Any, *, where: str) -> bytes:
        """Return JSON data as bytes for `opened`, sealed where the run has secrets."""
        return codec.pack(data, where=where) if self.secrets is None else self.secrets.packed(data, where=where)

    def opened(self, raw: bytes) -> Any:
        """Return the data that `packed` wrote. Raises SecretError."""
        token = codec.sealed_in(raw)
        return codec.unpack(raw) if token is None else self.ring.open(token)

    def hidden(self, data: Any) -> Any:
        """Return JSON data without the run's secrets."""
        return data if self.secrets is None else self.secrets.redactor.data(data)
