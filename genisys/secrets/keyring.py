"""Sealing: what only replay may read is encrypted with a key derived from the settings' secret.

Fernet (AES-128-CBC with HMAC-SHA-256, github.com/fernet/spec) under keys that HKDF (RFC 5869, SHA-256) derives from
each secret. Of several, the first seals and all of them open, so that a secret can be replaced while runs go on.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic_core import from_json

from ..core.codec import checked
from ..errors import SecretError

NO_KEY = (
    "This run has secrets, and no key is set to keep them with. Set GENISYS_SECRET (or give Worker and Engine "
    "`secret=`) to the same value in every process, and start the run again."
)


def given_secrets(secret: str | Sequence[str]) -> tuple[str, ...]:
    """Return the secrets of a setting, one or several, the newest first."""
    return tuple(each for each in ([secret] if isinstance(secret, str) else secret) if each)


def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"genisys {purpose}".encode()).derive(secret.encode())


class KeyRing:
    """Seals and opens data. Without secrets, both raise SecretError."""

    def __init__(self, secret: str | Sequence[str] = ()) -> None:
        secrets = given_secrets(secret)
        keys = [Fernet(base64.urlsafe_b64encode(_derived(each, "seal"))) for each in secrets]
        self._fernet = MultiFernet(keys) if keys else None
        self._digest_key = _derived(secrets[0], "digest") if secrets else b""

    def __repr__(self) -> str:
        return "<KeyRing>" if self._fernet else "<KeyRing without keys>"

    def __bool__(self) -> bool:
        return self._fernet is not None

    def seal(self, data: Any) -> str:
        """Return JSON data as a token that only `open` reads. Raises SecretError, EncodingError."""
        return self._ready().encrypt(checked(data, where="The input")).decode()

    def open(self, token: str) -> Any:
        """Return what was sealed. Raises SecretError where it was sealed with none of these secrets."""
        try:
            return from_json(self._ready().decrypt(token))
        except InvalidToken:
            raise SecretError(
                "What this run keeps secret was sealed with another key than those set here. "
                "Add the old secret behind the new one in GENISYS_SECRET."
            ) from None

    def digest(self, data: Any) -> str:
        """Return a name, the same in all runs, of data with secrets; without the key nobody can try values out."""
        self._ready()
        return keyed_digest(self._digest_key, data)

    def _ready(self) -> MultiFernet:
        if self._fernet is None:
            raise SecretError(NO_KEY)
        return self._fernet


def keyed_digest(key: bytes, data: Any) -> str:
    """Return 128 bits of keyed BLAKE2b (RFC 7693) of JSON data, as 32 hex digits."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()
