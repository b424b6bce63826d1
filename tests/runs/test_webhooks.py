"""Webhooks: what is told and when, how it is sent, what a bad receiver can do, and the pages of their owner."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from pydantic import BaseModel

from genisys import request_input, workflow
from genisys.host import Change
from genisys.testing.redis import write
from runs.control_plane import projection
from runs.control_plane.retention import remove_old_deliveries
from runs.models import AuditEntry, Run
from runs.rules.audit import Actor, Via
from runs.service.actions import cancel_run, retry_run
from runs.service.starting import start_run
from runs.webhooks import message, outbox, sender
from runs.webhooks.models import EventType, Webhook, WebhookDelivery
from runs.webhooks.sender import ATTEMPTS, Sender, wait_after
from tests.runs.receiver import Receiver, answer

LIST = "/account/webhooks/"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ACTOR = Actor(None, Via.COMMAND)


class Job(BaseModel):
    fail: bool = False
    ask: bool = False


@workflow(name="hooked")
async def hooked(job: Job) -> Job:
    if job.ask:
        await request_input(bool, "Go on?", name="go")
    if job.fail:
        raise ValueError("It broke.")
    return job


@pytest.fixture
async def receiver(settings: Any) -> AsyncIterator[Receiver]:
    settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    async with Receiver() as server:
        yield server


@pytest.fixture
async def sending() -> AsyncIterator[Sender]:
    async with Sender() as sender:
        yield sender


async def hook_of(person: Any, url: str = "https://example.test/", **fields: Any) -> Webhook:
    fields = {"events": list(EventType.values), "sealed_secret": message.sealed(SECRET), **fields}
    return await Webhook.objects.acreate(owner=person, url=url, **fields)


async def to_send(hook: Webhook, **fields: Any) -> WebhookDelivery:
    fields = {
        "event_id": f"msg_{await WebhookDelivery.objects.acount()}",
        "event": "webhook.test",
        "body": "{}",
    } | fields
    return await WebhookDelivery.objects.acreate(webhook=hook, **fields)


async def sent(sending: Sender, delivery: WebhookDelivery) -> WebhookDelivery:
    """Let the sender have its turn, and give the delivery as it then is."""
    await sending.turn()
    await sending.settle()
    await delivery.arefresh_from_db()
    return delivery


async def told() -> list[tuple[str, str]]:
    """What stands in the outbox: run and event, oldest first."""
    rows = WebhookDelivery.objects.order_by("pk").values_list("run_id", "event")
    return [row async for row in rows]


# What is told


@pytest.mark.parametrize(("fail", "event"), [(False, "run.completed"), (True, "run.failed")])
async def test_the_end_of_a_run_is_told_once_whoever_looks_and_however_often(
    engine, worker, control, recorded, people, fail, event
):
    hook = await hook_of(people.owner)
    run = await recorded(await start_run(user=people.owner, workflow="hooked", input=Job(fail=fail), title="My job"))
    await control.sweep()
    await control.follow(Change(run.pk, run.status, run.seq))
    delivery = await WebhookDelivery.objects.aget()
    assert (delivery.webhook_id, delivery.run_id, delivery.event) == (hook.pk, run.pk, event)
    said = json.loads(delivery.body)
    assert (said["type"], said["data"]["id"], said["data"]["title"]) == (event, run.pk, "My job")
    assert said["data"]["error"] == ("It broke." if fail else None)
    assert said["data"]["urls"]["output"] == f"/api/runs/{run.pk}/output"


async def test_what_cannot_be_told_is_not_recorded_either_and_both_come_later(
    engine, worker, control, ended, people, monkeypatch
):
    await hook_of(people.owner)
    run = await start_run(user=people.owner, workflow="hooked", input=Job())
    meta = await ended(run)

    def broken(run: Run) -> None:
        raise RuntimeError("the outbox is on fire")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "record", broken)
        with pytest.raises(RuntimeError):
            await projection.finish(engine, meta, keep_seconds=60)
    await run.arefresh_from_db()
    assert (run.finished, await told()) == (False, [])
    await control.sweep()
    await run.arefresh_from_db()
    assert (run.status, await told()) == ("completed", [(run.pk, "run.completed")])


async def test_a_run_that_was_never_handed_out_is_told_of_when_it_is_stopped(engine, people):
    await hook_of(people.owner)
    run = await Run.objects.acreate(owner=people.owner, workflow="hooked", input={}, deployment="dev")
    assert await cancel_run(run, ACTOR)
    assert not await cancel_run(run, ACTOR)
    assert await told() == [(run.pk, "run.cancelled")]


async def test_a_run_whose_log_has_a_hole_is_told_of_as_well(engine, worker, control, ended, redis_server, people):
    await hook_of(people.owner)
    run = await start_run(user=people.owner, workflow="hooked", input=Job())
    await ended(run)
    with redis_server.client() as client:
        (key,) = client.scan_iter(match=f"genisys:*run:{run.pk}:log")
        client.xdel(key, client.xrange(key, count=1)[0][0])
    await control.sweep()
    await control.sweep()
    assert await told() == [(run.pk, "run.completed")]


async def test_a_retry_that_ends_is_told_of_under_an_id_of_its_own(engine, worker, recorded, people):
    await hook_of(people.owner)
    run = await recorded(await start_run(user=people.owner, workflow="hooked", input=Job(fail=True)))
    await retry_run(run, ACTOR)
    await recorded(run)
    assert await told() == [(run.pk, "run.failed")] * 2
    assert len({row.event_id async for row in WebhookDelivery.objects.all()}) == 2


async def test_a_run_that_asks_is_told_of_with_its_question_and_again_when_it_asks_again(
    engine, worker, control, eventually, people
):
    await hook_of(people.owner)
    run = await start_run(user=people.owner, workflow="hooked", input=Job(ask=True))

    async def waits() -> bool:
        return (await engine.meta(run.pk)).status == "waiting"

    await eventually(waits, "the run does not ask")
    meta = await engine.meta(run.pk)
    await control.sweep()
    await control.sweep()
    await control.follow(Change(run.pk, "waiting", meta.last_seq))
    delivery = await WebhookDelivery.objects.aget()
    assert delivery.event == "run.waiting"
    assert json.loads(delivery.body)["data"]["waiting"] == {"reason": "input", "until": None, "prompt": "Go on?"}

    # It went on and waits again, and nobody looked in between.
    worker.stop()
    await write(engine, run.pk, [{"type": "status", "at": 1, "text": "Later"}])
    later = (await engine.meta(run.pk)).last_seq
    await control.follow(Change(run.pk, "waiting", later))
    assert await told() == [(run.pk, "run.waiting")] * 2


async def test_only_the_owner_s_own_hooks_that_chose_the_event_and_the_workflow_are_told(people):
    mine = await hook_of(people.owner)
    by_workflow = await hook_of(people.owner, workflow="hooked")
    await hook_of(people.owner, workflow="another")
    await hook_of(people.owner, events=["run.failed"])
    await hook_of(people.owner, disabled_at=timezone.now())
    await hook_of(people.outsider)
    await hook_of(people.operator)
    run = await Run.objects.acreate(owner=people.owner, workflow="hooked", status="completed", input={}, deployment="d")
    await asyncio.to_thread(outbox.record, run)
    await asyncio.to_thread(outbox.record, run)
    assert {row.webhook_id async for row in WebhookDelivery.objects.all()} == {mine.pk, by_workflow.pk}
    assert await WebhookDelivery.objects.acount() == 2


async def test_the_run_of_nobody_is_told_to_nobody(people):
    await hook_of(people.owner)
    run = await Run.objects.acreate(workflow="hooked", status="completed", input={}, deployment="dev")
    await asyncio.to_thread(outbox.record, run)
    assert await told() == []


# How it is sent


async def test_what_is_sent_is_signed_as_standard_webhooks_says(receiver, sending, people):
    delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url), body='{"a":"ü"}'))
    (heard,) = receiver.heard
    assert (delivery.status, delivery.attempt, delivery.response_status) == ("delivered", 1, 204)
    assert heard.line == "POST /hook HTTP/1.1"
    assert heard.body == '{"a":"ü"}'.encode()
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["webhook-id"] == delivery.event_id
    at = int(heard.headers["webhook-timestamp"])
    assert abs(at - timezone.now().timestamp()) < 60
    signed = f"{delivery.event_id}.{at}.".encode() + heard.body
    mac = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
    assert heard.headers["webhook-signature"] == f"v1,{mac}"
    assert not {"cookie", "authorization"} & set(heard.headers)


async def test_the_secret_is_encrypted_where_it_is_kept(people):
    hook = await hook_of(people.owner)
    assert SECRET.removeprefix("whsec_") not in hook.sealed_secret
    assert message.opened(hook.sealed_secret) == SECRET


async def test_a_receiver_that_fails_is_tried_again_later_with_the_same_id_and_body(receiver, sending, people):
    receiver.answers = [answer(500, b"down \x00 " + b"x" * 5000), 200]
    delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url)))
    assert (delivery.status, delivery.attempt, delivery.response_status) == ("pending", 1, 500)
    assert delivery.response_body.startswith("down \ufffd x") and len(delivery.response_body) == 1024
    assert 7 < (delivery.next_try_at - timezone.now()).total_seconds() <= 12
    assert (await sent(sending, delivery)).attempt == 1, "it is not due yet"
    await WebhookDelivery.objects.aupdate(next_try_at=timezone.now())
    delivery = await sent(sending, delivery)
    assert (delivery.status, delivery.attempt, delivery.response_status, delivery.error) == ("delivered", 2, 200, "")
    first, second = receiver.heard
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_the_waits_grow_and_reach_about_a_day():
    waits = [wait_after(attempt) for attempt in range(1, ATTEMPTS + 1)]
    assert waits[-1] is None
    given = [wait for wait in waits if wait is not None]
    assert all(later == 3 * sooner for sooner, later in pairwise(given))
    assert timedelta(hours=20) < sum(given, timedelta()) < timedelta(hours=30)
    assert wait_after(1, -1) < wait_after(1) < wait_after(1, 1)


async def test_a_receiver_is_left_alone_for_as_long_as_it_asks(receiver, sending, people):
    receiver.answers = [answer(503, **{"Retry-After": "600"})]
    delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url)))
    assert 590 < (delivery.next_try_at - timezone.now()).total_seconds() <= 600


async def test_after_the_last_attempt_it_is_given_up(receiver, sending, people):
    receiver.answers = [503]
    delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url), attempt=ATTEMPTS - 1))
    assert (delivery.status, delivery.attempt) == ("failed", ATTEMPTS)
    assert delivery.error == "The receiver answered 503."


async def test_410_turns_the_webhook_off_and_nothing_more_is_sent(receiver, sending, people):
    receiver.answers = [410]
    hook = await hook_of(people.owner, receiver.url)
    delivery = await sent(sending, await to_send(hook))
    await hook.arefresh_from_db()
    assert delivery.status == "failed"
    assert hook.disabled_at is not None
    assert (await sent(sending, await to_send(hook))).attempt == 0
    assert len(receiver.heard) == 1


async def test_a_redirect_is_not_followed(receiver, sending, people):
    receiver.answers = [answer(307, Location="/elsewhere")]
    delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url)))
    assert "where we do not follow" in delivery.error
    assert [heard.line for heard in receiver.heard] == ["POST /hook HTTP/1.1"]


async def test_a_private_address_is_never_dialled(receiver, people, settings):
    settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS = []
    port = receiver.url.split(":")[2]
    async with Sender() as sending:
        for url in (receiver.url, f"http://localhost:{port}", "http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/"):
            delivery = await sent(sending, await to_send(await hook_of(people.owner, url)))
            assert (delivery.status, delivery.response_status) == ("failed", None), url
            assert delivery.error
    assert receiver.connections == 0


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
async def test_what_is_no_answer_is_tried_again(receiver, sending, people, said):
    receiver.answers = [said]
    delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url)))
    assert (delivery.status, delivery.response_status) == ("pending", None)
    assert delivery.error.startswith("127.0.0.1 ")


async def test_an_endless_answer_is_cut(receiver, sending, people):
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    receiver.answers = [endless]
    delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url)))
    assert (delivery.status, delivery.response_body) == ("delivered", "x" * 1024)


async def test_a_receiver_that_never_answers_is_given_up_in_time(receiver, people, monkeypatch):
    monkeypatch.setattr(sender, "TIMEOUT_S", 0.2)
    async with _silent(receiver), Sender() as sending:
        delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url)))
    assert delivery.status == "pending"
    assert "did not end within 0.2 seconds" in delivery.error


async def test_slow_receivers_hold_up_no_other_and_take_a_few_places_each(receiver, people, monkeypatch):
    monkeypatch.setattr(sender, "LEAVE_WITHIN_S", 0.0)
    async with Receiver() as quick, Sender() as sending, _silent(receiver):
        slow = await hook_of(people.owner, receiver.url)
        held = [await to_send(slow) for _ in range(3 * sender.AT_ONCE_TO_A_HOST)]
        swift = await to_send(await hook_of(people.outsider, quick.url))
        await sending.turn()
        async with asyncio.timeout(10):
            while not quick.heard or receiver.connections < sender.AT_ONCE_TO_A_HOST:
                await asyncio.sleep(0.01)
        await sending.turn()
        assert receiver.connections == sender.AT_ONCE_TO_A_HOST
        assert len(quick.heard) == 1
    assert {row.attempt async for row in slow.deliveries.all()} == {0, 1}
    assert len(held) == 12
    assert swift.attempt == 0


async def test_one_person_takes_not_all_places(receiver, people, monkeypatch):
    monkeypatch.setattr(sender, "LEAVE_WITHIN_S", 0.0)
    monkeypatch.setattr(sender, "AT_ONCE_FOR_A_PERSON", 2)
    async with Sender() as sending, _silent(receiver):
        hook = await hook_of(people.owner, receiver.url)
        for _ in range(4):
            await to_send(hook)
        await sending.turn()
        assert await hook.deliveries.filter(attempt=1).acount() == 2


async def test_two_senders_send_each_delivery_once(receiver, people):
    hook = await hook_of(people.owner, receiver.url)
    for _ in range(20):
        await to_send(hook)
    async with Sender() as one, Sender() as other:
        for _ in range(20):
            await asyncio.gather(one.turn(), other.turn())
            await asyncio.gather(one.settle(), other.settle())
    ids = [heard.headers["webhook-id"] for heard in receiver.heard]
    assert (len(ids), len(set(ids))) == (20, 20)


async def test_an_attempt_that_died_with_its_process_is_made_again_when_its_claim_has_run_out(
    receiver, sending, people
):
    hook = await hook_of(people.owner, receiver.url)
    delivery = await to_send(hook, attempt=1, next_try_at=timezone.now() + sender.CLAIM)
    assert (await sent(sending, delivery)).attempt == 1
    await WebhookDelivery.objects.aupdate(next_try_at=timezone.now())
    assert (await sent(sending, delivery)).status == "delivered"


async def test_what_goes_wrong_on_our_side_counts_as_an_attempt(receiver, sending, people, monkeypatch):
    def broken(*_: Any) -> dict[str, str]:
        raise RuntimeError("no pen")

    monkeypatch.setattr(message, "headers", broken)
    delivery = await sent(sending, await to_send(await hook_of(people.owner, receiver.url)))
    assert (delivery.status, delivery.attempt, delivery.error) == ("pending", 1, "It could not be sent: RuntimeError.")
    assert delivery.next_try_at < timezone.now() + sender.CLAIM
    await WebhookDelivery.objects.aupdate(attempt=ATTEMPTS - 1, next_try_at=timezone.now())
    assert (await sent(sending, delivery)).status == "failed"


async def test_nothing_is_sent_for_an_account_that_was_closed(receiver, sending, people):
    delivery = await to_send(await hook_of(people.owner, receiver.url))
    people.owner.is_active = False
    await people.owner.asave()
    assert (await sent(sending, delivery)).attempt == 0


async def test_a_secret_whose_key_is_gone_is_said_and_not_tried_again(receiver, sending, people, settings):
    delivery = await to_send(await hook_of(people.owner, receiver.url))
    settings.GENISYS_SECRETS = ["another key"]
    delivery = await sent(sending, delivery)
    assert (delivery.status, receiver.heard) == ("failed", [])
    assert "a key that is no longer set" in delivery.error


async def test_control_tells_a_receiver_that_a_run_has_ended(engine, worker, control, receiver, people, eventually):
    await hook_of(people.owner, receiver.url)
    controlling = asyncio.create_task(control.run())
    run = await start_run(user=people.owner, workflow="hooked", input=Job())

    async def delivered() -> bool:
        return await WebhookDelivery.objects.filter(status="delivered", run_id=run.pk).aexists()

    await eventually(delivered, "the receiver was not told")
    control.stop()
    await asyncio.wait_for(controlling, 30)
    assert [json.loads(heard.body)["type"] for heard in receiver.heard] == ["run.completed"]


async def test_old_deliveries_are_forgotten(people):
    hook = await hook_of(people.owner)
    await to_send(hook, created_at=timezone.now() - timedelta(days=31))
    kept = await to_send(hook)
    assert await remove_old_deliveries() == 1
    assert await hook.deliveries.aget() == kept


class _silent:
    """For a while, the receiver takes what it is sent and says nothing."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.over = asyncio.Event()

    async def __aenter__(self) -> None:
        self.receiver.answers = [self.play]

    async def __aexit__(self, *_: object) -> None:
        self.over.set()

    async def play(self, writer: asyncio.StreamWriter) -> None:
        await self.over.wait()


# The pages


FORM = {"url": "https://example.test/hook", "events": ["run.completed"], "workflow": "", "once": "abc"}


def test_a_webhook_is_added_once_and_its_secret_shown_once(client, people):
    client.force_login(people.owner)
    added = client.post(LIST, FORM)
    hook = Webhook.objects.get()
    secret = BeautifulSoup(added.content, "html.parser").find("pre").get_text()
    assert added.status_code == 201
    assert "no-store" in added["Cache-Control"]
    assert message.opened(hook.sealed_secret) == secret
    assert (hook.owner, hook.events, hook.workflow, hook.host) == (people.owner, ["run.completed"], "", "example.test")
    again = client.post(LIST, FORM)
    assert (again.status_code, again["Location"]) == (303, hook.get_absolute_url())
    for page in (LIST, hook.get_absolute_url()):
        shown = client.get(page).content.decode()
        assert "https://example.test/hook" in shown
        assert secret not in shown
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.detail["host"]) == (people.owner, "webhook.add", "example.test")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://example.test/"),
        ("url", "ftp://example.test/"),
        ("url", "https://ann:secret@example.test/"),
        ("url", "javascript:alert(1)"),
        ("url", ""),
        ("events", []),
        ("events", ["run.exploded"]),
        ("workflow", "no-such-workflow"),
    ],
)
def test_what_cannot_be_told_is_refused_with_a_sentence(client, people, field, value):
    client.force_login(people.owner)
    answered = client.post(LIST, {**FORM, field: value})
    assert answered.status_code == 422
    assert answered.context["form"].errors[field]
    assert not Webhook.objects.exists()


def test_a_person_has_so_many_webhooks_and_no_more(client, people, monkeypatch):
    monkeypatch.setattr(Webhook, "MOST_OF_A_PERSON", 1)
    client.force_login(people.owner)
    assert client.post(LIST, FORM).status_code == 201
    refused = client.post(LIST, {**FORM, "once": "def"})
    assert refused.status_code == 422
    assert "Remove one first" in refused.content.decode()


@pytest.mark.parametrize("who", ["outsider", "staff", "operator"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), *(("post", deed) for deed in ("test", "enable", "remove", "deliveries/1/redeliver"))],
)
async def test_nobody_else_sees_or_changes_a_webhook_staff_neither(async_client, people, who, method, path):
    hook = await hook_of(people.owner)
    await to_send(hook, pk=1)
    await async_client.aforce_login(getattr(people, who))
    assert (await getattr(async_client, method)(f"{hook.get_absolute_url()}{path}")).status_code == 404
    assert await Webhook.objects.filter(pk=hook.pk).aexists()
    assert await hook.deliveries.acount() == 1
    assert str(hook.pk) not in (await async_client.get(LIST)).content.decode()


async def test_the_buttons_of_a_webhook_do_what_they_say(async_client, people, receiver, sending):
    hook = await hook_of(people.owner, receiver.url, disabled_at=timezone.now())
    page = hook.get_absolute_url()
    await async_client.aforce_login(people.owner)
    assert "Turned off" in (await async_client.get(page)).content.decode()
    assert (await async_client.post(f"{page}enable"))["Location"] == page
    assert (await async_client.post(f"{page}test"))["Location"] == page
    delivery = await sent(sending, await hook.deliveries.aget())
    assert (delivery.event, delivery.status) == ("webhook.test", "delivered")
    assert "204" in (await async_client.get(page)).content.decode()

    await async_client.post(f"{page}deliveries/{delivery.pk}/redeliver")
    await async_client.post(f"{page}deliveries/{delivery.pk}/redeliver")
    delivery = await sent(sending, delivery)
    assert (delivery.status, delivery.attempt) == ("delivered", 1)
    assert [heard.headers["webhook-id"] for heard in receiver.heard] == [delivery.event_id] * 2

    assert (await async_client.post(f"{page}remove"))["Location"] == LIST
    assert not await Webhook.objects.aexists()


async def test_what_a_receiver_says_is_shown_and_never_obeyed(async_client, people):
    hook = await hook_of(people.owner)
    await to_send(hook, status="failed", response_status=500, response_body="<script>alert(1)</script>")
    await async_client.aforce_login(people.owner)
    assert "<script>alert" not in (await async_client.get(hook.get_absolute_url())).content.decode()


@pytest.mark.parametrize("count", [1, 20])
def test_the_pages_cost_the_same_few_queries_however_much_there_is(client, people, django_assert_num_queries, count):
    hooks = [Webhook(owner=people.owner, url=f"https://{n}.test/", events=[], sealed_secret="") for n in range(count)]
    Webhook.objects.bulk_create(hooks)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(webhook=hooks[0], event_id=str(n), event="webhook.test", body="{}") for n in range(count)
    )
    client.force_login(people.owner)
    with django_assert_num_queries(3):  # session, person, webhooks
        client.get(LIST)
    with django_assert_num_queries(5):  # session, person, webhook, count, rows
        client.get(hooks[0].get_absolute_url())


def test_a_form_s_mark_names_nobody_else_s_webhook(client, people):
    for person in (people.owner, people.outsider):
        client.force_login(person)
        assert client.post(LIST, FORM).status_code == 201
    assert Webhook.objects.count() == 2
