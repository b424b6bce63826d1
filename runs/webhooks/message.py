"""The form of what is sent: Standard Webhooks 1.0 (https://www.standardwebhooks.com), signed with HMAC-SHA256.

A message is JSON with `type`, `timestamp` and `data`, and three headers: `webhook-id`, the same at each attempt;
`webhook-timestamp`, of the attempt in epoch seconds; and `webhook-signature`, `v1,` and the base64 of the HMAC over
`id.timestamp.body`. The secret is `whsec_` and the base64 of its bytes.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from pydantic_core import to_json
from standardwebhooks import Webhook as Signer

from genisys.host import KeyRing
from runs.models import Run

SECRET_BYTES = 32
LONGEST_REASON = 500
_NAMESPACE = uuid.UUID("5f1f9d8a-3b0e-5c8e-9f57-6c1d1b7a2f10")


def new_secret() -> str:
    """Return a fresh secret as its owner will see it, once."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed(secret: str) -> str:
    """Encrypt a secret for the database."""
    return KeyRing(settings.GENISYS_SECRETS).seal(secret)


def opened(sealed_secret: str) -> str:
    """Return a sealed secret in clear. Raises SecretError where the key that sealed it is no longer set."""
    return str(KeyRing(settings.GENISYS_SECRETS).open(sealed_secret))


def headers(secret: str, event_id: str, at: datetime, body: str) -> dict[str, str]:
    """Return the three headers of one attempt."""
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signer(secret).sign(event_id, at, body),
        "content-type": "application/json",
    }


def event_id(run: Run) -> str:
    """Name what happened to the run at this place of its log: the same from whichever process, and only once."""
    return f"msg_{uuid.uuid5(_NAMESPACE, f'{run.pk} {run.log_id} {run.seq} {run.status}').hex}"


def body_of(run: Run, event: str, **more: Any) -> str:
    """Return the message about the run. Its output is not in it, and is fetched with a token."""
    data = {
        "id": run.pk,
        "workflow": run.workflow,
        "title": run.title,
        "status": run.status,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "error": _reason(run.error),
        "urls": {
            "self": reverse("api:get_run", args=[run.pk]),
            "output": reverse("api:get_output", args=[run.pk]),
            "page": run.get_absolute_url(),
        },
        **more,
    }
    return body(event, data)


def body(event: str, data: dict[str, Any]) -> str:
    return to_json({"type": event, "timestamp": timezone.now(), "data": data}).decode()


def _reason(error: Any) -> str | None:
    said = error.get("message") if isinstance(error, dict) else None
    return str(said)[:LONGEST_REASON] if said else None
