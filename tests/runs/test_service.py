"""What people do with runs, and who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from pydantic import BaseModel

from genisys import UserError, workflow
from runs.access import (
    Action,
    Role,
    acan_control,
    aget_run_or_404,
    can_control,
    can_see,
    get_run_or_404,
    role_of,
    visible_runs,
)
from runs.models import ApiToken, AuditEntry, Run
from runs.rules.audit import Actor, Via
from runs.service.actions import cancel_run, cancel_run_sync, retry_run
from runs.service.errors import IdempotencyConflict
from runs.service.starting import start_run, start_run_sync

ACTOR = Actor(None, Via.COMMAND)


class Wish(BaseModel):
    count: int = 1


@workflow(name="service-test", title=lambda wish: f"{wish.count} wishes")
async def service_test(wish: Wish) -> Wish:
    return wish


async def test_a_started_run_is_recorded_and_in_redis(engine, people):
    run = await start_run(user=people.owner, workflow="service-test", input=Wish(count=3))
    assert (run.title, run.status, run.input, run.deployment) == ("3 wishes", "queued", {"count": 3}, "dev")
    assert await engine.input_of(run.pk) == {"count": 3}
    meta = await engine.meta(run.pk)
    assert (meta.owner, meta.title) == (str(people.owner.pk), "3 wishes")


def test_a_sync_caller_starts_and_cancels_runs_too(redis_url, people):
    run = start_run_sync(user=people.owner, workflow="service-test", input={"count": 2}, title="Two")
    assert cancel_run_sync(run, ACTOR) is True


async def test_the_same_key_and_order_give_the_same_run(engine, people):
    order = {"user": people.owner, "workflow": "service-test", "idempotency_key": "k1"}
    first = await start_run(**order, input=Wish())
    again = await start_run(**order, input={"count": 1})
    assert again.pk == first.pk
    assert await Run.objects.acount() == 1


async def test_the_same_key_with_another_order_is_a_conflict(engine, people):
    order = {"user": people.owner, "workflow": "service-test", "idempotency_key": "k1"}
    await start_run(**order, input=Wish())
    with pytest.raises(IdempotencyConflict, match="used before"):
        await start_run(**order, input=Wish(count=2))


async def test_two_people_may_use_the_same_key(engine, people):
    order = {"workflow": "service-test", "idempotency_key": "k1", "input": Wish()}
    mine = await start_run(user=people.owner, **order)
    theirs = await start_run(user=people.outsider, **order)
    assert mine.pk != theirs.pk


async def test_input_that_the_workflow_does_not_take_is_refused_in_words(engine, people):
    with pytest.raises(UserError, match="service-test cannot start: count"):
        await start_run(user=people.owner, workflow="service-test", input={"count": "many"})
    assert not await Run.objects.aexists()


async def test_input_with_a_nul_character_is_refused(engine, people):
    with pytest.raises(UserError, match="NUL"):
        await start_run(user=people.owner, workflow="unknown-here", input={"text": "a\x00b"})


async def test_input_too_large_for_the_engine_leaves_no_row(engine, people):
    with pytest.raises(UserError, match="MB"):
        await start_run(user=people.owner, workflow="unknown-here", input={"text": "x" * 5_000_000})
    assert not await Run.objects.aexists()


async def test_a_run_that_nobody_holds_is_cancelled_at_once(engine, control, people):
    run = await start_run(user=people.owner, workflow="service-test", input=Wish())
    assert await cancel_run(run, ACTOR) is True
    await control.sweep()
    await run.arefresh_from_db()
    assert run.status == "cancelled"
    assert await cancel_run(run, ACTOR) is False


async def test_a_run_that_was_never_handed_out_can_be_cancelled_and_taken_up_again(engine, people):
    run = await Run.objects.acreate(owner=people.owner, workflow="service-test", input={"count": 1}, deployment="dev")
    assert await cancel_run(run, ACTOR) is True
    await run.arefresh_from_db()
    assert run.status == "cancelled"

    await retry_run(run, ACTOR)

    await run.arefresh_from_db()
    assert (run.status, run.retried_count) == ("queued", 1)
    assert await engine.meta(run.pk) is not None


async def test_a_run_whose_state_is_gone_says_so_when_it_is_retried(engine, control, people):
    run = await start_run(user=people.owner, workflow="service-test", input=Wish())
    await cancel_run(run, ACTOR)
    await control.sweep()
    await run.arefresh_from_db()
    await engine.expire(run.pk, 0)
    with pytest.raises(UserError, match="Start it again as a new run"):
        await retry_run(run, ACTOR)


async def test_a_run_under_way_cannot_be_retried(engine, control, people):
    run = await start_run(user=people.owner, workflow="service-test", input=Wish())
    await control.sweep()
    await run.arefresh_from_db()
    with pytest.raises(UserError, match="only a failed or cancelled one"):
        await retry_run(run, ACTOR)


async def test_cancelling_while_redis_is_away_says_so(people, settings, transactional_db):
    run = await Run.objects.acreate(owner=people.owner, workflow="w", input={}, deployment="dev")
    with pytest.raises(UserError, match="does not answer"):
        await cancel_run(run, ACTOR)


def _run_of(person) -> Run:
    return Run.objects.create(owner=person, workflow="w", title="T", input={}, deployment="dev")


def test_owner_and_staff_see_a_run_and_owner_and_operators_change_it(people):
    run = _run_of(people.owner)
    for person, role, sees, changes in (
        (people.owner, Role.OWNER, True, True),
        (people.operator, Role.OPERATOR, True, True),
        (people.staff, Role.VIEWER, True, False),
        (people.outsider, Role.OUTSIDER, False, False),
        (AnonymousUser(), Role.ANONYMOUS, False, False),
    ):
        assert role_of(person, run) is role
        assert (can_see(person, run), can_control(person, run)) == (sees, changes)
        assert async_to_sync(acan_control)(person, run) is changes
        assert visible_runs(person).filter(pk=run.pk).exists() is sees


def test_who_may_only_look_is_told_so_and_not_that_there_is_no_run(people):
    run = _run_of(people.owner)
    assert get_run_or_404(people.staff, run.pk).pk == run.pk
    with pytest.raises(PermissionDenied, match="not change it"):
        get_run_or_404(people.staff, run.pk, Action.CANCEL)
    assert get_run_or_404(people.operator, run.pk, Action.CANCEL).pk == run.pk


def test_what_is_done_to_a_run_is_written_down(redis_url, people):
    run = start_run_sync(user=people.owner, workflow="service-test", input={"count": 2})
    actor = Actor(people.operator, Via.ADMIN, why="It reads the wrong site", token_name="")
    assert cancel_run_sync(run, actor) is True
    (entry,) = AuditEntry.objects.all()
    assert (entry.actor, entry.actor_name) == (people.operator, "operator@example.test")
    assert (entry.via, entry.action, entry.run_id, entry.why) == ("admin", "cancel", run.pk, "It reads the wrong site")
    assert actor.name_for(run) == "An administrator"
    assert Actor(people.owner, Via.PAGE).name_for(run) == ""


def test_a_run_of_nobody_is_seen_by_staff_alone(people):
    run = _run_of(None)
    assert can_see(people.staff, run)
    assert not can_see(people.owner, run)


def test_a_person_who_was_shut_out_sees_nothing_any_more(people):
    run = _run_of(people.owner)
    people.owner.is_active = people.staff.is_active = False
    for person in (people.owner, people.staff):
        assert not can_see(person, run)
        assert not visible_runs(person).exists()


def test_a_hidden_run_and_no_run_give_the_same_404(people):
    run = _run_of(people.owner)
    messages = []
    for run_id in (run.pk, "no-such-run"):
        with pytest.raises(Http404) as caught:
            get_run_or_404(people.outsider, run_id)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


async def test_the_async_twin_decides_alike(people):
    run = await Run.objects.acreate(owner=people.owner, workflow="w", input={}, deployment="dev")
    assert (await aget_run_or_404(people.owner, run.pk)).pk == run.pk
    with pytest.raises(Http404):
        await aget_run_or_404(people.outsider, run.pk)


def test_a_token_is_kept_as_its_hash_and_recognised_by_its_beginning(people):
    secret = ApiToken.new_secret()
    token = ApiToken.for_secret(secret, user_id=people.owner.pk, name="laptop", scopes=["read"])
    token.save()
    kept = ApiToken.objects.get(digest=ApiToken.digest_of(secret))
    assert secret.startswith(kept.prefix)
    assert all(secret not in str(value) for value in vars(kept).values())


def test_a_token_opens_nothing_once_expired_or_revoked(people):
    at = datetime(2026, 11, 1, tzinfo=UTC)
    token = ApiToken(user=people.owner, expires_at=at)
    assert token.usable(at - timedelta(seconds=1))
    assert not token.usable(at)
    assert not ApiToken(user=people.owner, revoked_at=at).usable(at)
