"""What a fork gives a step in place of its own input: who may give it, and that the step works with just that."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.test import AsyncClient
from pydantic import BaseModel

from genisys import UserError, component, sleep, workflow
from genisys.openai import AsyncOpenAI
from genisys.testing.provider import FakeProvider, prompt_text
from runs.models import AuditEntry, Run
from runs.record.steps import run_steps
from runs.rules.audit import Actor, Via
from runs.service.actions import retry_run
from runs.service.forking import fork_run
from runs.service.starting import start_run

addresses: list[str] = []
asked: list[str] = []


class Order(BaseModel):
    streamed: bool = False


class Result(BaseModel):
    text: str


@component(title=lambda word: f"Say “{word}”")
async def edit_say(word: str) -> str:
    asked.append(word)
    return word


@workflow(name="edit-test")
async def edit_test(order: Order) -> Result:
    """Waits for nothing, says a word, and asks a model."""
    await sleep(0)
    said = await edit_say("hello")
    messages: list[Any] = [{"role": "user", "content": said}]
    async with AsyncOpenAI(base_url=addresses[-1], api_key="k") as client:
        if order.streamed:
            stream = await client.chat.completions.create(model="one", messages=messages, temperature=0, stream=True)
            return Result(
                text="".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])
            )
        reply = await client.chat.completions.create(model="one", messages=messages, temperature=0)
    return Result(text=reply.choices[0].message.content or "")


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    """A model that says again what it was asked."""
    async with FakeProvider(prompt_text) as server:
        addresses.append(server.base_url)
        asked.clear()
        yield server


@pytest.fixture
async def source(provider: FakeProvider, engine: Any, worker: Any, people: Any, recorded: Any) -> Run:
    return await recorded(await start_run(user=people.owner, workflow="edit-test", input=Order()))


async def step_of(run: Run, name: str) -> Any:
    return next(step for step in await run_steps(run) if step.name.startswith(name))


def edited(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**request, "messages": [{"role": "user", "content": "something else"}], **changes}


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_operators_edit_of_a_model_call_is_what_is_sent_and_what_the_trace_shows(
    provider: FakeProvider, engine: Any, worker: Any, people: Any, recorded: Any, streamed: bool
) -> None:
    run = await recorded(await start_run(user=people.owner, workflow="edit-test", input=Order(streamed=streamed)))
    call = await step_of(run, "chat")
    request = edited(call.input, model="two", temperature=1)
    fork = await recorded(await fork_run(run, Actor(people.operator, Via.API), step=call.key, input=request))
    sent = provider.requests[-1]
    assert {name: sent[name] for name in ("model", "messages", "temperature")} == {
        "model": "two",
        "messages": [{"role": "user", "content": "something else"}],
        "temperature": 1,
    }
    assert (fork.status, fork.output) == ("completed", {"text": "something else"})
    shown = next(step for step in await run_steps(fork) if step.call)
    assert (shown.input, shown.name, shown.title) == (request, "chat two", "Ask two")
    assert len(provider.requests) == 2


async def test_the_owner_changes_no_request_to_a_model(source: Run, people: Any, provider: FakeProvider) -> None:
    call = await step_of(source, "chat")
    with pytest.raises(UserError, match="operators of this installation alone"):
        await fork_run(source, Actor(people.owner, Via.API), step=call.key, input=edited(call.input))
    assert (await Run.objects.acount(), len(provider.requests)) == (1, 1)
    again = await fork_run(source, Actor(people.owner, Via.API), step=call.key)
    assert again.parent_id == source.pk


async def test_an_operator_changes_a_request_of_their_own_run_and_a_command_in_nobodys_name_that_of_any(
    source: Run, people: Any, recorded: Any
) -> None:
    call = await step_of(source, "chat")
    await Run.objects.filter(pk=source.pk).aupdate(owner=people.operator)
    await source.arefresh_from_db()
    for actor in (Actor(people.operator, Via.PAGE), Actor(None, Via.COMMAND)):
        fork = await fork_run(source, actor, step=call.key, input=edited(call.input))
        assert (await recorded(fork)).output == {"text": "something else"}
    with pytest.raises(UserError, match="operators of this installation alone"):
        await fork_run(source, Actor(people.staff, Via.COMMAND), step=call.key, input=edited(call.input))


async def test_every_door_refuses_an_owners_edit_of_a_model_call_with_a_sentence(source: Run, people: Any) -> None:
    call = await step_of(source, "chat")
    order = {"step": call.key, "input": edited(call.input)}
    client = AsyncClient()
    await client.aforce_login(people.owner)
    answer = await client.post(f"/api/runs/{source.pk}/fork", order, content_type="application/json")
    assert answer.status_code == 422
    assert "operators of this installation alone" in answer.json()["detail"]
    await client.aforce_login(people.operator)
    form = {"title": "", "once": "1", "input": json.dumps(edited(call.input, temperature="hot"))}
    page = await client.post(f"/admin/runs/run/{source.pk}/fork/?step={call.key}", form)
    assert page.status_code == 422
    assert "“temperature” is not of the form" in page.content.decode()
    assert await Run.objects.acount() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"messages": []}, "it has no “messages”"),
        ({"messages": "hello"}, "“messages” is not of the form"),
        ({"messages": [{"role": "nobody", "content": "hello"}]}, "“messages” is not of the form"),
        ({"model": ""}, "it has no “model”"),
        ({"temperature": "hot"}, "“temperature” is not of the form .*: Input should be a valid number"),
        ({"stream": True}, "“stream” has to stay as it was recorded"),
        ({"host": "elsewhere.example"}, "“host” has to stay as it was recorded"),
        ({"modle": "two"}, "takes no “modle” here"),
        ({"timeout": 3}, "takes no “timeout” here"),
    ],
)
async def test_a_request_that_cannot_be_sent_is_refused_at_the_fork(
    source: Run, people: Any, changes: dict[str, Any], sentence: str
) -> None:
    call = await step_of(source, "chat")
    with pytest.raises(UserError, match=sentence):
        await fork_run(source, Actor(people.operator, Via.API), step=call.key, input={**call.input, **changes})
    assert await Run.objects.acount() == 1


async def test_a_step_that_would_not_use_another_input_takes_none(source: Run, people: Any, engine: Any) -> None:
    rest = await step_of(source, "sleep")
    with pytest.raises(UserError, match="“sleep” is no component of the workflow, and takes no other input"):
        await fork_run(source, Actor(people.operator, Via.API), step=rest.key, input={"duration": 3600})


async def test_the_engine_runs_no_step_under_an_input_that_it_does_not_use(
    source: Run, engine: Any, ended: Any
) -> None:
    rest = await step_of(source, "sleep")
    fork = Run(pk=await engine.fork(source.pk, step=rest.key, input={"duration": 3600}))
    assert (await ended(fork)).status == "failed"
    assert "takes no other input than its own" in (await engine.events(fork.pk))[-1]["error"]["message"]


async def test_a_component_is_called_what_its_edited_arguments_say(source: Run, people: Any, recorded: Any) -> None:
    say = await step_of(source, "edit_say")
    fork = await recorded(
        await fork_run(source, Actor(people.owner, Via.API), step=say.key, input={"word": "good bye"})
    )
    assert (await step_of(fork, "edit_say")).title == "Say “good bye”"
    assert fork.output == {"text": "good bye"}


async def test_a_fork_of_a_fork_runs_the_step_with_what_the_first_one_gave_it(
    source: Run, people: Any, recorded: Any
) -> None:
    actor = Actor(people.owner, Via.API)
    say = await step_of(source, "edit_say")
    fork = await recorded(await fork_run(source, actor, step=say.key, input={"word": "good bye"}))
    again = await recorded(await fork_run(fork, actor, step=say.key))
    assert (again.output, asked) == ({"text": "good bye"}, ["hello", "good bye", "good bye"])


async def test_a_fork_belongs_to_the_runs_owner_and_the_audit_names_who_made_it(source: Run, people: Any) -> None:
    fork = await fork_run(source, Actor(people.operator, Via.PAGE, "to look into it"))
    assert fork.owner_id == people.owner.pk
    entry = await AuditEntry.objects.aget(action="fork")
    assert (entry.actor_id, entry.run_id, entry.detail["fork"]) == (people.operator.pk, source.pk, fork.pk)


async def test_an_operators_retry_leaves_the_run_its_owners_and_stands_in_the_audit_under_the_operator(
    provider: FakeProvider, engine: Any, worker: Any, people: Any, recorded: Any
) -> None:
    provider.fault("status", 1, status=401)
    run = await recorded(await start_run(user=people.owner, workflow="edit-test", input=Order()))
    assert run.status == "failed"
    await retry_run(run, Actor(people.operator, Via.ADMIN, "the key was renewed"))
    run = await recorded(run)
    meta = await engine.meta(run.pk)
    assert (run.status, run.owner_id, meta.owner) == ("completed", people.owner.pk, str(people.owner.pk))
    entry = await AuditEntry.objects.aget(action="retry")
    assert (entry.actor_id, entry.run_id, entry.why) == (people.operator.pk, run.pk, "the key was renewed")
