"""Alerts: each rule by its facts, an episode told once and once when it is over, by each channel, at a given time."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from genisys.host import Engine, WorkerInfo
from genisys.net import FetchBlocked, Fetched, Fetcher
from genisys.testing.redis import beat
from genisys_site.configuration import environment
from runs.models import Run, Step
from staff.alerts import episodes, sending
from staff.alerts.facts import failing_components, spending, with_workers
from staff.alerts.models import Alert, Telling
from staff.alerts.rules import RULES, Facts, Finding, Limits, QueueFacts, SilentRun, judged
from staff.alerts.tick import tick
from staff.fleet.look import Queue
from staff.money.models import Spend

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BUSY = QueueFacts(waiting=3, oldest=NOW - 9 * MINUTE, running=2, workers=1)
CALM: dict[str, Any] = {"queues": {}, "held": [], "down": {}, "spent_usd": 0.0, "failures": {}}


def found(**facts: Any) -> dict[str, list[Finding]]:
    """What the rules find in facts that are calm but for these; rules that find nothing are left out."""
    answers = judged(Facts(**{"now": NOW, **CALM, **facts}), Limits())
    return {name: findings for name, findings in answers.items() if findings}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert found() == {}
    assert found(queues={"v1": BUSY}, held=[SilentRun("r", "t", "w", NOW - 9 * MINUTE)]) == {}


def test_a_queue_is_stuck_when_its_oldest_run_has_waited_too_long() -> None:
    (finding,) = found(queues={"v1": QueueFacts(3, NOW - 10 * MINUTE, 0, 1)})["stuck-queue"]
    assert finding.text == "3 runs on deployment v1 wait to start, the oldest for 10 min 0 s."
    assert finding.filters == {"deployment": "v1", "status": "queued"}


def test_work_without_workers_is_one_alert_and_not_a_stuck_queue_too() -> None:
    answers = found(queues={"v1": QueueFacts(1, NOW - 60 * MINUTE, 1, 0), "v0": QueueFacts(0, None, 0, 0)})
    assert list(answers) == ["no-workers"]
    assert answers["no-workers"][0].text.startswith("2 runs on deployment v1, and no worker of it is alive.")


def test_a_run_is_silent_when_its_last_sign_is_too_long_ago() -> None:
    (finding,) = found(held=[SilentRun("r1", "Solar", "w-3", NOW - 12 * MINUTE)])["silent-run"]
    assert (finding.subject, finding.filters) == ("r1", {"q": "r1"})
    assert finding.text == "“Solar” has given no sign for 12 min 0 s, though its worker w-3 is alive."


@pytest.mark.parametrize(
    ("spent", "usual", "is_spike"), [(2.9, 1.0, False), (3.0, 1.0, True), (0.9, 0.01, False), (1.0, 0.0, True)]
)
def test_a_spike_is_some_times_the_usual_and_a_sum_worth_a_word(spent: float, usual: float, is_spike: bool) -> None:
    assert ("spend-spike" in found(spent_usd=spent, usual_usd=usual)) == is_spike


def test_a_provider_that_is_down_and_a_component_that_fails_again_and_again_are_named() -> None:
    answers = found(down={"openai": 7}, failures={"fetch_page": 5, "outline": 4})
    assert answers["provider-down"][0].text.startswith("The provider openai has failed 7 requests in a row.")
    assert [finding.subject for finding in answers["failing-component"]] == ["fetch_page"]


def test_what_could_not_be_asked_is_judged_by_no_rule() -> None:
    answers = judged(Facts(NOW, redis_away="ConnectionError"), Limits())
    assert set(answers) == {"redis-away"} and len(answers["redis-away"]) == 1
    assert set(judged(Facts(NOW, **CALM), Limits())) == set(RULES)


@pytest.mark.django_db
def test_of_nested_steps_the_innermost_that_failed_is_the_cause_and_each_run_counts_once() -> None:
    for number in range(2):
        run = Run.objects.create(
            workflow="w", deployment="d", input={}, status="failed", created_at=NOW, ended_at=NOW - MINUTE
        )
        for position, (key, parent, name) in enumerate(
            [("a", "", "research"), ("b", "a", "fetch"), ("c", "a", "fetch"), ("d", "", "outline")]
        ):
            status = "completed" if name == "outline" else "failed"
            Step.objects.create(run=run, position=position, key=key, parent_key=parent, name=name, status=status)
        assert failing_components(NOW) == {"fetch": number + 1}
    assert failing_components(NOW + timedelta(hours=2)) == {}


@pytest.mark.django_db
def test_the_usual_hour_is_that_of_the_week_before_the_last_hour() -> None:
    for number, (ago, cost) in enumerate([(10, 4_000_000), (120, 16_800_000), (60 * 24 * 8, 99_000_000)]):
        at = NOW - ago * MINUTE
        Spend.objects.create(
            run_id=str(number), day=at.date(), at=at, workflow="w", status="completed", known_cost_microusd=cost
        )
    assert spending(NOW) == (4.0, 0.1)


def test_a_queue_is_told_with_how_many_workers_its_deployment_has() -> None:
    worker = WorkerInfo("w", "h", 1, "v1", 4, 0, 0, (), False)
    counted = with_workers({"v1": Queue(2, NOW, 1, {"timer": 5}), "v2": Queue(1, NOW)}, [worker, worker])
    assert counted == {"v1": QueueFacts(2, NOW, 1, 2), "v2": QueueFacts(1, NOW, 0, 0)}


# Episodes

STUCK = Finding("stuck-queue", "v1", "3 runs wait.", {"deployment": "v1"})
DOWN = Finding("provider-down", "openai", "It is down.")


def seen(*findings: Finding) -> Mapping[str, list[Finding]]:
    return {rule: [each for each in findings if each.rule == rule] for rule in RULES}


@pytest.fixture
def channels(settings: Any, db: None) -> None:
    settings.GENISYS_ALERT_MAIL = ["ops@example.test"]
    settings.GENISYS_ALERT_WEBHOOK = "https://hook.example/alerts"
    settings.GENISYS_ALERT_SLACK = "https://slack.example/services/T0/secret"
    settings.SITE_ADDRESS = "https://genisys.example"


def told() -> list[tuple[str, str]]:
    return list(Telling.objects.order_by("pk").values_list("phase", "channel"))


def test_an_episode_is_told_once_by_each_channel_and_once_when_it_is_over(channels: None) -> None:
    for minute in range(5):
        episodes.follow(seen(STUCK), NOW + minute * MINUTE)
    ways = ["mail", "webhook", "slack"]
    assert told() == [("opened", way) for way in ways]
    for minute in range(5, 8):
        episodes.follow(seen(), NOW + minute * MINUTE)
    assert told() == [("opened", way) for way in ways] + [("over", way) for way in ways]
    alert = Alert.objects.get()
    assert (alert.opened_at, alert.ended_at) == (NOW, NOW + 5 * MINUTE)


def test_what_lasts_too_short_is_told_to_nobody(channels: None) -> None:
    episodes.follow(seen(DOWN), NOW)
    episodes.follow(seen(), NOW + MINUTE / 2)
    assert told() == [] and Alert.objects.get().told_at is None
    episodes.follow(seen(DOWN), NOW + 2 * MINUTE)
    assert told() == []
    episodes.follow(seen(DOWN), NOW + 3 * MINUTE)
    assert len(told()) == 3


def test_the_same_again_after_its_end_is_a_new_episode(channels: None) -> None:
    for findings in ((STUCK,), (), (STUCK,)):
        episodes.follow(seen(*findings), NOW)
    assert Alert.objects.count() == 2 and Alert.objects.filter(ended_at=None).count() == 1


def test_an_episode_does_not_end_while_its_rule_cannot_judge(channels: None) -> None:
    episodes.follow(seen(STUCK), NOW)
    episodes.follow({"redis-away": []}, NOW + MINUTE)
    assert Alert.objects.get().ended_at is None


def test_an_episode_of_a_rule_that_is_gone_ends(channels: None) -> None:
    Alert.objects.create(rule="of-old", subject="x", text="x")
    episodes.follow(seen(), NOW)
    assert Alert.objects.get().ended_at == NOW


def test_old_episodes_are_forgotten_and_open_ones_never(channels: None) -> None:
    Alert.objects.create(rule="stuck-queue", subject="old", text="x", ended_at=timezone.now() - timedelta(days=91))
    Alert.objects.create(rule="stuck-queue", subject="open", text="x", opened_at=NOW - timedelta(days=999))
    assert episodes.forget_old() == 1
    assert Alert.objects.get().subject == "open"


# Sending


class Receiver:
    """Takes the place of the network: what was posted, and what is answered."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, Any], Mapping[str, str]]] = []
        self.status = 200
        self.error: Exception | None = None

    async def post(self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int) -> Fetched:
        if self.error is not None:
            raise self.error
        self.posts.append((url, json.loads(body), headers))
        return Fetched(url, self.status, {}, b"", "text/plain", [])


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    receiver = Receiver()
    monkeypatch.setattr(Fetcher, "post", lambda self, url, body, **given: receiver.post(url, body, **given))
    return receiver


@pytest.fixture
async def opened(transactional_db: None, settings: Any) -> None:
    settings.GENISYS_ALERT_MAIL = ["ops@example.test"]
    settings.GENISYS_ALERT_WEBHOOK = "https://hook.example/alerts"
    settings.GENISYS_ALERT_SLACK = "https://slack.example/services/T0/secret"
    settings.GENISYS_ALERT_WEBHOOK_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    settings.SITE_ADDRESS = "https://genisys.example"
    evil = Finding("stuck-queue", "v1\nBcc: all@example.test", "3 runs <of many> & more wait.", {"deployment": "v1"})
    await sync_to_async(episodes.follow)(seen(evil), NOW)


async def test_each_channel_gets_the_alert_in_its_own_shape(opened: None, receiver: Receiver) -> None:
    assert await sending.send_due(NOW) == 3
    (sent,) = mail.outbox
    assert sent.to == ["ops@example.test"] and sent.subject == "Alert: Stuck queue, v1 Bcc: all@example.test"
    assert "3 runs <of many> & more wait." in sent.body and "https://genisys.example/" in sent.body
    (hook_url, event, headers), (slack_url, said, _) = receiver.posts
    assert (hook_url, slack_url) == ("https://hook.example/alerts", "https://slack.example/services/T0/secret")
    assert (event["type"], event["data"]["rule"]) == ("alert.opened", "stuck-queue")
    assert headers["webhook-signature"].startswith("v1,")
    assert said["text"].startswith("Alert: Stuck queue. 3 runs &lt;of many&gt; &amp; more wait.\n")
    assert await sending.send_due(NOW + 60 * MINUTE) == 0


async def test_what_is_not_taken_is_tried_again_later_and_given_up_in_the_end(opened: None, receiver: Receiver) -> None:
    receiver.status = 503
    assert await sending.send_due(NOW) == 1  # the mail
    assert await sending.send_due(NOW + MINUTE / 2) == 0
    receiver.status = 200
    assert await sending.send_due(NOW + MINUTE) == 2
    await Telling.objects.filter(channel="slack").aupdate(due_at=NOW, sent_at=None, tries=sending.TRIES - 1)
    receiver.status = 500
    assert await sending.send_due(NOW + 5 * MINUTE) == 0
    last = await Telling.objects.aget(channel="slack")
    assert (last.due_at, last.error) == (None, "The receiver answered 500.")


async def test_an_address_that_may_not_be_reached_is_named_without_its_secret(opened: None, receiver: Receiver) -> None:
    receiver.error = FetchBlocked("https://slack.example/services/T0/secret points to a private address.")
    await sending.send_due(NOW)
    error = (await Telling.objects.aget(channel="slack")).error
    assert error == "the receiver points to a private address."


async def test_what_another_process_has_claimed_is_left_to_it(opened: None, receiver: Receiver) -> None:
    await Telling.objects.filter(channel="mail").aupdate(due_at=NOW + sending.CLAIM)
    assert await sending.send_due(NOW) == 2 and mail.outbox == []


# The clock


async def test_a_tick_finds_what_is_wrong_tells_it_and_once_it_is_mended_says_so(
    engine: Engine, redis_url: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GENISYS_ALERT_MAIL = ["ops@example.test"]
    began = timezone.now()
    run = await Run.objects.acreate(workflow="w", deployment="v1", input={}, status="queued", created_at=began)

    async def tick_at(minutes: float) -> list[str]:
        mail.outbox.clear()
        monkeypatch.setattr("staff.alerts.tick.timezone.now", lambda: began + minutes * MINUTE)
        await tick()
        return [sent.subject for sent in mail.outbox]

    assert [await tick_at(minute) for minute in (0, 1)] == [[], []]
    assert await tick_at(2) == ["Alert: Work and no workers, v1"]
    assert await tick_at(3) == []
    now_ms = round(time.time() * 1000)
    beat(redis_url, WorkerInfo("w", "h", 1, "v1", 4, now_ms, now_ms, (), False))
    assert await tick_at(4) == ["Over: Work and no workers, v1"]
    assert await tick_at(12) == ["Alert: Stuck queue, v1"]
    await Run.objects.filter(pk=run.pk).aupdate(status="running")
    assert await tick_at(13) == ["Over: Stuck queue, v1"]


async def test_a_tick_without_redis_tells_that_alone_and_ends_nothing_that_it_cannot_see(
    transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GENISYS_ALERT_MAIL = ["ops@example.test"]  # without `engine`: the settings name a Redis that is not there
    began = timezone.now()
    await Alert.objects.acreate(rule="stuck-queue", subject="v1", text="x", opened_at=began, told_at=began)
    for minute in range(3):
        monkeypatch.setattr("staff.alerts.tick.timezone.now", lambda minute=minute: began + minute * MINUTE)
        await tick()
    assert [sent.subject for sent in mail.outbox] == ["Alert: Redis is away, redis"]
    assert await Alert.objects.filter(ended_at=None).acount() == 2


@pytest.mark.parametrize("name", ["GENISYS_ALERT_WEBHOOK", "GENISYS_ALERT_SLACK"])
def test_an_address_that_is_none_is_named_at_the_start_without_being_shown(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "ftp://secret.example/T0")
    with pytest.raises(ImproperlyConfigured, match=f"{name}: must be an http:// or https:// address") as refused:
        environment.load()
    assert "secret.example" not in str(refused.value)


# The page


def test_the_page_shows_what_is_open_what_is_over_and_who_is_told(channels: None, client: Client) -> None:
    client.force_login(User.objects.create_user("viewer", is_staff=True))
    episodes.follow(seen(Finding("stuck-queue", "v1", "<script>alert(1)</script>", {"deployment": "v1"})), NOW)
    page = BeautifulSoup(client.get("/staff/alerts/").content, "html.parser")
    assert "<script>alert(1)</script>" in page.select_one(".alerts p").text and not page.select("main script")
    assert "Mail: on its way" in page.select_one(".alerts .meta").text
    assert "ops@example.test" in page.text and "secret" not in page.text
    episodes.follow(seen(), NOW + 5 * MINUTE)
    page = BeautifulSoup(client.get("/staff/alerts/").content, "html.parser")
    assert "No alert is open." in page.text
    assert "5 min 0 s" in page.select_one("#past ~ .scroll").text


def test_without_a_channel_the_page_says_that_nobody_is_told(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("viewer", is_staff=True))
    assert "GENISYS_ALERT_MAIL" in client.get("/staff/alerts/").content.decode()
