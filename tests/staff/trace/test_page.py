"""The page of one run for staff: its steps over time, the chosen one beside them; nothing is read that is not shown."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from pydantic import BaseModel, SecretStr

from genisys import component, workflow
from genisys.host import new_state
from runs.models import Archive, AuditEntry, Run, Step
from runs.service.starting import start_run
from staff.trace import log, reading
from staff.waterfall.look import Look

PLANTED = "a-key-that-nobody-sees/9"
EVIL = "<img src=x onerror=alert(1)>"
pytestmark = pytest.mark.usefixtures("transactional_db")


class Note(BaseModel):
    text: str = "note"
    fail: bool = False
    key: SecretStr = SecretStr("")


@component(title=lambda text: f"Copy {text[:40]}")
async def copy_text(text: str) -> str:
    return text


@component
async def check_note(note: Note) -> str:
    await copy_text(f"{note.text} again")
    if note.fail:
        raise ValueError(f"Nobody likes {note.text} with {note.key.get_secret_value()}")
    return f"{note.text} {note.key.get_secret_value()}"


@workflow(name="trace-test")
async def trace_test(note: Note) -> Note:
    await copy_text(note.text)
    await check_note(note)
    return note


def _url(run: Run, rest: str = "") -> str:
    return f"/staff/runs/{run.pk}/{rest}"


def _soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def _labels(soup: BeautifulSoup) -> list[str]:
    return [" ".join(each.get_text().split()) for each in soup.select(".waterfall .row-step .name, .row-group .name")]


async def _run(people, **note) -> Run:
    return await start_run(user=people.owner, workflow="trace-test", input={"text": "note", **note})


@pytest.mark.parametrize("place", ["redis", "rows"])
async def test_the_page_shows_each_step_with_its_tries_its_error_and_what_is_inside_what(
    async_client, engine, worker, ended, recorded, people, place
):
    run = await _run(people, text=EVIL, fail=True)
    await (ended(run) if place == "redis" else recorded(run))
    await async_client.aforce_login(people.staff)
    answer = await async_client.get(_url(run))
    soup = _soup(answer)
    assert EVIL not in answer.content.decode()
    assert _labels(soup) == [f"Copy {EVIL}", "check_note", f"Copy {EVIL} again"]
    assert "level-1" in soup.select(".row-step th")[2]["class"]
    assert [bar["class"] for bar in soup.select(".row-step")[1].select("rect")] == [["strip", "strip-failed"]]
    attempt = soup.select_one(".row-run rect.strip-attempt")
    assert attempt is not None and float(attempt["width"].rstrip("%")) > 0

    link = soup.select(".row-step a.name")[1]["href"]
    chosen = _soup(await async_client.get(_url(run) + link)).select_one(".chosen")
    said = " ".join(chosen.get_text().split())
    assert f"Nobody likes {EVIL}" in said
    assert worker.id in said
    assert "Including 1 step inside" in said
    assert not chosen.select("pre")
    parts = [each["data-load"].rpartition("/")[2] for each in chosen.select("details")]
    assert parts == ["input?as=part", "error?as=part", "traceback?as=part"]


@pytest.mark.parametrize("place", ["redis", "rows", "archive"])
async def test_a_value_is_given_when_it_is_opened_whole_as_text_and_its_beginning_as_a_part(
    async_client, engine, worker, ended, recorded, people, place
):
    long = "word " * 10_000 + EVIL
    run = await _run(people, text=long)
    await (ended(run) if place == "redis" else recorded(run))
    if place == "archive":
        await engine.expire(run.pk, 0)
    await async_client.aforce_login(people.staff)
    soup = _soup(await async_client.get(_url(run)))
    key = soup.select_one(".row-step a.name")["href"].rpartition("=")[2]
    whole = await async_client.get(_url(run, f"steps/{key}/output"))
    assert whole["Content-Type"].startswith("text/plain")
    assert whole.content.decode() == long
    part = await async_client.get(_url(run, f"steps/{key}/output?as=part"))
    assert len(part.content) < 25_000
    assert "30,028 more characters" in part.content.decode()
    kept = await async_client.get(_url(run, f"steps/{key}/input?download"))
    assert kept["Content-Disposition"].startswith("attachment")
    assert json.loads(kept.content) == {"text": long}
    assert json.loads((await async_client.get(_url(run, "values/output"))).content)["text"] == long
    for missing in (f"steps/{'0' * 32}/input", f"steps/{key}/secret", f"steps/{key}/traceback", "values/secret"):
        assert (await async_client.get(_url(run, missing))).status_code == 404, missing


def test_no_page_reads_what_went_in_or_out_of_a_step(client, people, monkeypatch, django_assert_max_num_queries):
    _with_state(monkeypatch)
    run = _big_run(people.owner, 4)
    client.force_login(people.staff)
    key = f"{0:032x}"
    for rest in ("", f"?step={key}", "?view=flame", "?view=values", "?view=origin", "?failed=1", f"?root={key}"):
        monkeypatch.setattr("staff.trace.reading._kept", type(reading._kept)())
        with django_assert_max_num_queries(12) as asked:
            assert client.get(_url(run) + rest).status_code == 200
        said = " ".join(query["sql"] for query in asked.captured_queries)
        assert '"runs_step"."position"' in said
        for column in ('"runs_step"."input"', '"runs_step"."output"', '"runs_archive"."journal"', '"runs_archive"."ev'):
            assert column not in said, (rest, column)


def test_the_way_back_to_the_list_as_it_was_narrowed_stays_in_every_view(client, people, monkeypatch):
    _with_state(monkeypatch)
    run = _big_run(people.owner, 4)
    client.force_login(people.staff)
    assert _soup(client.get(_url(run))).find("a", string="All runs")["href"] == "/staff/runs/"
    look = "?back=status%3Dfailed%26q%3Da"
    for choose in (".row-step a.name", ".chosen a.close", ".tabs a[data-key=origin]", ".tabs a[data-key=waterfall]"):
        page = _soup(client.get(_url(run) + look))
        assert page.find("a", string="Back to the list")["href"] == "/staff/runs/?status=failed&q=a"
        look = page.select_one(choose)["href"]
    assert look == "?back=status%3Dfailed%26q%3Da"


def _big_run(owner, count: int, *, failed: int = 0) -> Run:
    now = timezone.now()
    run = Run.objects.create(
        owner=owner, workflow="w", title="Big", status="completed", input={}, deployment="dev", log_id="1", seq=count,
        started_at=now, ended_at=now,
    )  # fmt: skip
    Step.objects.bulk_create(
        Step(
            run=run,
            position=at,
            key=f"{at:032x}",
            parent_key="" if at == 0 else f"{0:032x}",
            name="crawl" if at == 0 else "read_page",
            title="" if at == 0 else f"Read page {at}",
            status="failed" if 0 < at <= failed else "completed",
            started_at=now,
            ended_at=now,
        )
        for at in range(count)
    )
    Archive.objects.create(
        run=run, log_id="1", last_seq=count, state_sha256="", state=b"", events=b"", journal=b"",
    )  # fmt: skip
    return run


def _with_state(monkeypatch):
    async def state_of(run):
        from runs.record.states import _meta_from_row, _state_from_row

        return {**new_state(), **_state_from_row(run)}, _meta_from_row(run, run.log_id, run.seq)

    monkeypatch.setattr("staff.trace.reading.run_state", state_of)


def test_ten_thousand_alike_steps_are_one_row_that_opens_failed_ones_first(client, people, monkeypatch):
    _with_state(monkeypatch)
    run = _big_run(people.owner, 500, failed=3)
    client.force_login(people.staff)
    page = client.get(_url(run))
    assert len(page.content) < 40_000
    soup = _soup(page)
    assert _labels(soup) == ["crawl", "read_page"]
    group = soup.select_one(".row-group")
    assert "× 499" in group.get_text()
    assert "3 failed, 496 done" in group.get_text()
    opened = _soup(client.get(_url(run) + group.select_one(".toggle")["href"]))
    labels = _labels(opened)
    assert len(labels) == 102
    assert labels[2:6] == ["Read page 1", "Read page 2", "Read page 3", "Read page 4"]
    more = opened.select_one(".row-more a")
    assert more.get_text() == "100 more of 399"
    assert len(_labels(_soup(client.get(_url(run) + more["href"])))) == 202
    only_failed = _soup(client.get(_url(run) + "?failed=1"))
    assert _labels(only_failed) == ["crawl", "Read page 1", "Read page 2", "Read page 3"]
    found = _soup(client.get(_url(run) + "?q=page+499"))
    assert _labels(found) == ["crawl", "Read page 499"]
    flame = client.get(_url(run) + "?view=flame")
    assert len(flame.content) < 40_000


@pytest.mark.parametrize("count", [1, 50])
def test_the_page_costs_the_same_queries_however_many_steps(
    client, people, monkeypatch, django_assert_num_queries, count
):
    _with_state(monkeypatch)
    run = _big_run(people.owner, count)
    client.force_login(people.staff)
    with django_assert_num_queries(8):
        client.get(_url(run))


async def test_no_secret_is_shown_by_any_address_of_a_run(async_client, engine, worker, recorded, people):
    run = await _run(people, text="open", key=PLANTED, fail=True)
    await recorded(run)
    await async_client.aforce_login(people.operator)
    steps = [step async for step in Step.objects.filter(run=run)]
    paths = ["", "?view=flame", "?view=log", "?view=values", "?view=origin", "fragment", "log.jsonl", "fork"]
    paths += [f"values/{part}" for part in ("input", "output", "error", "traceback")]
    for step in steps:
        paths += [f"?step={step.key}", f"fork?step={step.key}"]
        paths += [f"steps/{step.key}/{part}{how}" for part in ("input", "output", "error", "traceback", "conversation")
                  for how in ("", "?as=part")]  # fmt: skip
    seen = 0
    for path in paths:
        answer = await async_client.get(_url(run, path))
        body = (
            b"".join([part async for part in answer.streaming_content]) if answer.streaming else answer.content
        ).decode()
        assert PLANTED not in body, path
        seen += "••••••" in body
    assert seen > 5
    compared = await async_client.get(f"/staff/compare?a={run.pk}&b={run.pk}")
    assert PLANTED not in compared.content.decode()


async def test_the_log_is_shown_in_stretches_and_exported_as_json_lines(
    async_client, engine, worker, recorded, people, monkeypatch
):
    monkeypatch.setattr("staff.trace.log.EVENTS", 3)
    run = await _run(people)
    await recorded(run)
    await async_client.aforce_login(people.staff)
    soup = _soup(await async_client.get(_url(run) + "?view=log"))
    seqs = [row.find("td").get_text() for row in soup.select(".log tbody tr")]
    assert seqs == ["1", "2", "3"]
    later = soup.select_one("a[rel=next]")["href"]
    soup = _soup(await async_client.get(_url(run) + later))
    assert [row.find("td").get_text() for row in soup.select(".log tbody tr")] == ["4", "5", "6"]
    export = await async_client.get(_url(run, "log.jsonl"))
    lines = b"".join([part async for part in export.streaming_content]).splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, run.seq + 1))


def test_an_event_with_half_a_character_is_shown_and_exported_and_a_long_one_is_shown_in_part():
    half = {"seq": 1, "type": "text.delta", "at": 1, "attempt": 1, "block": "b", "off": 0, "txt": "cut \ud83d"}
    shown = log._line(half, Look())
    assert "cut ?" in shown.text
    assert shown.text.encode()
    assert json.loads(log._json_line(half)) == half
    long = log._line({**half, "txt": "x" * 9_000}, Look())
    assert len(long.text) == 2_000
    assert long.hidden_chars > 7_000


async def test_a_page_that_renews_itself_gets_nothing_where_nothing_is_new(async_client, engine, people, worker, ended):
    run = await _run(people)
    await ended(run)
    await async_client.aforce_login(people.staff)
    drawn = _soup(await async_client.get(_url(run, "fragment"))).select_one("[data-live=trace]")
    known = drawn["data-version"]
    again = await async_client.get(_url(run, "fragment"), {"known": known})
    assert again.status_code in (200, 204)  # some seconds may have passed
    assert (await async_client.get(_url(run, "fragment"), {"known": "other"})).status_code == 200


async def test_operators_stop_and_retry_and_start_anew_with_the_secrets_and_it_is_written_down(
    async_client, engine, worker, recorded, people
):
    run = await _run(people, key=PLANTED, fail=True)
    await recorded(run)
    await async_client.aforce_login(people.operator)
    answer = await async_client.post(_url(run, "restart"), {"why": "The site is back", "once": "1"})
    assert answer.status_code == 303
    new = await Run.objects.aget(parent=run)
    assert answer["Location"] == _url(new)
    assert (new.owner_id, new.parent_kind) == (people.owner.pk, "retry")
    await recorded(new)
    assert new.error["message"].endswith("with ••••••")
    again = await async_client.post(_url(run, "restart"), {"once": "1"})
    assert again["Location"] == _url(new)

    await async_client.post(_url(run, "retry"), {"why": "Once more"})
    await run.arefresh_from_db()
    assert run.retried_count == 1
    said = [(entry.action, entry.why, entry.via) async for entry in AuditEntry.objects.filter(run_id=run.pk)]
    assert said == [("retry", "Once more", "admin"), ("start", "The site is back", "admin")]


async def test_a_fork_is_made_from_the_form_and_both_runs_name_each_other(
    async_client, engine, worker, recorded, people
):
    run = await _run(people)
    await recorded(run)
    await async_client.aforce_login(people.operator)
    key = await Step.objects.filter(run=run, parent_key="").values_list("key", flat=True).afirst()
    form = _soup(await async_client.get(_url(run, f"fork?step={key}")))
    assert json.loads(form.select_one("textarea").get_text()) == {"text": "note"}
    given = {"title": "Other", "input": '{"text": "other"}', "once": "a", "why": "Try it"}
    answer = await async_client.post(_url(run, f"fork?step={key}"), given)
    fork = await Run.objects.aget(parent=run)
    assert answer["Location"] == _url(fork)
    await recorded(fork)
    assert fork.status == "completed"
    assert "Other" in _soup(await async_client.get(_url(run) + "?view=origin")).select_one(".relatives").get_text()
    assert "Forked from" in _soup(await async_client.get(_url(fork) + "?view=origin")).get_text()
    beside = _soup(await async_client.get(f"/staff/compare?a={run.pk}&b={fork.pk}"))
    rows = [row.get_text(" ", strip=True) for row in beside.select(".beside tbody tr")]
    assert any(row.startswith("copy_text") for row in rows)
    refused = await async_client.post(_url(run, f"fork?step={key}"), {**given, "input": "[1]", "once": "b"})
    assert refused.status_code == 422


@pytest.mark.parametrize("who", ["staff", "outsider", "owner", None])
@pytest.mark.parametrize("deed", ["cancel", "retry", "pause", "resume", "restart", "limit", "fork"])
def test_only_operators_act_and_only_by_post(client, people, who, deed):
    run = Run.objects.create(owner=people.owner, workflow="w", input={}, deployment="dev")
    if who:
        client.force_login(getattr(people, who))
    answer = client.post(_url(run, deed))
    assert answer.status_code == {"staff": 403, None: 302}.get(who, 404)
    assert not AuditEntry.objects.exists()
    if deed != "fork":
        client.force_login(people.operator)
        assert client.get(_url(run, deed)).status_code == 405


async def test_a_run_whose_state_was_cleared_away_is_started_anew_and_not_retried(
    async_client, engine, worker, recorded, people
):
    run = await _run(people, fail=True)
    await recorded(run)
    await async_client.aforce_login(people.operator)
    soup = _soup(await async_client.get(_url(run)))
    assert _deeds(soup) == ["retry", "restart"]
    await engine.expire(run.pk, 0)
    soup = _soup(await async_client.get(_url(run)))
    assert _deeds(soup) == ["restart"]
    assert "has been cleared" in soup.select_one(".failure").get_text()
    assert "cleared away" in _soup(await async_client.get(_url(run, "fork"))).get_text()


def _deeds(soup: BeautifulSoup) -> list[str]:
    return [button["formaction"].rpartition("/")[2] for button in soup.select(".run-head button")]


async def test_a_run_under_way_says_why_it_does_not_move_and_offers_what_can_be_done(async_client, engine, people):
    run = await _run(people)
    await async_client.aforce_login(people.operator)
    soup = _soup(await async_client.get(_url(run)))
    assert "none is alive" in soup.select_one(".trace-now [role=status]").get_text()
    assert _deeds(soup) == ["pause", "restart", "cancel"]
    await async_client.post(_url(run, "pause"))
    assert _deeds(_soup(await async_client.get(_url(run)))) == ["resume", "restart", "cancel"]
    await async_client.aforce_login(people.staff)
    assert _deeds(_soup(await async_client.get(_url(run)))) == []


async def test_what_was_deleted_for_good_is_shown_no_more_though_it_was_looked_at_before(
    async_client, engine, worker, recorded, people
):
    from runs.control_plane.retention import forget_content

    run = await _run(people, text="Delicate")
    await recorded(run)
    await async_client.aforce_login(people.operator)
    assert b"Delicate" in (await async_client.get(_url(run))).content
    await forget_content([run.pk])
    assert b"Delicate" not in (await async_client.get(_url(run))).content
    answer = await async_client.post(_url(run, "restart"))
    assert answer["Location"] == _url(run)


def test_a_model_call_reads_as_a_conversation_and_nothing_said_in_it_can_act(client, people, monkeypatch):
    _with_state(monkeypatch)
    run = _big_run(people.owner, 1)
    asked = {"model": "m", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": EVIL}]}
    answer = {"choices": [{"message": {"role": "assistant", "content": f"No {EVIL}"}}]}
    Step.objects.filter(run=run).update(call="chat", model="m", input=asked, output=answer)
    key = f"{0:032x}"
    client.force_login(people.staff)
    parts = _soup(client.get(_url(run) + f"?step={key}")).select(".chosen details")
    assert [part["data-key"] for part in parts] == ["part:conversation", "part:input", "part:output"]
    for how in ("", "?as=part"):
        page = client.get(_url(run, f"steps/{key}/conversation{how}"))
        assert EVIL not in page.content.decode()
        said = [" ".join(each.get_text(" ").split()) for each in _soup(page).select(".say")]
        assert said == ["System Be brief.", f"User {EVIL}", f"Model No {EVIL}"]
        assert not _soup(page).select(".messages")
    Step.objects.filter(run=run).update(input={"url": "x"})
    assert client.get(_url(run, f"steps/{key}/conversation")).status_code == 404
