"""Forks: recorded first, made from what the source has done, and never left hanging."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pydantic import BaseModel

from genisys import UserError, component, workflow
from runs.models import AuditEntry, Run
from runs.record.steps import run_steps
from runs.rules.audit import Actor, Via
from runs.rules.quotas import QuotaReached
from runs.service import starting
from runs.service.actions import retry_run
from runs.service.errors import IdempotencyConflict
from runs.service.forking import fork_run
from runs.service.starting import hand_out, start_run

calls: list[str] = []


class Order(BaseModel):
    words: list[str] = ["one", "two"]


class Result(BaseModel):
    text: str


@component
async def fork_shout(word: str) -> str:
    calls.append(word)
    return word.upper()


@workflow(name="fork-test", title=lambda order: f"{len(order.words)} words")
async def fork_test(order: Order) -> Result:
    return Result(text=" ".join([await fork_shout(word) for word in order.words]))


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    calls.clear()


@pytest.fixture
def actor(people: Any) -> Actor:
    return Actor(people.owner, Via.API, "to see what happens")


@pytest.fixture
async def source(engine: Any, worker: Any, people: Any, recorded: Any) -> Run:
    """A run of the owner that has ended."""
    return await recorded(await start_run(user=people.owner, workflow="fork-test", input=Order()))


async def step_of(run: Run, word: str) -> str:
    return next(step.key for step in await run_steps(run) if step.input == {"word": word})


async def test_a_fork_at_a_step_with_another_input_pays_only_for_that_step(
    source: Run, actor: Actor, recorded: Any
) -> None:
    fork = await recorded(await fork_run(source, actor, step=await step_of(source, "two"), input={"word": "three"}))
    assert fork.output == {"text": "ONE THREE"}
    assert calls == ["one", "two", "three"]
    assert (fork.parent_id, fork.parent_kind, fork.title) == (source.pk, "fork", "2 words")
    entry = await AuditEntry.objects.aget(action="fork")
    assert (entry.run_id, entry.why, entry.detail["fork"]) == (source.pk, "to see what happens", fork.pk)


async def test_a_fork_with_another_order_keeps_the_steps_it_shares(source: Run, actor: Actor, recorded: Any) -> None:
    fork = await recorded(await fork_run(source, actor, input={"words": ["one", "two", "four"]}))
    assert (fork.output, fork.title) == ({"text": "ONE TWO FOUR"}, "3 words")
    assert fork.input == {"words": ["one", "two", "four"]}
    assert calls == ["one", "two", "four"]


async def test_a_fork_that_was_only_recorded_is_made_by_control(
    source: Run, actor: Actor, control: Any, recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise ConnectionError

    step = await step_of(source, "two")
    with monkeypatch.context() as patched:
        patched.setattr(starting, "start_recorded", away)
        fork = await fork_run(source, actor, step=step, input={"word": "three"})
    assert "three" not in fork.fork_input  # it may be a secret, and the source's input tells nobody that it is not
    await Run.objects.filter(pk=fork.pk).aupdate(created_at=timezone.now() - timedelta(seconds=10))
    await control.sweep()
    assert (await recorded(fork)).output == {"text": "ONE THREE"}


async def test_making_a_fork_twice_makes_it_once(source: Run, actor: Actor, engine: Any, ended: Any) -> None:
    fork = await fork_run(source, actor, step=await step_of(source, "two"))
    await hand_out(fork)
    await ended(fork)
    assert [event["type"] for event in await engine.events(fork.pk)].count("run.queued") == 1
    assert calls == ["one", "two", "two"]


async def test_a_fork_of_a_long_run_takes_all_of_it_along(
    source: Run, actor: Actor, engine: Any, recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genisys.engine.forks.EVENTS_A_BATCH", 2)
    fork = await recorded(await fork_run(source, actor))
    events = await engine.events(fork.pk)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    ended = [event["step"] for event in events if event["type"] == "step.completed"]
    assert len(ended) == len(set(ended)) == 2
    assert calls == ["one", "two"]


async def test_a_recorded_fork_whose_source_went_fails_with_a_sentence(
    source: Run, actor: Actor, control: Any, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(starting, "start_recorded", away)
    fork = await fork_run(source, actor)
    await engine.expire(source.pk, 0)
    await Run.objects.filter(pk=fork.pk).aupdate(created_at=timezone.now() - timedelta(seconds=10))
    await control.sweep()
    await fork.arefresh_from_db()
    assert (fork.status, fork.ended_at is not None) == ("failed", True)
    assert "cleared away before it began" in fork.error["message"]
    with pytest.raises(UserError, match="Start it as a new run"):
        await retry_run(fork, actor)


async def test_what_cannot_be_forked_is_refused_before_anything_is_recorded(
    source: Run, actor: Actor, engine: Any
) -> None:
    for step in ("0" * 32, "@input", ""):
        with pytest.raises(UserError, match="no finished step"):
            await fork_run(source, actor, step=step)
    with pytest.raises(UserError, match="fork-test cannot start: words"):
        await fork_run(source, actor, input={"words": "none"})
    await engine.expire(source.pk, 0)
    with pytest.raises(UserError, match="too long ago"):
        await fork_run(source, actor)
    assert await Run.objects.acount() == 1


async def test_a_forks_key_stands_for_that_fork_only(source: Run, actor: Actor, people: Any) -> None:
    step = await step_of(source, "two")
    first = await fork_run(source, actor, step=step, input={"word": "three"}, idempotency_key="k")
    again = await fork_run(source, actor, step=step, input={"word": "three"}, idempotency_key="k")
    assert first.pk == again.pk
    for other in ({"word": "four"}, None):
        with pytest.raises(IdempotencyConflict):
            await fork_run(source, actor, step=step, input=other, idempotency_key="k")
    with pytest.raises(IdempotencyConflict):
        await start_run(user=people.owner, workflow="fork-test", input=Order(), idempotency_key="k")
    assert await AuditEntry.objects.filter(action="fork").acount() == 1


async def test_a_key_that_staff_made_up_is_none_of_the_owners(source: Run, actor: Actor, people: Any) -> None:
    theirs = await fork_run(source, Actor(people.operator, Via.API), idempotency_key="k")
    assert (await fork_run(source, Actor(people.operator, Via.API), idempotency_key="k")).pk == theirs.pk
    mine = await fork_run(source, actor, idempotency_key="k")
    assert (mine.pk != theirs.pk, mine.owner_id) == (True, theirs.owner_id)


async def test_a_fork_by_staff_counts_as_a_start_of_the_owner(source: Run, people: Any, settings: Any) -> None:
    settings.GENISYS_STARTS_PER_HOUR = 1
    with pytest.raises(QuotaReached, match="The owner of this run has started 1 runs within an hour"):
        await fork_run(source, Actor(people.operator, Via.API))
    assert await Run.objects.acount() == 1
