"""One thing asked of many runs: seen beforehand, confirmed, done outside of the request, and told run by run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from asgiref.sync import async_to_sync, sync_to_async
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pydantic import BaseModel
from redis.exceptions import ConnectionError as RedisAway

from genisys import UserError, workflow
from genisys.host import Engine
from runs.control_plane.control import Control
from runs.engines import close_engine
from runs.engines import engine as engine_of_loop
from runs.models import AuditEntry, Run
from runs.service.starting import start_run
from staff.bulk import choice, doing
from staff.bulk.preview import MOST
from staff.models import BulkAct, BulkItem
from tests.staff.conftest import MakeRun, Staff

NEW = "/staff/bulk/new"
do_a_piece = async_to_sync(doing.do_a_piece)


class Nothing(BaseModel):
    pass


@workflow(name="bulk-test")
async def bulk_test(given: Nothing) -> Nothing:
    return given


def _page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def _confirm(browser: Client, query: str, **changes: Any) -> Any:
    """Preview, and send the form that stands there with those changes."""
    form = _page(browser.get(f"{NEW}?{query}")).select_one("main form.form")
    assert form is not None, "There is nothing to confirm"
    fields: dict[str, Any] = {}
    for field in form.select("input[name]"):
        fields.setdefault(field["name"], []).append(field.get("value", ""))
    return browser.post(NEW, fields | changes)


class Services:
    """Stand for the services of runs: what each run id is met with, and what was done to which."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str]] = []
        self.refuse: dict[str, Exception] = {}
        self.ended: set[str] = set()

    async def cancel(self, run: Run, actor: Any) -> bool:
        return self._do("cancel", run, actor)

    async def retry(self, run: Run, actor: Any) -> None:
        self._do("retry", run, actor)

    def _do(self, act: str, run: Run, actor: Any) -> bool:
        if error := self.refuse.get(run.title):
            raise error
        self.done.append((act, run.title, actor.why))
        return run.title not in self.ended


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    stand = Services()
    monkeypatch.setattr(doing, "cancel_run", stand.cancel)
    monkeypatch.setattr(doing, "retry_run", stand.retry)
    return stand


def test_who_may_only_look_can_neither_preview_nor_ask(viewer: Client, make_run: MakeRun) -> None:
    run = make_run(status="running")
    assert viewer.get(f"{NEW}?act=cancel&run={run.pk}").status_code == 403
    assert viewer.post(NEW, {"act": "cancel", "run": run.pk, "key": str(uuid4()), "takes": "1"}).status_code == 403
    assert not BulkAct.objects.exists()


def test_the_preview_says_how_many_what_happens_and_which_are_left_alone(operator: Client, make_run: MakeRun) -> None:
    for status in ("running", "queued", "waiting", "failed", "completed", "completed"):
        make_run(status=status)
    text = " ".join(_page(operator.get(f"{NEW}?act=cancel&all=1")).text.split())
    assert "Stop 3 runs?" in text
    assert "Each is asked to stop at its next step." in text
    assert "6 were selected. Left alone: 2 runs are done, 1 run has failed." in text
    assert not BulkAct.objects.exists()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Choose what to do"),
        ("act=delete&all=1", "Choose what to do"),
        ("act=cancel", "Select the runs"),
        ("act=cancel&run=", "Select the runs"),
        ("act=retry&all=1", "nothing to do"),
        ("act=cancel&all=1&status=broken", "There is no “broken”"),
    ],
)
def test_what_cannot_be_done_is_said_and_not_offered(
    operator: Client, make_run: MakeRun, query: str, said: str
) -> None:
    make_run(status="running")
    page = _page(operator.get(f"{NEW}?{query}"))
    assert said in page.text
    assert page.select_one("main form.form") is None


def test_only_the_ticked_runs_are_asked(operator: Client, make_run: MakeRun, services: Services) -> None:
    one, _, third = (make_run(title, status="running") for title in ("One", "Two", "Three"))
    answer = _confirm(operator, f"act=cancel&run={one.pk}&run={third.pk}", why="A mistake")
    assert answer.status_code == 303
    assert services.done == [], "Nothing is done in the request"
    assert do_a_piece() == 2
    assert sorted(services.done) == [("cancel", "One", "A mistake"), ("cancel", "Three", "A mistake")]
    assert "All 2 handled" in operator.get(answer["Location"]).content.decode()


def test_by_filter_what_is_newer_than_the_preview_is_left_alone(
    operator: Client, make_run: MakeRun, services: Services
) -> None:
    make_run("Old", status="failed", ago=timedelta(hours=1))
    make_run("Other", status="failed", ago=timedelta(days=3))
    form_query = "act=retry&all=1&status=failed&since=24h"
    form = _page(operator.get(f"{NEW}?{form_query}")).select_one("main form.form")
    fields = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    make_run("New", status="failed")
    assert operator.post(NEW, fields).status_code == 303
    do_a_piece()
    assert services.done == [("retry", "Old", "")]


def test_when_more_runs_fit_than_were_shown_it_has_to_be_confirmed_again(operator: Client, make_run: MakeRun) -> None:
    make_run(status="failed", ago=timedelta(hours=1))
    came_late = make_run(status="running", ago=timedelta(hours=1))
    page = operator.get(f"{NEW}?act=retry&all=1")
    fields = {field["name"]: field.get("value", "") for field in _page(page).select("main form.form input[name]")}
    Run.objects.filter(pk=came_late.pk).update(status="failed")
    answer = operator.post(NEW, fields)
    assert answer.status_code == 409
    assert "Retry 2 runs?" in _page(answer).text
    assert not BulkAct.objects.exists()


def test_a_form_that_is_sent_twice_asks_once(operator: Client, make_run: MakeRun) -> None:
    run = make_run(status="running")
    key = str(uuid4())
    first, second = (_confirm(operator, f"act=cancel&run={run.pk}", key=key) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert BulkItem.objects.count() == 1


def test_a_key_that_is_none_asks_for_nothing(operator: Client, make_run: MakeRun) -> None:
    run = make_run(status="running")
    assert _confirm(operator, f"act=cancel&run={run.pk}", key="x").status_code == 422
    assert not BulkAct.objects.exists()


def test_more_than_anybody_means_is_refused(
    operator: Client, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staff.bulk.preview.MOST", 2)
    for _ in range(3):
        make_run(status="running")
    page = _page(operator.get(f"{NEW}?act=cancel&all=1"))
    assert "more runs than one action takes" in page.text
    assert page.select_one("main form.form") is None
    assert MOST == 10_000


def test_the_record_tells_what_came_of_each_run_and_why(
    operator: Client, make_run: MakeRun, services: Services
) -> None:
    runs = {title: make_run(title, status="running") for title in ("Done", "Ended", "Over", "Gone", "Bad", "Broken")}
    query = "&".join(f"run={run.pk}" for run in runs.values())
    url = _confirm(operator, f"act=cancel&{query}")["Location"]
    services.ended = {"Ended"}
    services.refuse = {"Bad": UserError("It cannot be."), "Broken": KeyError("x")}
    Run.objects.filter(pk=runs["Over"].pk).update(status="completed")
    runs["Gone"].delete()
    assert do_a_piece() == 6
    came = {item.run_id: (item.outcome, item.reason) for item in BulkItem.objects.all()}
    assert came[runs["Done"].pk] == ("done", "")
    assert came[runs["Ended"].pk] == ("skipped", "It had ended by then.")
    assert came[runs["Over"].pk] == ("skipped", "It was done by then.")
    assert came[runs["Bad"].pk] == ("failed", "It cannot be.")
    assert came[runs["Broken"].pk] == ("failed", "KeyError: 'x'")
    assert ("skipped", "This run is gone.") in came.values()
    text = " ".join(_page(operator.get(url)).get_text(" ").split())
    for said in ("Asked to stop 1", "Left alone 3", "Failed 2", "It cannot be."):
        assert said in text


def test_while_the_store_is_away_nothing_fails_and_the_rest_waits(
    operator: Client, make_run: MakeRun, services: Services
) -> None:
    run = make_run("Waits", status="running")
    _confirm(operator, f"act=cancel&run={run.pk}")
    away = UserError("Away")
    away.__cause__ = RedisAway()
    services.refuse = {"Waits": away}
    assert do_a_piece() == 0
    assert BulkItem.objects.get().outcome == ""
    services.refuse = {}
    assert do_a_piece() == 1
    assert BulkAct.objects.get().ended_at is not None


def test_an_act_is_done_a_piece_at_each_turn_and_those_asked_for_first_come_first(
    operator: Client, make_run: MakeRun, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "PIECE", 2)
    first = [make_run(f"First {number}", status="running") for number in range(3)]
    second = make_run("Second", status="failed")
    _confirm(operator, "act=cancel&" + "&".join(f"run={run.pk}" for run in first))
    _confirm(operator, f"act=retry&run={second.pk}")
    assert [do_a_piece() for _ in range(4)] == [2, 1, 1, 0]
    assert services.done[-1] == ("retry", "Second", "")


def test_an_act_that_another_control_holds_is_left_to_it_until_that_died(
    operator: Client, make_run: MakeRun, services: Services
) -> None:
    run = make_run(status="running")
    _confirm(operator, f"act=cancel&run={run.pk}")
    BulkAct.objects.update(held_until=timezone.now() + timedelta(minutes=1))
    assert do_a_piece() == 0
    BulkAct.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    assert do_a_piece() == 1


def test_who_has_lost_the_right_meanwhile_acts_no_more(
    operator: Client, staff: Staff, make_run: MakeRun, services: Services
) -> None:
    run = make_run(status="running")
    url = _confirm(operator, f"act=cancel&run={run.pk}")["Location"]
    staff.operator.user_permissions.clear()
    assert do_a_piece() == 0
    assert services.done == []
    assert "may no longer operate runs" in operator.get(url).content.decode()


def test_an_act_is_ended_by_hand_and_the_rest_is_left_alone(
    operator: Client, make_run: MakeRun, services: Services
) -> None:
    run = make_run(status="running")
    url = _confirm(operator, f"act=cancel&run={run.pk}")["Location"]
    assert operator.post(f"{url}stop").status_code == 303
    assert do_a_piece() == 0
    assert services.done == []
    assert "Stopped by hand" in operator.get(url).content.decode()


def test_the_act_itself_is_audited(operator: Client, staff: Staff, make_run: MakeRun) -> None:
    run = make_run(status="running")
    _confirm(operator, f"act=cancel&run={run.pk}", why="Too dear")
    entry = AuditEntry.objects.get(action="bulk cancel")
    assert (entry.actor, entry.why, entry.detail["runs"]) == (staff.operator, "Too dear", 1)


def test_hostile_text_is_text_in_preview_and_record(operator: Client, make_run: MakeRun, services: Services) -> None:
    evil = "<img src=x onerror=alert(1)>"
    run = make_run(evil, status="running", workflow=evil)
    preview = operator.get(f"{NEW}?act=cancel&run={run.pk}&run={evil}").content.decode()
    services.refuse = {evil: UserError(evil)}
    url = _confirm(operator, f"act=cancel&run={run.pk}", why=evil)["Location"]
    do_a_piece()
    for page in (preview, operator.get(url).content.decode(), operator.get("/staff/bulk/").content.decode()):
        assert "<img" not in page
        assert "&lt;img" in page


def test_asking_takes_as_many_queries_for_many_runs_as_for_few(
    operator: Client, make_run: MakeRun, django_assert_max_num_queries: Any
) -> None:
    for _ in range(40):
        make_run(status="running")
    with django_assert_max_num_queries(8):
        operator.get(f"{NEW}?act=cancel&all=1")
    url = _confirm(operator, "act=cancel&all=1")["Location"]
    with django_assert_max_num_queries(8):
        operator.get(url)


# With a real store


@pytest_asyncio.fixture
async def engine(redis_url: str, transactional_db: None) -> AsyncIterator[Engine]:
    yield engine_of_loop()
    await close_engine()


@pytest.mark.usefixtures("transactional_db")
async def test_control_stops_real_runs_at_its_turn_and_audits_each(engine: Engine) -> None:
    staff = await sync_to_async(_operator)()
    runs = [await start_run(user=staff, workflow="bulk-test", input={}) for _ in range(3)]
    browser = Client()
    await sync_to_async(browser.force_login)(staff)
    query = "&".join(f"run={run.pk}" for run in runs)
    await sync_to_async(_confirm)(browser, f"act=cancel&{query}", why="All of them")
    await Control(engine, keep_seconds=60).give_turn()
    metas = await asyncio.gather(*(engine.meta(run.pk) for run in runs))
    assert all(meta and (meta.closed or meta.cancel_requested) for meta in metas)
    audited = AuditEntry.objects.filter(action="cancel", why="All of them", actor=staff)
    assert {entry.run_id async for entry in audited} == {run.pk for run in runs}
    assert await BulkItem.objects.filter(outcome="done").acount() == 3


def _operator() -> User:
    return User.objects.create_superuser("root", "root@example.test")


def test_ticked_runs_are_bounded_and_each_counts_once() -> None:
    given = QueryDict("act=cancel&" + "&".join(f"run={number % 300}" for number in range(900)))
    assert len(choice.read_choice(given, timezone.now()).run_ids) == choice.MOST_TICKED
