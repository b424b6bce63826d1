"""Sends what is to be told of episodes: by mail, to a webhook, to a webhook in Slack's shape.

A telling is claimed by putting its `due_at` off, so that one process sends it; where that one dies, another does. What
fails is tried again, TRIES times in all. Webhooks go through the guarded client, as those of people do.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.mail import EmailMessage
from pydantic_core import to_json

from genisys.net import Fetcher, FetchError
from runs.webhooks import message as signed
from staff.alerts import message
from staff.alerts.models import Telling

CLAIM = timedelta(minutes=5)
BACKOFF_FIRST = timedelta(minutes=1)
TRIES = 8
"""The last of them some two hours after the first."""
AT_ONCE = 100
STEP_TIMEOUT_S, TIMEOUT_S = 5.0, 15.0
_NAMESPACE = uuid.UUID("0d8c2f4e-66f6-5b5e-9c4e-8b1f8d0a7f33")

log = structlog.get_logger("staff.alerts")


class NotTaken(Exception):
    """A receiver did not take the message; the text says why."""


async def send_due(now: datetime) -> int:
    """Send what is due at `now`; return how many were taken. Never raises for one that cannot be sent."""
    due = Telling.objects.filter(due_at__lte=now, tries__lt=TRIES).select_related("alert").order_by("due_at", "pk")
    taken = 0
    for telling in [telling async for telling in due[:AT_ONCE]]:
        claim = Telling.objects.filter(pk=telling.pk, due_at=telling.due_at)
        if await claim.aupdate(due_at=now + CLAIM, tries=telling.tries + 1):
            taken += await _send(telling, now)
    return taken


async def _send(telling: Telling, now: datetime) -> bool:
    row = Telling.objects.filter(pk=telling.pk)
    try:
        await _WAYS[telling.channel](telling, now)
    except (NotTaken, FetchError, OSError) as error:  # smtplib's errors are OSErrors
        tries = telling.tries + 1
        later = None if tries >= TRIES else now + BACKOFF_FIRST * 2 ** (tries - 1)
        await row.aupdate(due_at=later, error=str(error)[:500])
        log.warning("alert.not_told", channel=telling.channel, tries=tries, gave_up=later is None, error=str(error))
        return False
    await row.aupdate(due_at=None, sent_at=now, error="")
    return True


async def _mail(telling: Telling, now: datetime) -> None:
    address = settings.SITE_ADDRESS
    mail = EmailMessage(message.subject(telling), message.text(telling, address), to=settings.GENISYS_ALERT_MAIL)
    await sync_to_async(mail.send)()


async def _webhook(telling: Telling, now: datetime) -> None:
    body = to_json(message.event(telling, settings.SITE_ADDRESS)).decode()
    headers = {"content-type": "application/json"}
    if secret := settings.GENISYS_ALERT_WEBHOOK_SECRET:
        name = f"msg_{uuid.uuid5(_NAMESPACE, f'{telling.alert_id} {telling.phase}').hex}"
        headers = signed.headers(secret, name, now, body)
    await _post(settings.GENISYS_ALERT_WEBHOOK, body, headers)


async def _slack(telling: Telling, now: datetime) -> None:
    body = to_json(message.slack(telling, settings.SITE_ADDRESS)).decode()
    await _post(settings.GENISYS_ALERT_SLACK, body, {"content-type": "application/json"})


async def _post(url: str, body: str, headers: dict[str, str]) -> None:
    async with Fetcher(
        user_agent="Genisys-Alerts/1.0",
        allowed_private_hosts=frozenset(settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS),
        timeout=STEP_TIMEOUT_S,
        total=TIMEOUT_S,
    ) as fetcher:
        try:
            answer = await fetcher.post(url, body.encode(), headers=headers, max_bytes=1000)
        except FetchError as error:
            # The address is a secret with Slack, and stands in the error's text.
            raise NotTaken(error.message.replace(url, "the receiver")) from error
    if not 200 <= answer.status < 300:
        raise NotTaken(f"The receiver answered {answer.status}.")


_WAYS: dict[str, Callable[[Telling, datetime], Awaitable[None]]] = {
    Telling.Channel.MAIL: _mail,
    Telling.Channel.WEBHOOK: _webhook,
    Telling.Channel.SLACK: _slack,
}
