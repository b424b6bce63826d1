"""The tokens under which requests for input are answered, and the answers as the run's inbox keeps them.

A token is an HMAC-SHA-256 (RFC 2104) of the run and the step under the engine's secret, so it is stored nowhere and
cannot be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from ..core import codec
from ..secrets.keyring import KeyRing
from ..secrets.redactor import DOTS


def input_token(secret: str, run_id: str, step: str) -> str:
    """Return the token under which a request for input is answered, as 64 hex digits: `<step><mac>`."""
    mac = hmac.new(secret.encode(), f"{run_id} {step}".encode(), hashlib.sha256).hexdigest()[:32]
    return step + mac


def wants_secret(schema: Any) -> bool:
    """Return whether a JSON Schema asks for a secret anywhere."""
    if isinstance(schema, dict):
        return schema.get("format") == "password" or any(map(wants_secret, schema.values()))
    return isinstance(schema, list) and any(map(wants_secret, schema))


def packed_answer(ring: KeyRing, schema: Any, value: Any) -> bytes:
    """Return an answer packed for the run's inbox, sealed where a secret was asked for. Raises SecretError."""
    where = "An answer"
    if wants_secret(schema):
        return codec.pack_sealed(DOTS, ring.seal(value), where=where)
    return codec.pack(value, where=where)


def step_of_token(secret: str, run_id: str, token: str) -> str | None:
    """Return the step that the token is for, or None where it is none of this run's."""
    step = token[:32]  # a step's key is 32 hex digits
    # In constant time: a token must not be found digit by digit from how long a refusal takes.
    return step if hmac.compare_digest(token.encode(), input_token(secret, run_id, step).encode()) else None
