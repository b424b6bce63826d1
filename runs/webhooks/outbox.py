"""What webhooks have to be sent: written in the same transaction as the record that it announces, and sent by control.

So all that was recorded is announced, nothing else is, and an event has one id for ever.
"""

from __future__ import annotations

import uuid
from typing import Any

from runs.models import Run
from runs.webhooks import message
from runs.webhooks.models import EventType, Webhook, WebhookDelivery, webhooks_of

TEST = "webhook.test"


def record(run: Run, **more: Any) -> None:
    """Queue for the owner's webhooks that the run came to the status it has. Call it inside the transaction.

    `more` goes into the message's data. Doing it again for the same place of the same log does nothing.
    """
    event = f"run.{run.status}"
    if run.owner_id is None or event not in EventType.values:
        return
    hooks = [hook for hook in webhooks_of(run.owner_id).filter(disabled_at=None) if _hears(hook, run, event)]
    if not hooks:
        return
    event_id, body = message.event_id(run), message.body_of(run, event, **more)
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(webhook=hook, event_id=event_id, event=event, run_id=run.pk, body=body) for hook in hooks],
        ignore_conflicts=True,
    )


def record_test(hook: Webhook) -> WebhookDelivery:
    """Queue a test message for one webhook."""
    body = message.body(TEST, {"webhook": str(hook.pk), "text": "This is a test. Nothing happened."})
    return WebhookDelivery.objects.create(webhook=hook, event_id=f"msg_{uuid.uuid4().hex}", event=TEST, body=body)


def _hears(hook: Webhook, run: Run, event: str) -> bool:
    return event in hook.events and hook.workflow in ("", run.workflow)
