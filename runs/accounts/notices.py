"""Mail to people whose run has ended: who gets one, and its sending by control.

Each mail has a row, written with the run's record in one transaction, so none is forgotten. It is sent at least once:
whoever sends puts the row off for CLAIM first, and where that process dies before it says that the mail is out,
another one sends it again. Both carry the same Message-ID, by which mail programs know them for one.
"""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from runs.access import can_see
from runs.models import EndNotice, Run, RunStatus, Wishes
from runs.presentation import words
from runs.presentation.rows import duration_of
from runs.products import noun_of
from runs.record.refused import set_aside
from runs.record.refused.refusals import is_passing
from runs.record.refused.set_aside import What

CLAIM = timedelta(minutes=5)
BACKOFF_FIRST = timedelta(minutes=1)
TRIES = 10
"""The last of them some eight hours after the first."""

log = structlog.get_logger("runs.accounts.notices")


def ask(run: Run, person: Any) -> None:
    """Queue one mail to the person when this run ends; at once where it has ended meanwhile."""
    EndNotice.objects.update_or_create(
        run=run, person=person, defaults={"due_at": None, "tries": 0, "sent_at": None, "created_at": timezone.now()}
    )


def forget(run: Run, person: Any) -> None:
    """Take back the person's mail about this run."""
    EndNotice.objects.filter(run=run, person=person, sent_at=None).delete()


def asked(run: Run, person: Any) -> bool:
    """Say whether a mail is still to come."""
    return EndNotice.objects.filter(run=run, person=person, sent_at=None).exists()


def run_ended(run: Run) -> None:
    """Queue the mail of an owner who wants one for each long run. Belongs in the transaction that records the end.

    A run that was stopped is no news to its owner. Where a run is retried after a mail, only who asks again gets
    another.
    """
    if _was_long(run) and run.status != RunStatus.CANCELLED and _wants_all(run.owner_id):
        EndNotice.objects.get_or_create(run=run, person_id=run.owner_id)


def again(run: Run) -> None:
    """Queue again the mails about this run's end that were set aside or given up."""
    run_ended(run)
    EndNotice.objects.filter(run=run, sent_at=None, due_at=None, tries__gt=0).update(due_at=timezone.now(), tries=0)


async def send_next() -> bool:
    """Send one mail that is due; return whether there was one. What fails is tried again later, up to TRIES times."""
    now = timezone.now()
    new = Q(due_at=None, tries=0, run__ended_at__isnull=False)
    due = EndNotice.objects.filter(new | Q(due_at__lte=now, tries__lt=TRIES), sent_at=None)
    # The notice's own columns alone: a run that cannot be read then stops its own mail, and no other.
    notice = await due.only("pk", "run_id", "due_at", "tries").order_by("pk").afirst()
    if notice is None:
        return False
    claim = EndNotice.objects.filter(pk=notice.pk, sent_at=None, due_at=notice.due_at)
    if await claim.aupdate(due_at=now + CLAIM, tries=notice.tries + 1):
        await _send(notice.pk, notice.run_id, notice.tries + 1)
    return True


async def _send(pk: int, run_id: str, tries: int) -> None:
    row = EndNotice.objects.filter(pk=pk)
    try:
        notice = await row.select_related("run", "person").afirst()
        if notice is None:
            return  # It was taken back just now.
        address = await sync_to_async(address_of)(notice.person)
        if not address or not can_see(notice.person, notice.run):
            await row.aupdate(due_at=None)
            return
        await sync_to_async(_message(notice, address).send)()
    except Exception as error:
        if not isinstance(error, OSError):  # smtplib's errors are among them
            if is_passing(error):
                raise
            # Something in this mail is wrong that no later try mends.
            await row.aupdate(due_at=None)
            await set_aside.aput(run_id, What.MAIL, error)
            return
        later = None if tries >= TRIES else timezone.now() + BACKOFF_FIRST * 2 ** (tries - 1)
        await row.aupdate(due_at=later)
        log.warning("notice.not_sent", run_id=run_id, tries=tries, gave_up=later is None, error=str(error))
    else:
        await row.aupdate(sent_at=timezone.now(), due_at=None)


def address_of(person: Any) -> str:
    """Return where the person's mail goes; "" where there is no address, or one that they have not confirmed."""
    if not person.is_active or not person.email:
        return ""
    said = EmailAddress.objects.filter(user=person, email__iexact=person.email).first()
    return str(person.email) if said is None or said.verified else ""


def _message(notice: EndNotice, address: str) -> EmailMessage:
    run = notice.run
    context = {
        "run": run,
        "noun": noun_of(run.workflow),
        "took": duration_of(run),
        "error": words.reason(run.error) if run.status == RunStatus.FAILED else "",
        "url": f"{settings.SITE_ADDRESS}{run.get_absolute_url()}",
    }
    subject = " ".join(f"{run.get_status_display().capitalize()}: {run}".split())
    _, _, host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")
    return EmailMessage(
        subject,
        render_to_string("runs/email/ended.txt", context),
        to=[address],
        headers={
            "Message-ID": f"<run-{run.pk}-{notice.pk}-{int(notice.created_at.timestamp())}@{host or 'localhost'}>"
        },
    )


def _was_long(run: Run) -> bool:
    if run.started_at is None or run.ended_at is None:
        return False
    return (run.ended_at - run.started_at).total_seconds() >= settings.GENISYS_LONG_RUN_SECONDS


def _wants_all(person_id: Any) -> bool:
    return person_id is not None and Wishes.objects.filter(pk=person_id, mail_at_end=True).exists()
