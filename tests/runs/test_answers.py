"""A question of a run: on the run's page, and at its signed address, for whoever holds that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

import pytest
from bs4 import BeautifulSoup
from pydantic import BaseModel, Field

from genisys import request_input, workflow
from runs.models import AuditEntry, Run
from runs.service.starting import start_run

EVIL = "<script>alert(1)</script>"


class Ask(BaseModel):
    prompt: str = "Publish “Moon”?"
    seconds: float | None = None


class Decision(BaseModel):
    publish: bool
    note: str = Field("", max_length=20)
    tone: Literal["plain", "warm"] = "plain"


@workflow(name="answers-test")
async def answers_test(ask: Ask) -> Decision:
    deadline = None if ask.seconds is None else timedelta(seconds=ask.seconds)
    return await request_input(Decision, ask.prompt, name="publish", deadline=deadline, default=Decision(publish=False))


@pytest.fixture
def asking(engine, worker, people, eventually) -> Callable[..., Awaitable[tuple[Run, str]]]:
    """Start a run and wait until it asks; return it, and the address of its question."""

    async def start(title: str = "The moon post", **ask: Any) -> tuple[Run, str]:
        run = await start_run(user=people.owner, workflow="answers-test", input=Ask(**ask), title=title)

        async def asked() -> str:
            meta, state = await engine.snapshot(run.pk)
            return "" if meta.worker else next(iter(state["inputs"]), "")

        step = await eventually(asked, "the run did not ask and leave its worker")
        return run, f"/runs/{run.pk}/inputs/{engine.input_token(run.pk, step)}"

    return start


YES = {"answer-publish": "true", "answer-note": "Go.", "answer-tone": '"warm"'}


async def test_who_may_control_the_run_finds_the_question_on_its_page_and_answers_it(
    async_client, asking, recorded, people
):
    run, address = await asking()
    await async_client.aforce_login(people.owner)
    page = BeautifulSoup((await async_client.get(f"/runs/{run.pk}/")).content, "html.parser")
    form = page.find("form", action=address)
    assert page.find("h2", string="Publish “Moon”?")
    assert [label.text for label in form.find_all("legend")] == ["Publish", "Tone"]
    assert not page.find("meta", attrs={"http-equiv": "refresh"}), "the page would take away what is typed"

    answered = await async_client.post(address, YES)
    assert (answered.status_code, answered["Location"]) == (303, f"/runs/{run.pk}/")
    assert (await recorded(run)).output == {"publish": True, "note": "Go.", "tone": "warm"}
    entry = await AuditEntry.objects.aget()
    assert (entry.action, entry.via, entry.actor_name) == ("answer", "page", people.owner.email)
    after = await async_client.get(f"/runs/{run.pk}/")
    assert address not in after.content.decode()


@pytest.mark.parametrize("name", ["staff", "operator"])
async def test_the_address_is_shown_to_those_who_may_answer_alone(async_client, asking, people, name):
    run, address = await asking()
    await async_client.aforce_login(getattr(people, name))
    for path in (f"/runs/{run.pk}/", f"/runs/{run.pk}/fragment"):
        shown = (await async_client.get(path)).content.decode()
        assert (address in shown) is (name == "operator")


async def test_whoever_holds_the_address_answers_and_learns_nothing_else_of_the_run(
    async_client, asking, recorded, people
):
    run, address = await asking()
    page = await async_client.get(address)
    told = page.content.decode()
    assert page.status_code == 200
    assert "Publish “Moon”?" in told
    for secret in (run.title, run.workflow, people.owner.email, f'"/runs/{run.pk}/"'):
        assert secret not in told
    assert page["X-Robots-Tag"] == "noindex"
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]

    answered = await async_client.post(address, YES)
    assert (answered.status_code, answered["Location"]) == (303, address)
    assert (await recorded(run)).output["publish"] is True
    entry = await AuditEntry.objects.aget()
    assert (entry.action, entry.via, entry.actor_name) == ("answer", "link", "")
    closed = await async_client.get(address)
    assert closed.status_code == 410
    assert "This question has been answered." in closed.content.decode()
    assert "Your answer was sent." in closed.content.decode()


async def test_an_outsider_with_the_address_answers_by_it_under_their_own_name(async_client, asking, people):
    _, address = await asking()
    await async_client.aforce_login(people.outsider)
    assert (await async_client.post(address, YES))["Location"] == address
    entry = await AuditEntry.objects.aget()
    assert (entry.via, entry.actor_name) == ("link", people.outsider.email)


async def test_an_answer_that_does_not_fit_is_asked_for_again_with_what_was_typed(async_client, asking):
    _, address = await asking()
    refused = await async_client.post(address, {**YES, "answer-publish": "", "answer-note": "x" * 30})
    assert refused.status_code == 422
    page = BeautifulSoup(refused.content, "html.parser")
    assert page.find("input", attrs={"name": "answer-note"})["value"] == "x" * 30
    assert page.find("input", attrs={"value": '"warm"'}).has_attr("checked")
    wrong = [error.get_text(" ", strip=True) for error in page.find_all("p", class_="wrong")]
    assert wrong[0] == "! Your answer has not been sent yet. Please correct what is marked below."
    assert wrong[1:] == ["! This field is required.", "! Ensure this value has at most 20 characters (it has 30)."]
    assert not await AuditEntry.objects.aexists()


async def test_a_second_answer_is_refused_and_the_first_one_stands(async_client, asking, recorded, monkeypatch):
    run, address = await asking()
    assert (await async_client.post(address, YES)).status_code == 303
    assert (await async_client.post(address, {**YES, "answer-publish": "false"})).status_code == 410
    assert (await recorded(run)).output["publish"] is True
    assert await AuditEntry.objects.acount() == 1


async def test_of_two_who_answer_at_once_one_is_told_that_it_was_too_late(async_client, asking, engine, monkeypatch):
    _, address = await asking()

    async def beaten(run: Run, actor: Any, token: str, value: Any) -> None:
        await engine.answer(run.pk, token, {"publish": False})
        await engine.answer(run.pk, token, value)

    monkeypatch.setattr("runs.pages.answers.answer_input", beaten)
    late = await async_client.post(address, YES)
    assert late.status_code == 409
    told = BeautifulSoup(late.content, "html.parser")
    assert "has been answered" in told.get_text()
    assert not told.find("form", action=address)


async def test_after_the_deadline_the_question_is_closed(async_client, asking, recorded):
    run, address = await asking(seconds=0.2)
    await recorded(run)
    for answer in (await async_client.get(address), await async_client.post(address, YES)):
        assert answer.status_code == 410
        assert "The time for an answer to this question is over." in answer.content.decode()


async def test_when_the_run_was_stopped_the_question_is_closed(async_client, asking, engine, recorded):
    run, address = await asking()
    await engine.cancel(run.pk)
    await recorded(run)
    await engine.expire(run.pk, 0)
    closed = await async_client.get(address)
    assert (closed.status_code, "The run that asked this has ended." in closed.content.decode()) == (410, True)


async def test_a_wrong_address_and_no_run_give_the_same_404(async_client, asking):
    run, address = await asking()
    other, _ = await asking()
    token = address.rsplit("/", 1)[1]
    for path in (
        address[:-1] + ("0" if address[-1] != "0" else "1"),
        f"/runs/{other.pk}/inputs/{token}",
        f"/runs/no-such-run/inputs/{token}",
        f"/runs/{run.pk}/inputs/x",
    ):
        for answer in (await async_client.get(path), await async_client.post(path, YES)):
            assert answer.status_code == 404, path


async def test_while_redis_is_away_the_question_asks_for_patience(async_client, asking, settings, monkeypatch):
    _, address = await asking()

    async def gone(run: Run) -> Any:
        from runs.record.states import _meta_from_row, _state_from_row

        return _state_from_row(run), _meta_from_row(run, "", 0)

    monkeypatch.setattr("runs.rules.questions.run_state", gone)
    answer = await async_client.get(address)
    assert (answer.status_code, "Come back in a minute." in answer.content.decode()) == (503, True)


async def test_what_a_question_says_is_shown_and_never_obeyed(async_client, asking, people):
    run, address = await asking(prompt=f"Publish {EVIL}?")
    await async_client.aforce_login(people.owner)
    for path in (address, f"/runs/{run.pk}/"):
        page = (await async_client.get(path)).content.decode()
        assert EVIL not in page
        assert f"Publish {EVIL}?" in BeautifulSoup(page, "html.parser").get_text()


async def test_answering_needs_the_form_s_own_token(asking):
    from django.test import AsyncClient

    _, address = await asking()
    assert (await AsyncClient(enforce_csrf_checks=True).post(address, YES)).status_code == 403
