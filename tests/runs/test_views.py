"""The pages of runs, seen by the owner, by staff, by an outsider and by nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages
from pydantic import BaseModel

from genisys import component, record_usage, text, workflow
from runs import products
from runs.models import AuditEntry, Run
from runs.pages import waiting
from runs.record import archive
from runs.service.starting import start_run

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"


class Ask(BaseModel):
    words: str = "plain words"
    fail: bool = False


@component(title=lambda words: f"Write {words}")
async def write(words: str) -> str:
    async with text("speech", title=words) as speech:
        speech.write(f"**{words}**")
    return speech.text


@workflow(name="views-test")
async def views_test(ask: Ask) -> Ask:
    await write(ask.words)
    if ask.fail:
        raise ValueError(f"Broken by {ask.words}")
    return ask


@component(paid=True)
async def buy(words: str) -> str:
    record_usage(model="m", input_tokens=60, output_tokens=40, cost_microusd=1_000)
    return words


@workflow(name="views-spend")
async def views_spend(ask: Ask) -> Ask:
    await buy(ask.words)
    await buy(f"{ask.words} again")
    return ask


def _actions(page) -> list[str]:
    """What the buttons at the head of a run's page do, in their order."""
    buttons = BeautifulSoup(page.content, "html.parser").select(".head .acts button")
    return [button["formaction"].rsplit("/", 1)[1] for button in buttons]


def _finished(person, **fields) -> Run:
    """A finished run with its archive, as control leaves it."""
    run = Run.objects.create(
        owner=person,
        workflow="views-test",
        title="Done thing",
        status="completed",
        input={},
        output={"answer": 42},
        deployment="dev",
        created_at=NOW,
        **fields,
    )
    events = [
        {"seq": 1, "at": 1, "type": "run.queued", "attempt": 0, "workflow": "views-test", "title": "Done thing"},
        {"seq": 2, "at": 2, "type": "run.started", "attempt": 1, "worker": "w"},
        {"seq": 3, "at": 9000, "type": "run.completed", "attempt": 1, "output": {"answer": 42}},
    ]
    archive.pack(run, log_id="L1", last_seq=3, events=events, journal=[]).save(force_insert=True)
    return run


ROUTES = [
    ("get", "/runs/{}/"),
    ("get", "/runs/{}/fragment"),
    ("post", "/runs/{}/cancel"),
    ("post", "/runs/{}/retry"),
    ("post", "/runs/{}/pause"),
    ("post", "/runs/{}/resume"),
    ("post", "/runs/{}/limit"),
]
BUTTONS = ("cancel", "retry", "pause", "resume", "limit")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_an_outsider_gets_404_and_nobody_is_asked_to_sign_in(async_client, people, method, path):
    run = await Run.objects.acreate(owner=people.owner, workflow="views-test", input={}, deployment="dev")
    ask = getattr(async_client, method)
    anonymous = await ask(path.format(run.pk))
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/accounts/login/")
    await async_client.aforce_login(people.outsider)
    assert (await ask(path.format(run.pk))).status_code == 404
    assert (await ask(path.format("no-such-run"))).status_code == 404


@pytest.mark.parametrize("name", ["owner", "staff"])
async def test_owner_and_staff_see_the_page_of_a_live_run(async_client, engine, people, name):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask(), title="My run")
    await async_client.aforce_login(getattr(people, name))
    page = await async_client.get(f"/runs/{run.pk}/")
    assert page.status_code == 200
    assert "no-cache" in page["Cache-Control"]
    assert (page["X-Run-Seq"], page["X-Run-Log"]) == ("1", (await engine.meta(run.pk)).log_id)
    assert page.context["view"].title == "My run"
    assert "none is alive" in page.context["view"].now_line
    assert page.context["state_json"]["state"]["seq"] == 1


async def test_the_worker_that_tabs_share_is_named_after_the_session_and_gives_it_away_to_nobody(
    async_client, engine, people
):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask())

    async def name() -> str:
        page = await async_client.get(f"/runs/{run.pk}/")
        return str(BeautifulSoup(page.content, "html.parser").find(id="run")["data-session"])

    await async_client.aforce_login(people.owner)
    first = await name()
    assert first == await name()
    key = async_client.cookies["sessionid"].value
    assert key not in first and first not in key
    await async_client.alogout()
    await async_client.aforce_login(people.owner)
    assert await name() != first


async def test_the_fragment_is_the_live_part_alone(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask(), title="My run")
    await async_client.aforce_login(people.owner)
    fragment = await async_client.get(f"/runs/{run.pk}/fragment?seq=1")
    html = fragment.content.decode()
    assert "data-live" in html
    assert "<html" not in html
    assert fragment["X-Run-Seq"] == "1"


async def test_what_runs_say_is_shown_and_never_obeyed(async_client, engine, worker, recorded, people):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask(words=EVIL, fail=True), title=f"T {EVIL}")
    await async_client.aforce_login(people.owner)
    await recorded(run)
    page = (await async_client.get(f"/runs/{run.pk}/")).content.decode()
    soup = BeautifulSoup(page, "html.parser")
    allowed = {"application/json", "module"}
    assert all(script.get("type") in allowed for script in soup.find_all("script"))
    assert EVIL not in page
    assert f"T {EVIL}" in soup.get_text()
    assert f"Broken by {EVIL}" in soup.get_text()


async def test_a_run_looks_the_same_before_and_after_it_was_archived(
    async_client, engine, worker, ended, control, people
):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask())
    await async_client.aforce_login(people.owner)
    await ended(run)
    from_redis = await async_client.get(f"/runs/{run.pk}/fragment")
    await control.sweep()
    await engine.expire(run.pk, 0)
    from_archive = await async_client.get(f"/runs/{run.pk}/fragment")
    assert from_redis.context["state"] == from_archive.context["state"]
    assert from_redis.context["view"] == from_archive.context["view"]
    assert from_redis["X-Run-Log"] == from_archive["X-Run-Log"]


async def test_an_open_run_is_shown_from_its_row_while_redis_is_away(async_client, people):
    run = await Run.objects.acreate(
        owner=people.owner, workflow="views-test", title="Still here", input={}, deployment="dev"
    )
    await async_client.aforce_login(people.owner)
    page = await async_client.get(f"/runs/{run.pk}/")
    assert page.status_code == 200
    assert page.context["view"].now_line.startswith("The store of runs in flight does not answer")


async def test_cancel_and_retry_lead_back_to_the_page(async_client, engine, control, people):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask())
    await async_client.aforce_login(people.owner)
    answer = await async_client.post(f"/runs/{run.pk}/cancel")
    assert (answer.status_code, answer["Location"]) == (303, f"/runs/{run.pk}/")
    await control.sweep()
    await run.arefresh_from_db()
    assert run.status == "cancelled"

    answer = await async_client.post(f"/runs/{run.pk}/retry")
    assert (answer.status_code, answer["Location"]) == (303, f"/runs/{run.pk}/")
    await run.arefresh_from_db()
    assert run.status == "queued"


async def test_a_run_rests_and_goes_on_by_its_buttons(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask())
    await async_client.aforce_login(people.owner)
    assert _actions(await async_client.get(f"/runs/{run.pk}/")) == ["pause", "cancel"]
    assert (await async_client.post(f"/runs/{run.pk}/pause")).status_code == 303
    page = await async_client.get(f"/runs/{run.pk}/")
    assert _actions(page) == ["resume", "cancel"]
    assert page.context["view"].now_line == "Paused. What was done is kept."
    assert (await async_client.post(f"/runs/{run.pk}/resume")).status_code == 303
    assert _actions(await async_client.get(f"/runs/{run.pk}/")) == ["pause", "cancel"]
    assert not (await engine.meta(run.pk)).paused


async def test_who_may_only_look_has_no_buttons_and_is_refused(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask())
    await async_client.aforce_login(people.staff)
    assert _actions(await async_client.get(f"/runs/{run.pk}/")) == []
    for button in BUTTONS:
        assert (await async_client.post(f"/runs/{run.pk}/{button}")).status_code == 403
    assert not await AuditEntry.objects.aexists()


async def test_an_operator_may_say_why_and_an_owner_is_not_asked(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask())
    await async_client.aforce_login(people.owner)
    assert b'name="why"' not in (await async_client.get(f"/runs/{run.pk}/")).content
    await async_client.aforce_login(people.operator)
    assert b'name="why"' in (await async_client.get(f"/runs/{run.pk}/")).content
    await async_client.post(f"/runs/{run.pk}/pause", {"why": "It costs too much"})
    entry = await AuditEntry.objects.aget()
    assert (entry.action, entry.via, entry.why) == ("pause", "page", "It costs too much")
    assert entry.actor_name == people.operator.email


@pytest.fixture
def spent(engine, worker, people, eventually):
    """A run that has used up its budget of tokens and waits for more."""

    async def start():
        run = await start_run(user=people.owner, workflow="views-spend", input=Ask())
        await engine.limit(run.pk, tokens=100, cost_microusd=5_000_000)

        async def waits() -> bool:
            meta = await engine.meta(run.pk)
            return not meta.worker and (meta.waiting or {}).get("reason") == "budget"

        await eventually(waits, "the run did not come to its budget")
        return run

    return start


async def test_a_budget_that_is_used_up_is_raised_on_the_page(async_client, spent, engine, recorded, people):
    run = await spent()
    await async_client.aforce_login(people.owner)
    page = BeautifulSoup((await async_client.get(f"/runs/{run.pk}/")).content, "html.parser")
    form = page.find("form", action=f"/runs/{run.pk}/limit")
    assert [(field["name"], field["value"]) for field in form.find_all("input", type="number")] == [
        ("tokens", "200"),
        ("cost", "5"),
    ]
    refused = await async_client.post(f"/runs/{run.pk}/limit", {"tokens": "60", "cost": "7"})
    assert refused.status_code == 422
    told = BeautifulSoup(refused.content, "html.parser")
    assert "That is used up already (100 tokens): allow more." in told.find("p", class_="wrong").text
    assert told.find("input", attrs={"name": "cost"})["value"] == "7"

    raised = await async_client.post(f"/runs/{run.pk}/limit", {"tokens": "1000", "cost": "7.5"})
    assert raised["Location"] == f"/runs/{run.pk}/"
    assert (await recorded(run)).status == "completed"
    entry = await AuditEntry.objects.aget()
    assert (entry.action, entry.detail) == ("limit", {"tokens": 1000, "cost_microusd": 7_500_000, "ms": None})


@pytest.mark.parametrize(("name", "sees"), [("staff", False), ("operator", True)])
async def test_a_budget_is_raised_by_those_who_may_alone(async_client, spent, people, name, sees):
    run = await spent()
    await async_client.aforce_login(getattr(people, name))
    page = BeautifulSoup((await async_client.get(f"/runs/{run.pk}/")).content, "html.parser")
    assert bool(page.find("form", action=f"/runs/{run.pk}/limit")) is sees


async def test_a_run_without_a_budget_has_none_to_raise(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask())
    await async_client.aforce_login(people.owner)
    answer = await async_client.post(f"/runs/{run.pk}/limit", {"tokens": "10"})
    (message,) = get_messages(answer.asgi_request)
    assert "no budget" in str(message)
    assert (await engine.meta(run.pk)).budget == {}


async def test_a_retry_that_cannot_be_is_not_offered_and_says_why(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="views-test", input=Ask())
    await engine.cancel(run.pk)
    await Run.objects.filter(pk=run.pk).aupdate(status="cancelled", log_id="gone")
    await async_client.aforce_login(people.owner)
    assert "/retry" in (await async_client.get(run.get_absolute_url())).content.decode()
    await engine.expire(run.pk, 0)
    assert "/retry" not in (await async_client.get(run.get_absolute_url())).content.decode()
    answer = await async_client.post(f"/runs/{run.pk}/retry")
    (message,) = get_messages(answer.asgi_request)
    assert "Start it again as a new run" in str(message)


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "post"])
async def test_looking_at_a_button_s_address_does_nothing(async_client, people, path):
    run = await Run.objects.acreate(owner=people.owner, workflow="views-test", input={}, deployment="dev")
    await async_client.aforce_login(people.owner)
    assert (await async_client.get(path.format(run.pk))).status_code == 405


def test_the_page_of_a_finished_run_costs_five_queries(client, people, django_assert_num_queries):
    run = _finished(people.owner)
    client.force_login(people.owner)
    with django_assert_num_queries(5):  # session, person, run, archive, links to it
        page = client.get(f"/runs/{run.pk}/")
    assert page.context["view"].finished
    (answer,) = page.context["output"].entries
    assert (answer.label, answer.value.text) == ("Answer", "42")


def test_a_product_shows_its_own_part(client, people, monkeypatch):
    monkeypatch.setattr(products, "_products", {})
    products.register(
        "views-test",
        noun="speech",
        template="runs/_body.html",
        context=lambda run, state: {"shout": state["title"].upper(), "view": "not this"},
        stages=[("write", "Write"), ("print", "Print")],
    )
    run = _finished(people.owner)
    client.force_login(people.owner)
    page = client.get(f"/runs/{run.pk}/")
    assert page.context["shout"] == "DONE THING"
    assert page.context["view"].title == "Done thing"
    assert [step.title for step in page.context["view"].steps] == ["Write", "Print"]
    assert page.context["product"].noun == "speech"


def test_the_list_shows_my_runs_alone_latest_first(client, people):
    for person, title in ((people.owner, "first"), (people.outsider, "theirs"), (people.owner, "second")):
        Run.objects.create(owner=person, workflow="views-test", title=title, input={}, deployment="dev")
    client.force_login(people.owner)
    assert [row.title for row in client.get("/runs/").context["rows"]] == ["second", "first"]
    client.force_login(people.staff)
    assert client.get("/runs/").context["rows"] == []


def test_the_list_asks_nobody_in(client, db):
    assert client.get("/runs/").status_code == 302


def test_the_list_can_be_narrowed_by_status_and_title(client, people):
    for title, status in (("Alpha", "running"), ("Beta", "failed"), ("Gamma", "completed")):
        Run.objects.create(owner=people.owner, workflow="w", title=title, status=status, input={}, deployment="dev")
    client.force_login(people.owner)

    def titles(query: str) -> list[str]:
        return [row.title for row in client.get(f"/runs/?{query}").context["rows"]]

    assert titles("status=failed") == ["Beta"]
    assert titles("status=open") == ["Alpha"]
    assert titles("q=gam") == ["Gamma"]
    assert titles("status=nonsense") == ["Gamma", "Beta", "Alpha"]


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_costs_the_same_few_queries_however_many_runs(client, people, django_assert_num_queries, count):
    for number in range(count):
        _finished(people.owner, idempotency_key=str(number))
    client.force_login(people.owner)
    with django_assert_num_queries(4) as captured:  # session, person, rows, those that wait
        client.get("/runs/")
    assert all('"output"' not in query["sql"] for query in captured.captured_queries)


async def test_the_list_tells_what_waits_for_me_apart_and_first(async_client, engine, people):
    asking = await start_run(user=people.owner, workflow="views-test", input=Ask(), title="Asks me")
    resting = await start_run(user=people.owner, workflow="views-test", input=Ask(), title="Rests")
    theirs = await start_run(user=people.outsider, workflow="views-test", input=Ask(), title="Asks another")
    reasons = {asking.pk: "input", resting.pk: "sleep", theirs.pk: "input"}
    await Run.objects.filter(pk__in=reasons).aupdate(status="waiting")

    metas = {run_id: replace(await engine.meta(run_id), waiting={"reason": why}) for run_id, why in reasons.items()}
    assert {run_id: waiting._reason(meta) for run_id, meta in metas.items()} == reasons
    await async_client.aforce_login(people.owner)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "_of_redis", lambda waits, runs: ({run_id: reasons[run_id] for run_id in waits}, {}))
        page = BeautifulSoup((await async_client.get("/runs/")).content, "html.parser")
    assert [link.text for link in page.select(".asking a")] == ["Asks me"]
    states = [state.get_text(" ", strip=True) for state in page.select("table .state")]
    assert states == ["· waiting until later", "? waiting for your answer"]


def test_the_list_tells_the_cost_of_each_run(client, people):
    _finished(people.owner, cost_microusd=1_230_000, known_cost_microusd=1_230_000)
    client.force_login(people.owner)
    assert "$1.23" in client.get("/runs/").content.decode()


def test_the_list_shows_rows_without_what_they_wait_for_while_redis_is_away(client, people, monkeypatch):
    def away(connections):
        raise redis.ConnectionError("away")

    Run.objects.create(owner=people.owner, workflow="w", title="A", status="waiting", input={}, deployment="dev")
    monkeypatch.setattr(waiting, "new_engine", away)
    client.force_login(people.owner)
    assert [row.status_word for row in client.get("/runs/").context["rows"]] == ["waiting"]


def test_a_run_that_waits_for_its_owner_stands_once_on_the_start_page(client, people, monkeypatch):
    asks = Run.objects.create(
        owner=people.owner, workflow="w", title="Asks", status="waiting", input={}, deployment="dev"
    )
    Run.objects.create(owner=people.owner, workflow="w", title="Sleeps", status="waiting", input={}, deployment="dev")
    monkeypatch.setattr(waiting, "_of_redis", lambda waiting, running: ({asks.pk: "input"}, {}))
    client.force_login(people.owner)
    home = BeautifulSoup(client.get("/").content, "html.parser")
    assert [link.text for link in home.select("main a") if link.text in ("Asks", "Sleeps")] == ["Asks", "Sleeps"]
    assert [link.text for link in home.select(".latest li a")] == ["Sleeps"]


def test_a_stranger_is_told_what_this_is_and_a_person_what_needs_them(client, people):
    welcome = BeautifulSoup(client.get("/").content, "html.parser")
    assert welcome.find("a", href="/accounts/signup/") is not None
    assert welcome.select("main form") == []
    _finished(people.owner)
    client.force_login(people.owner)
    home = BeautifulSoup(client.get("/").content, "html.parser")
    assert [link.text for link in home.select(".latest li a")] == ["Done thing"]
    assert len(home.select(".starts form")) == 2
