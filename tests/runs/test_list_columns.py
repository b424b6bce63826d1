"""What lists are narrowed by follows the log: who holds a run, what it waits for, what its failure is called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from genisys import Cache, component, request_input, workflow
from runs.models import Run
from runs.rules.audit import Actor, Via
from runs.service.actions import pause_run, resume_run, retry_run
from runs.service.starting import start_run


class Note(BaseModel):
    text: str = "note"


@component(cache=Cache(ttl=timedelta(days=1)))
async def keep(text: str) -> str:
    return text


@component
async def refuse(text: str) -> str:
    raise ValueError(f"Nobody likes “{text}”, said 12 people.")


@workflow(name="columns-cached")
async def cached(note: Note) -> Note:
    await keep(note.text)
    return note


@workflow(name="columns-fails")
async def fails(note: Note) -> Note:
    await refuse(note.text)
    return note


@workflow(name="columns-asks")
async def asks(note: Note) -> Note:
    await request_input(Note, "Which?")
    return note


async def test_an_ended_run_says_its_worker_and_how_many_steps_came_from_the_cache(people, worker, recorded) -> None:
    for cached_steps in (0, 1):
        run = await recorded(await start_run(user=people.owner, workflow="columns-cached", input={}))
        assert (run.status, run.cached_steps, run.cause) == ("completed", cached_steps, "")
        assert run.worker == worker.id


async def test_a_failed_run_says_its_cause_until_it_is_retried(people, worker, recorded, control) -> None:
    run = await recorded(await start_run(user=people.owner, workflow="columns-fails", input={}))
    assert run.cause == "ValueError in refuse: Nobody likes …, said # people."
    await retry_run(run, Actor(people.owner, Via.PAGE))
    await run.arefresh_from_db()
    assert (run.cause, run.cached_steps) == ("", None)


async def test_a_waiting_run_says_for_what_and_since_when(people, worker, control, engine, eventually) -> None:
    run = await start_run(user=people.owner, workflow="columns-asks", input={})

    async def row() -> Any:
        await control.sweep()
        return await Run.objects.aget(pk=run.pk)

    async def asks_for_input() -> Any:
        return (await row()).waits_for == "input"

    await eventually(asks_for_input, "The row does not say that the run waits for an answer")
    waiting = await row()
    assert waiting.status == "waiting"
    assert waiting.waits_since is not None
    assert (await row()).waits_since == waiting.waits_since, "it has waited since the same time"
    await pause_run(run, Actor(people.owner, Via.PAGE))

    async def is_paused() -> Any:
        return (await row()).waits_for == "paused"

    await eventually(is_paused, "The row does not say that the run is paused")
    await resume_run(run, Actor(people.owner, Via.PAGE))
    await eventually(asks_for_input, "The row does not say that the run asks again")
    await engine.cancel(run.pk)

    async def is_stopped() -> Any:
        ended = await row()
        return ended if ended.status == "cancelled" else None

    ended = await eventually(is_stopped, "The run was not stopped")
    assert (ended.waits_for, ended.waits_since) == ("", None)
    assert ended.worker == worker.id
