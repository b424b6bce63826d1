"""Mail at the end of runs: to whom, once, and over crashes of whoever sends it."""

from __future__ import annotations

import asyncio
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from asgiref.sync import async_to_sync, sync_to_async
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from pydantic import BaseModel

from genisys import UserError, workflow
from runs.accounts import notices
from runs.models import EndNotice, Run, Wishes
from runs.service.starting import start_run

pytestmark = pytest.mark.django_db(transaction=True)


class Order(BaseModel):
    fails: bool = False


@workflow(name="notices-test", title=lambda order: "A long work")
async def notices_test(order: Order) -> Order:
    if order.fails:
        raise UserError("The cupboard is bare.")
    return order


def _run(owner: Any, *, took: int = 100, status: str = "completed", **fields: Any) -> Run:
    end = timezone.now()
    open_ = status in ("queued", "running", "waiting")
    return Run.objects.create(
        workflow="notices-test",
        title="A long work",
        owner=owner,
        status=status,
        deployment="dev",
        input={},
        started_at=end - timedelta(seconds=took),
        ended_at=None if open_ else end,
        **fields,
    )


def _end(run: Run, status: str = "completed") -> None:
    Run.objects.filter(pk=run.pk).update(status=status, ended_at=timezone.now())
    run.refresh_from_db()
    notices.run_ended(run)


def _send_all() -> None:
    while async_to_sync(notices.send_next)():
        pass


def test_who_asked_is_told_once_when_the_run_ends(people: Any) -> None:
    run = _run(people.owner, status="running")
    notices.ask(run, people.owner)
    _send_all()
    assert mail.outbox == []
    _end(run)
    _send_all()
    _send_all()
    (told,) = mail.outbox
    assert told.to == [people.owner.email]
    assert told.subject == "Done: A long work"
    assert f"/runs/{run.pk}/" in str(told.body)


def test_of_a_run_that_ended_while_one_asked_one_is_told_at_once(people: Any) -> None:
    notices.ask(_run(people.owner), people.owner)
    _send_all()
    assert len(mail.outbox) == 1


def test_a_failure_is_told_with_its_reason(people: Any) -> None:
    run = _run(people.owner, status="failed", error={"message": "The cupboard is bare."})
    notices.ask(run, people.owner)
    _send_all()
    assert mail.outbox[0].subject == "Failed: A long work"
    assert "The cupboard is bare." in str(mail.outbox[0].body)


@pytest.mark.parametrize(
    ("took", "status", "wants", "mails"),
    [
        (60, "completed", True, 1),
        (60, "failed", True, 1),
        (59, "completed", True, 0),
        (60, "completed", False, 0),
        (60, "cancelled", True, 0),
    ],
)
def test_who_wants_it_is_told_of_every_long_run_that_they_did_not_stop(
    people: Any, settings: Any, took: int, status: str, wants: bool, mails: int
) -> None:
    settings.GENISYS_LONG_RUN_SECONDS = 60
    Wishes.objects.create(person=people.owner, mail_at_end=wants)
    notices.run_ended(_run(people.owner, took=took, status=status))
    _send_all()
    assert len(mail.outbox) == mails


def test_a_mail_whose_sender_died_is_sent_again_as_the_same_mail(people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    notices.ask(_run(people.owner), people.owner)
    sent: list[str] = []

    def dies_behind_it(message: EmailMessage, *args: Any, **kwargs: Any) -> int:
        sent.append(str(message.message()["Message-ID"]))
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", dies_behind_it)
        with pytest.raises(KeyboardInterrupt):
            _send_all()
    _send_all()
    assert mail.outbox == [], "another one waits until the claim is over"
    EndNotice.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    _send_all()
    assert [str(message.message()["Message-ID"]) for message in mail.outbox] == sent


async def test_of_two_controls_that_see_the_same_mail_one_sends_it(people: Any) -> None:
    await sync_to_async(notices.ask)(await sync_to_async(_run)(people.owner), people.owner)
    saw = await asyncio.gather(notices.send_next(), notices.send_next())
    assert saw == [True, True], "both looked before either had claimed it"
    assert len(mail.outbox) == 1


def test_what_the_mail_server_does_not_take_is_tried_again_later_and_given_up_in_the_end(
    people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices.ask(_run(people.owner), people.owner)

    def refused(*args: Any, **kwargs: Any) -> int:
        raise smtplib.SMTPServerDisconnected("not now")

    monkeypatch.setattr(EmailMessage, "send", refused)
    waits: list[float] = []
    for _ in range(notices.TRIES):
        _send_all()
        notice = EndNotice.objects.get()
        if notice.due_at is not None:
            waits.append((notice.due_at - timezone.now()).total_seconds())
            EndNotice.objects.update(due_at=timezone.now())
    assert waits == sorted(waits)
    assert len(waits) == notices.TRIES - 1
    assert (notice.tries, notice.due_at, notice.sent_at) == (notices.TRIES, None, None)
    monkeypatch.undo()
    _send_all()
    assert mail.outbox == []


def test_mail_goes_to_no_address_that_its_owner_did_not_confirm(people: Any) -> None:
    address = EmailAddress.objects.create(user=people.owner, email=people.owner.email, primary=True, verified=False)
    run = _run(people.owner)
    notices.ask(run, people.owner)
    _send_all()
    assert mail.outbox == []
    address.verified = True
    address.save()
    notices.ask(run, people.owner)
    _send_all()
    assert len(mail.outbox) == 1


def test_who_may_see_the_run_no_longer_is_not_told_of_it(people: Any) -> None:
    run = _run(people.owner, status="running")
    notices.ask(run, people.owner)
    Run.objects.update(owner=people.outsider)
    _end(run)
    _send_all()
    assert mail.outbox == []


def test_who_takes_it_back_is_not_told(client: Client, people: Any) -> None:
    run = _run(people.owner, status="running")
    client.force_login(people.owner)
    client.post(f"/runs/{run.pk}/tell")
    assert notices.asked(run, people.owner)
    client.post(f"/runs/{run.pk}/tell", {"mail": "off"})
    assert not notices.asked(run, people.owner)


def test_of_a_run_that_one_may_not_see_one_is_not_told(client: Client, people: Any) -> None:
    run = _run(people.owner, status="running")
    for person, status in ((people.owner, 303), (people.staff, 303), (people.outsider, 404)):
        client.force_login(person)
        assert client.post(f"/runs/{run.pk}/tell").status_code == status, person
    client.logout()
    assert client.post(f"/runs/{run.pk}/tell").status_code == 302


def test_the_wish_is_kept_and_shown_on_the_account_page(client: Client, people: Any) -> None:
    client.force_login(people.owner)
    assert "checked" not in client.get("/account/").content.decode()
    client.post("/account/notices", {"mail_at_end": "on"})
    assert "checked" in client.get("/account/").content.decode()
    client.post("/account/notices")
    assert "checked" not in client.get("/account/").content.decode()


async def test_control_sends_the_mail_of_a_real_run(people: Any, worker: Any, control: Any, recorded: Any) -> None:
    run = await start_run(user=people.owner, workflow="notices-test", input={"fails": True})
    await sync_to_async(notices.ask)(run, people.owner)
    await recorded(run)
    await control._notify_once()
    await control._notify_once()
    (told,) = mail.outbox
    assert told.subject == "Failed: A long work"
    assert "The cupboard is bare." in str(told.body)
