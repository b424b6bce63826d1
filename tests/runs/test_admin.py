"""Staff find every run with all it did; nobody else gets in, and nothing shown can act."""

from __future__ import annotations

import json
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup
from pydantic import BaseModel, SecretStr

from genisys import component, workflow
from runs.models import ApiToken, Archive, AuditEntry, Run
from runs.rules.audit import Actor, Via
from runs.service.actions import retry_run
from runs.service.starting import start_run

PLANTED = "a-key-that-nobody-sees/7"
EVIL = "<img src=x onerror=alert(1)>"
LIST = "/admin/runs/run/"
AUDIT = "/admin/runs/auditentry/"


class Note(BaseModel):
    text: str = "note"
    fail: bool = False


@component(title=lambda text: f"Copy {text[:40]}")
async def copy(text: str) -> str:
    return text


@component
async def check(note: Note) -> str:
    if note.fail:
        raise ValueError(f"Nobody likes {note.text}")
    return "ok"


@workflow(name="admin-test")
async def admin_test(note: Note) -> Note:
    await copy(note.text)
    await check(note)
    return note


KNOWN: dict[str, str] = {}


class Fragile(BaseModel):
    where: str
    key: SecretStr


@component
async def break_off(key: SecretStr) -> str:
    return KNOWN[f"no {key.get_secret_value()}"]


@workflow(name="admin-broken")
async def admin_broken(given: Fragile) -> Note:
    if given.where == "step":
        await break_off(given.key)
    return Note(text=KNOWN[f"no {given.key.get_secret_value()}"])


def _deeds(page) -> list[str]:
    """What the buttons of a run's page do, in their order."""
    buttons = BeautifulSoup(page.content, "html.parser").select(".run-actions button")
    return [button["formaction"].rstrip("/").rsplit("/", 1)[1] for button in buttons]


def _change(run: Run) -> str:
    return f"{LIST}{run.pk}/change/"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", LIST),
        ("get", LIST + "{}/change/"),
        ("post", LIST + "{}/cancel/"),
        ("post", LIST + "{}/retry/"),
        ("post", LIST + "{}/pause/"),
        ("post", LIST + "{}/resume/"),
        ("get", LIST + "{}/fork/"),
        ("post", LIST + "{}/fork/"),
        ("get", AUDIT),
        ("get", LIST + "{}/steps/0/input"),
    ],
)
def test_only_staff_get_in(client, people, method, path):
    run = Run.objects.create(owner=people.owner, workflow="w", input={}, deployment="dev")
    for person in (None, people.outsider, people.owner):
        client.logout()
        if person:
            client.force_login(person)
        answer = getattr(client, method)(path.format(run.pk))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("count", [2, 12])
def test_the_list_costs_the_same_queries_however_many_runs(client, people, django_assert_num_queries, count):
    for number in range(count):
        Run.objects.create(
            owner=people.owner, workflow=f"w{number % 2}", title=f"T{number}", input={}, deployment="dev"
        )
    client.force_login(people.staff)
    client.get(LIST)
    with django_assert_num_queries(6) as captured:
        answer = client.get(LIST)
    assert answer.status_code == 200
    rows = [query["sql"] for query in captured.captured_queries if "ORDER BY" in query["sql"]]
    assert all('"runs_run"."input"' not in sql for sql in rows)


def test_the_list_shows_status_in_word_and_mark_and_finds_by_error(client, people):
    broken = Run.objects.create(
        owner=people.owner,
        workflow="w",
        title="Broken",
        status="failed",
        error={"message": "No such host."},
        input={},
        deployment="dev",
    )
    Run.objects.create(owner=people.owner, workflow="w", title="Fine", input={}, deployment="dev")
    client.force_login(people.staff)
    for query in (f"q={broken.pk}", "q=such+host", "q=Brok", "status__exact=failed"):
        page = BeautifulSoup(client.get(f"{LIST}?{query}").content, "html.parser").find(id="result_list")
        assert "Broken" in page.get_text(), query
        assert "Fine" not in page.get_text(), query
        assert "! failed" in " ".join(page.get_text().split())
    assert "Fine" in client.get(f"{LIST}?q=owner@example.test").content.decode()


async def test_a_finished_run_shows_every_step_and_gives_what_went_in_and_out_of_it_when_asked(
    async_client, engine, worker, recorded, people
):
    run = await start_run(
        user=people.owner, workflow="admin-test", input=Note(text=EVIL, fail=True), title=f"About {EVIL}"
    )
    await recorded(run)
    await async_client.aforce_login(people.operator)
    assert "run-log" not in (await async_client.get(_change(run))).content.decode()
    page = (await async_client.get(f"{_change(run)}?events=1")).content.decode()
    soup = BeautifulSoup(page, "html.parser")
    content = soup.find(id="content")

    assert EVIL not in page
    assert not content.find_all("img")
    steps = [body.get_text(" ", strip=True) for body in content.find_all("tbody", id=True)]
    assert len(steps) == 2
    assert "completed" in steps[0]
    assert EVIL in steps[0]
    assert f"Nobody likes {EVIL}" not in steps[1]
    parts = {}
    for link in content.select("tbody[id] a[href*='/steps/']"):
        address = urljoin(_change(run), link["href"])
        parts[address.partition("/steps/")[2]] = (await async_client.get(address)).content.decode()
    assert set(parts) == {"0/input", "0/output", "1/input", "1/error", "1/traceback"}
    assert json.loads(parts["0/output"]) == EVIL
    assert json.loads(parts["1/error"])["message"] == f"Nobody likes {EVIL}"
    assert "owner@example.test" in content.get_text()
    log = [row.get_text(" ", strip=True) for row in content.find(class_="run-log").find_all("tr")]
    assert any("run.failed" in row for row in log)
    assert content.find("button", formaction=f"{LIST}{run.pk}/retry/")


@pytest.mark.parametrize("where", ["step", "workflow"])
@pytest.mark.parametrize("place", ["redis", "archive"])
async def test_staff_alone_see_the_traceback_of_a_fault_and_no_secret_in_it(
    async_client, engine, worker, ended, recorded, people, where, place
):
    run = await start_run(user=people.owner, workflow="admin-broken", input={"where": where, "key": PLANTED})
    await (ended(run) if place == "redis" else recorded(run))
    if place == "archive":
        await engine.expire(run.pk, 0)
    await async_client.aforce_login(people.staff)
    page = (await async_client.get(_change(run))).content.decode()
    told = BeautifulSoup(page, "html.parser").select_one("#fault pre").get_text()
    assert told.startswith("Traceback (most recent call last)")
    assert f", in {'break_off' if where == 'step' else 'admin_broken'}" in told
    assert told.rstrip().endswith("KeyError: 'no ••••••'")
    in_trace = await async_client.get(f"{LIST}{run.pk}/steps/0/traceback")
    assert in_trace.status_code == (200 if where == "step" else 404)
    if where == "step":
        assert in_trace.content.decode() == told
    assert PLANTED not in page + in_trace.content.decode()

    await async_client.aforce_login(people.owner)
    for path in ("", "/steps", "/output", "/events"):
        answer = await async_client.get(f"/api/runs/{run.pk}{path}")
        assert "Traceback" not in answer.content.decode(), path
    own = (await async_client.get(run.get_absolute_url())).content.decode()
    assert "an unexpected error" in own
    assert "Traceback" not in own and ".py" not in own


async def test_a_run_that_went_well_in_the_end_keeps_no_traceback(engine, worker, recorded, people, monkeypatch):
    run = await start_run(user=people.owner, workflow="admin-broken", input={"where": "workflow", "key": PLANTED})
    await recorded(run)
    assert "KeyError" in await engine.fault(run.pk)
    monkeypatch.setitem(KNOWN, f"no {PLANTED}", "yes")
    await retry_run(run, Actor(people.owner, Via.PAGE))
    await recorded(run)
    assert run.status == "completed"
    assert (await Archive.objects.aget(pk=run.pk)).fault == ""


async def test_a_live_run_is_read_from_redis(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="admin-test", input=Note())
    await async_client.aforce_login(people.staff)
    page = (await async_client.get(f"{_change(run)}?events=1")).content.decode()
    assert "run.queued" in page
    assert "none is alive" in page


async def test_a_large_value_is_not_on_the_page_and_is_given_whole_as_text(
    async_client, engine, worker, recorded, people
):
    long = "word " * 10_000
    run = await start_run(user=people.owner, workflow="admin-test", input=Note(text=long))
    await recorded(run)
    await async_client.aforce_login(people.staff)
    page = (await async_client.get(_change(run))).content.decode()
    assert "word word" not in page.partition("Steps (")[2].replace(f"Copy {long[:40]}", "")
    whole = await async_client.get(f"{LIST}{run.pk}/steps/0/output")
    assert whole["Content-Type"].startswith("text/plain")
    assert whole["X-Content-Type-Options"] == "nosniff"
    assert long in whole.content.decode()
    for missing in ("steps/99/output", "steps/0/secret"):
        assert (await async_client.get(f"{LIST}{run.pk}/{missing}")).status_code == 404


async def test_staff_stop_a_run_and_take_it_up_again(async_client, engine, control, people):
    run = await start_run(user=people.owner, workflow="admin-test", input=Note())
    await async_client.aforce_login(people.operator)
    assert (await async_client.get(f"{LIST}{run.pk}/cancel/")).status_code == 405
    answer = await async_client.post(f"{LIST}{run.pk}/cancel/")
    assert (answer.status_code, answer["Location"]) == (303, _change(run))
    await control.sweep()
    await run.arefresh_from_db()
    assert run.status == "cancelled"

    await async_client.post(f"{LIST}{run.pk}/retry/")
    await run.arefresh_from_db()
    assert run.status == "queued"


async def test_staff_let_a_run_rest_and_go_on_and_say_why(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="admin-test", input=Note())
    await async_client.aforce_login(people.operator)
    page = await async_client.get(_change(run))
    assert _deeds(page) == ["pause", "cancel"]
    await async_client.post(f"{LIST}{run.pk}/pause/", {"why": "The site asks us to wait"})
    assert (await engine.meta(run.pk)).paused
    assert _deeds(await async_client.get(_change(run))) == ["resume", "cancel"]
    await async_client.post(f"{LIST}{run.pk}/resume/", {"why": EVIL})
    assert not (await engine.meta(run.pk)).paused

    page = (await async_client.get(_change(run))).content.decode()
    rows = BeautifulSoup(page, "html.parser").find(id="audit").find_next("table").find("tbody").find_all("tr")
    told = [[cell.get_text(" ", strip=True) for cell in row.find_all("td")][1:5] for row in rows]
    assert told == [
        ["operator@example.test", "resume", "admin", EVIL],
        ["operator@example.test", "pause", "admin", "The site asks us to wait"],
    ]
    assert EVIL not in page


async def test_who_may_only_look_is_offered_nothing_and_refused(async_client, engine, people):
    run = await start_run(user=people.owner, workflow="admin-test", input=Note())
    await async_client.aforce_login(people.staff)
    page = await async_client.get(_change(run))
    assert _deeds(page) == []
    assert b"/fork/" not in page.content
    for deed in ("cancel", "retry", "pause", "resume", "fork"):
        assert (await async_client.post(f"{LIST}{run.pk}/{deed}/")).status_code == 403
    assert (await async_client.get(f"{LIST}{run.pk}/fork/")).status_code == 403
    assert not await AuditEntry.objects.aexists()


async def test_a_run_is_forked_at_a_step_with_edited_input(async_client, engine, worker, recorded, ended, people):
    run = await start_run(user=people.owner, workflow="admin-test", input=Note(text="first"), title="Notes")
    await recorded(run)
    await async_client.aforce_login(people.operator)
    page = BeautifulSoup((await async_client.get(_change(run))).content, "html.parser")
    address = page.find("a", string="Fork here")["href"]
    form = BeautifulSoup((await async_client.get(address)).content, "html.parser")
    assert json.loads(form.find("textarea").text) == {"text": "first"}
    typed = {"title": "Other notes", "input": '{"text": "second"}', "once": form.find(id="id_once")["value"]}

    wrong = await async_client.post(address, {**typed, "input": '{"text": }'})
    told = BeautifulSoup(wrong.content, "html.parser")
    assert wrong.status_code == 422
    assert "at line 1, column 10." in told.find(class_="run-wrong").text
    assert told.find("textarea").text.strip() == '{"text": }'

    made = await async_client.post(address, {**typed, "why": "To compare"})
    again = await async_client.post(address, {**typed, "why": "To compare"})
    fork = await Run.objects.aget(parent=run)
    assert made["Location"] == again["Location"] == _change(fork)
    assert (fork.title, fork.owner_id) == ("Other notes", people.owner.pk)
    await ended(fork)
    outputs = [step.output for step in await engine.journal(fork.pk)]
    assert outputs == ["second", "ok"]
    entry = await AuditEntry.objects.aget()
    assert (entry.action, entry.run_id, entry.why, entry.detail["fork"]) == ("fork", run.pk, "To compare", fork.pk)


async def test_a_fork_whose_input_is_left_as_it_is_runs_with_what_the_source_had(
    async_client, engine, worker, recorded, ended, people
):
    run = await start_run(user=people.owner, workflow="admin-test", input=Note(text="first"))
    await recorded(run)
    await async_client.aforce_login(people.operator)
    page = BeautifulSoup((await async_client.get(f"{LIST}{run.pk}/fork/")).content, "html.parser")
    typed = {"title": "", "input": page.find("textarea").text, "once": "1"}
    await async_client.post(f"{LIST}{run.pk}/fork/", typed)
    fork = await Run.objects.aget(parent=run)
    assert (fork.fork_input, fork.input) == ("", {"text": "first", "fail": False})
    assert (await ended(fork)).status == "completed"
    assert (await async_client.get(f"{LIST}{run.pk}/fork/?step=no-such-step")).status_code == 404


async def test_a_run_that_has_left_redis_says_that_it_cannot_be_forked(async_client, engine, worker, recorded, people):
    run = await start_run(user=people.owner, workflow="admin-test", input=Note())
    await recorded(run)
    await engine.expire(run.pk, 0)
    await async_client.aforce_login(people.operator)
    refused = await async_client.post(f"{LIST}{run.pk}/fork/", {"title": "", "input": "{}", "once": "1"})
    assert (refused.status_code, "Start it again as a new run" in refused.content.decode()) == (422, True)


@pytest.mark.parametrize("count", [1, 12])
def test_the_audit_is_listed_found_and_never_changed(client, people, django_assert_num_queries, count):
    for number in range(count):
        AuditEntry.objects.create(
            actor=people.operator, actor_name="operator@example.test", via="admin", action="cancel", why=EVIL,
            run_id=f"run-{number}",
        )  # fmt: skip
    other = AuditEntry.objects.create(via="link", action="answer", run_id="another-run")
    client.force_login(people.staff)
    client.get(AUDIT)
    with django_assert_num_queries(6):
        page = client.get(AUDIT).content.decode()
    assert "operator@example.test" in page and "nobody signed in" in page
    assert EVIL not in page
    for query in ("q=another-run", "action=answer", "via__exact=link"):
        found = BeautifulSoup(client.get(f"{AUDIT}?{query}").content, "html.parser").find(id="result_list").text
        assert "another-run" in found and "run-0" not in found, query
    assert client.get(f"{AUDIT}{other.pk}/change/").status_code == 200
    assert client.post(f"{AUDIT}{other.pk}/change/", {"why": "other"}).status_code == 403
    assert client.get(f"{AUDIT}add/").status_code == 403
    assert client.post(f"{AUDIT}{other.pk}/delete/", {"post": "yes"}).status_code == 403


async def test_why_several_runs_were_stopped_is_written_down_with_each(async_client, engine, people):
    runs = [await start_run(user=people.owner, workflow="admin-test", input=Note()) for _ in range(2)]
    await async_client.aforce_login(people.operator)
    asked = {"action": "cancel_selected", "why": "A wrong batch", "_selected_action": [run.pk for run in runs]}
    await async_client.post(LIST, asked)
    assert [entry.why async for entry in AuditEntry.objects.all()] == ["A wrong batch"] * 2


async def test_staff_stop_several_runs_at_once(async_client, engine, control, people):
    runs = [await start_run(user=people.owner, workflow="admin-test", input=Note()) for _ in range(3)]
    await async_client.aforce_login(people.operator)
    chosen = [run.pk for run in runs[:2]]
    await async_client.post(LIST, {"action": "cancel_selected", "_selected_action": chosen})
    await control.sweep()
    statuses = {run.pk: run.status async for run in Run.objects.all()}
    assert [statuses[run.pk] for run in runs] == ["cancelled", "cancelled", "queued"]


def test_a_run_cannot_be_edited_added_or_deleted(client, people):
    run = Run.objects.create(owner=people.owner, workflow="w", input={}, deployment="dev")
    client.force_login(people.staff)
    assert client.post(_change(run), {"title": "other"}).status_code == 405
    assert client.get(f"{LIST}add/").status_code == 404
    assert client.post(f"{LIST}{run.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Run.objects.filter(pk=run.pk).exists()


def test_tokens_are_listed_without_what_would_open_anything(client, people):
    secret = ApiToken.new_secret()
    ApiToken.for_secret(secret, user_id=people.owner.pk, name="laptop", scopes=["read"]).save()
    people.staff.is_superuser = True
    people.staff.save()
    client.force_login(people.staff)
    token = ApiToken.objects.get()
    for path in ("/admin/runs/apitoken/", f"/admin/runs/apitoken/{token.pk}/change/"):
        page = client.get(path).content.decode()
        assert token.prefix in page
        assert secret not in page
        assert token.digest not in page
