"""Sends what stands in the outbox: each delivery at least once, until it is taken or given up after about a day.

Any number of senders may run: an attempt is claimed by a conditional update. A claim ends by itself, so the delivery of
a process that died is tried again. A slow receiver holds up no other: there is a bound on how many go at once to one
host and for one person, and each has its deadline. Everything goes through the guarded client: no private address, no
redirect.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from genisys import SecretError
from genisys.host import apart
from genisys.net import FetchBlocked, Fetched, Fetcher, FetchError
from runs.record.refused.refusals import cause_of, is_passing
from runs.webhooks import message
from runs.webhooks.models import RESPONSE_CHARS, Webhook, WebhookDelivery

ATTEMPTS = 10
FIRST_WAIT_S = 10.0
JITTER = 0.2

AT_ONCE = 32
AT_ONCE_TO_A_HOST = 4
AT_ONCE_FOR_A_PERSON = 8
LOOKED_AT = 200
LOOK_AGAIN_S = 1.0

STEP_TIMEOUT_S = 5.0
TIMEOUT_S = 15.0
CLAIM = timedelta(seconds=60)
"""Longer than an attempt can take, so that no other sender begins the next one meanwhile."""
LEAVE_WITHIN_S = 5.0

Status = WebhookDelivery.Status
GONE = 410

log = structlog.get_logger("runs.webhooks")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. `final` says that trying again cannot help, `gone` that nothing more is wanted, and
    `retry_after_s` that the receiver wants to be left alone for so long.
    """

    taken: bool = False
    final: bool = False
    gone: bool = False
    response_status: int | None = None
    response_body: str = ""
    error: str = ""
    retry_after_s: float = 0.0


def wait_after(attempt: int, jitter: float = 0.0) -> timedelta | None:
    """Return how long to wait after a failed attempt; None where it was the last. `jitter` is between -1 and 1.

    Exponential: 10 s, 30 s, 90 s, … 18 hours; together about 27 hours.
    """
    if attempt >= ATTEMPTS:
        return None
    return timedelta(seconds=FIRST_WAIT_S * 3.0 ** (attempt - 1) * (1 + JITTER * jitter))


def judge(answer: Fetched) -> Outcome:
    """Say what a receiver's answer means: 2xx is taken, 410 wants nothing more, all else is tried again."""
    taken = 200 <= answer.status < 300
    return Outcome(
        taken=taken,
        final=answer.status == GONE,
        gone=answer.status == GONE,
        response_status=answer.status,
        response_body=answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")[:RESPONSE_CHARS],
        error="" if taken else _sentence(answer),
        retry_after_s=answer.retry_after or 0.0,
    )


class Sender:
    """Control's hold on the outbox. Use as an async context manager; `turn` sends what is due."""

    def __init__(self) -> None:
        self._fetcher: Fetcher | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._hosts: Counter[str] = Counter()
        self._people: Counter[int] = Counter()
        self._stopping = False

    async def __aenter__(self) -> Sender:
        self._fetcher = Fetcher(
            user_agent="Genisys-Webhooks/1.0",
            allowed_private_hosts=frozenset(settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS),
            timeout=STEP_TIMEOUT_S,
            total=TIMEOUT_S,
        )
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._sending:
            _, unfinished = await asyncio.wait(self._sending, timeout=LEAVE_WITHIN_S)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        if self._fetcher is not None:
            await self._fetcher.__aexit__(kind, error, trace)

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping = True

    async def turn(self) -> None:
        """Begin what is due, again and again while there is some. Raises DatabaseError.

        What is being sent when it returns goes on in its own tasks.
        """
        while await self._begin_due():
            if self._sending:
                await asyncio.wait(self._sending, timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)

    async def settle(self) -> None:
        """Wait for the end of all that is being sent just now."""
        while self._sending:
            await asyncio.wait(self._sending)

    async def _begin_due(self) -> int:
        """Begin as many due deliveries as there is room for; return how many."""
        began = 0
        if self._stopping or len(self._sending) >= AT_ONCE:
            return began
        due = (
            WebhookDelivery.objects.filter(status=Status.PENDING, next_try_at__lte=timezone.now())
            .filter(webhook__disabled_at=None, webhook__owner__is_active=True)
            .exclude(webhook__host__in=[host for host, count in self._hosts.items() if count >= AT_ONCE_TO_A_HOST])
            .exclude(webhook__owner__in=[pk for pk, count in self._people.items() if count >= AT_ONCE_FOR_A_PERSON])
            .select_related("webhook")
            .order_by("next_try_at", "pk")
        )
        pks = [pk async for pk in due.values_list("pk", flat=True)[:LOOKED_AT]]

        async def read(some: Sequence[int]) -> dict[int, WebhookDelivery]:
            return {delivery.pk: delivery async for delivery in due.filter(pk__in=some)}

        found, refused = await apart(pks, read, is_passing)
        for pk, error in refused.items():
            await _give_up(pk, error)
        for delivery in (found[pk] for pk in pks if pk in found):
            if self._has_room(delivery.webhook) and await _claimed(delivery):
                self._begin(delivery)
                began += 1
        return began

    def _has_room(self, hook: Webhook) -> bool:
        return (
            len(self._sending) < AT_ONCE
            and self._hosts[hook.host] < AT_ONCE_TO_A_HOST
            and self._people[hook.owner_id] < AT_ONCE_FOR_A_PERSON
        )

    def _begin(self, delivery: WebhookDelivery) -> None:
        hook = delivery.webhook
        self._hosts[hook.host] += 1
        self._people[hook.owner_id] += 1
        task = asyncio.create_task(self._send(delivery))
        self._sending.add(task)
        task.add_done_callback(lambda task: self._ended(task, hook))

    def _ended(self, task: asyncio.Task[None], hook: Webhook) -> None:
        self._sending.discard(task)
        self._hosts -= Counter((hook.host,))
        self._people -= Counter((hook.owner_id,))

    async def _send(self, delivery: WebhookDelivery) -> None:
        try:
            outcome = await self._attempt(delivery)
        except Exception as error:
            # Whatever went wrong on our side counts as an attempt, so that it cannot go wrong for ever.
            log.exception("webhook.failed", delivery=delivery.pk)
            outcome = Outcome(error=f"It could not be sent: {type(error).__name__}.")
        try:
            await _record(delivery, outcome)
        except Exception as error:
            if is_passing(error):
                # The claim runs out, and the delivery is tried again.
                log.warning("webhook.not_recorded", delivery=delivery.pk, error=str(error))
            else:
                await _give_up(delivery.pk, error)

    async def _attempt(self, delivery: WebhookDelivery) -> Outcome:
        assert self._fetcher is not None, "enter the sender first"
        hook = delivery.webhook
        try:
            secret = message.opened(hook.sealed_secret)
        except SecretError:
            return Outcome(final=True, error="The secret was sealed with a key that is no longer set. Add it anew.")
        headers = message.headers(secret, delivery.event_id, timezone.now(), delivery.body)
        try:
            answer = await self._fetcher.post(
                hook.url, delivery.body.encode(), headers=headers, max_bytes=RESPONSE_CHARS
            )
        except FetchError as error:
            return Outcome(final=isinstance(error, FetchBlocked), error=error.message)
        return judge(answer)


async def _claimed(delivery: WebhookDelivery) -> bool:
    """Take the attempt for this process; return whether it is ours."""
    now = timezone.now()
    ours = WebhookDelivery.objects.filter(
        pk=delivery.pk, status=Status.PENDING, attempt=delivery.attempt, next_try_at__lte=now
    )
    delivery.attempt += 1
    return bool(await ours.aupdate(attempt=delivery.attempt, next_try_at=now + CLAIM, tried_at=now))


async def _give_up(pk: int, error: Exception) -> None:
    """End a delivery whose own data is refused: its owner and staff see why, and send it again by hand."""
    cause = cause_of(error)
    log.error("webhook.set_aside", delivery=pk, cause=cause)
    why = f"It was put aside, since something in it cannot be read or written: {cause}"
    with contextlib.suppress(Exception):  # where even that is refused, only the log has it
        await WebhookDelivery.objects.filter(pk=pk).aupdate(status=Status.FAILED, error=why[:500])


async def _record(delivery: WebhookDelivery, outcome: Outcome) -> None:
    """Write down what came of an attempt, unless somebody else has the delivery by now."""
    await WebhookDelivery.objects.filter(pk=delivery.pk, status=Status.PENDING, attempt=delivery.attempt).aupdate(
        response_status=outcome.response_status,
        response_body=outcome.response_body,
        error=outcome.error[:500],
        **_what_next(outcome, delivery.attempt),
    )
    if outcome.gone:
        await Webhook.objects.filter(pk=delivery.webhook_id).aupdate(disabled_at=timezone.now())
    log.info(
        "webhook.tried",
        webhook=str(delivery.webhook_id),
        webhook_event=delivery.event,
        attempt=delivery.attempt,
        taken=outcome.taken,
        response_status=outcome.response_status,
    )


def _what_next(outcome: Outcome, attempt: int) -> dict[str, Any]:
    """Return what becomes of a delivery after this attempt: it is done, given up, or due again."""
    if outcome.taken:
        return {"status": Status.DELIVERED}
    wait = None if outcome.final else wait_after(attempt, random.uniform(-1, 1))  # noqa: S311 - jitter
    if wait is None:
        return {"status": Status.FAILED}
    return {"next_try_at": timezone.now() + max(wait, timedelta(seconds=outcome.retry_after_s))}


def _sentence(answer: Fetched) -> str:
    if answer.status == GONE:
        return "The receiver answered 410: it wants nothing more. The webhook was turned off."
    if 300 <= answer.status < 400:
        return f"The receiver answered {answer.status}: it sends us elsewhere, where we do not follow."
    return f"The receiver answered {answer.status}."
