"""Forking a run: a new one that shares what the first has done up to a step, and goes on from there."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from genisys import GenisysError, UserError
from genisys.host import STORE_ERRORS, StepRecord
from runs.access import Action, is_owner
from runs.engines import engine, sync
from runs.models import Run
from runs.rules import audit
from runs.rules.audit import Actor
from runs.rules.edits import check_edit
from runs.service.errors import REDIS_AWAY, TOO_OLD_TO_FORK, NoSuchStep, NothingToForkFrom
from runs.service.starting import RunRequest, record_and_hand_out, requested, target

_STEP_KEY = re.compile(r"[0-9a-f]{32}")


async def fork_run(
    run: Run,
    actor: Actor,
    *,
    step: str | None = None,
    input: dict[str, Any] | None = None,
    title: str = "",
    idempotency_key: str = "",
) -> Run:
    """Make a new run that shares what this one has done up to `step` (a step's key), which runs again.

    `input` replaces the arguments of that step, or without one the workflow's input; `edits` says who may give what.
    The new run belongs to the owner of this one, whoever makes it, and counts as a start of theirs. It goes to the
    deployment that new runs go to. It is recorded first: if the process dies, control makes it. Raises UserError where
    the run has left Redis, has not finished that step or does not take the input, and IdempotencyConflict and
    QuotaReached as `start_run` does.
    """
    if step is None and input is not None:
        request = requested(run.workflow, input, title)
    else:
        request = RunRequest(run.workflow, title, run.input)
    record = await _forkable_step(run, step)
    if record is not None and input is not None:
        await check_edit(actor, record, input)
    new = await _fork_of(run, request, step, input)
    new.idempotency_key = _key_of(actor, run, idempotency_key)
    fork, made = await record_and_hand_out(new, by_owner=_for_owner(actor, run))
    if made:
        await audit.record(actor, Action.FORK, run, step=step, fork=fork.pk)
    return fork


fork_run_sync = sync(fork_run)


async def _fork_of(run: Run, request: RunRequest, step: str | None, input: dict[str, Any] | None) -> Run:
    return Run(
        workflow=run.workflow,
        title=(request.title or run.title)[:300],
        owner_id=run.owner_id,
        deployment=await target(),
        input=request.input,
        parent=run,
        parent_kind="fork",
        fork_step=step or "",
        fork_input="" if input is None else _sealed(input),
    )


def _for_owner(actor: Actor, run: Run) -> bool:
    """Say whether it is the owner who acts; a command in nobody's name counts as theirs."""
    return actor.user is None or is_owner(actor.user, run)


def _key_of(actor: Actor, run: Run, key: str) -> str:
    """Return the key to record. Keys are unique for each owner, so one that staff chose must not meet the owner's."""
    if not key or actor.user is None or _for_owner(actor, run):
        return key
    return f"{actor.user.pk}:{sha256(key.encode()).hexdigest()}"


async def _forkable_step(run: Run, step: str | None) -> StepRecord | None:
    """Return the step to fork at, where there is one. Raises UserError where the run cannot be forked there."""
    try:
        if await engine().meta(run.pk) is None:
            raise NothingToForkFrom(TOO_OLD_TO_FORK)
        if step is None:
            return None
        record = await engine().finished_step(run.pk, step) if _STEP_KEY.fullmatch(step) else None
    except STORE_ERRORS as error:
        raise UserError(REDIS_AWAY) from error
    if record is None:
        raise NoSuchStep("This run has no finished step with that key. Its trace lists those it has.")
    return record


def _sealed(input: dict[str, Any]) -> str:
    try:
        return engine().ring.seal(input)
    except GenisysError as error:
        raise UserError(error.message) from error
