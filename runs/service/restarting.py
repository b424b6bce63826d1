"""Starting a run anew: another one with the same input, which shares nothing with the first."""

from __future__ import annotations

from typing import Any

from genisys import GenisysError, UserError
from runs.access import Action, is_owner
from runs.engines import engine
from runs.models import FORGOTTEN, Run
from runs.rules import audit
from runs.rules.audit import Actor
from runs.service.starting import RunRequest, record_and_hand_out, requested, target

HIDDEN = "•" * 6
SECRETS_ARE_GONE = (
    "The input of this run held secrets that are not kept with it, so it cannot be started anew as it was. "
    "Start it again with its secrets, or fork it at a step: a fork keeps them."
)


CONTENT_IS_GONE = "What this run was given was deleted for good, so there is nothing to start it anew with."


async def restart_run(run: Run, actor: Actor, *, idempotency_key: str = "") -> Run:
    """Start the run's workflow anew with the same input, secrets included; return the new run.

    It belongs to the owner of this one, whoever starts it. Raises UserError where its input or the secrets in it are
    gone, and IdempotencyConflict and QuotaReached as `start_run` does.
    """
    request = await _request_of(run)
    by_owner = actor.user is None or is_owner(actor.user, run)
    new = Run(
        workflow=run.workflow,
        title=(request.title or run.title)[:300],
        owner_id=run.owner_id,
        deployment=await target(),
        input=request.input,
        sealed_input=request.sealed,
        parent=run,
        parent_kind="retry",
        idempotency_key=idempotency_key if by_owner or not idempotency_key else f"anew:{run.pk}:{idempotency_key}",
    )
    new, made = await record_and_hand_out(new, by_owner=by_owner)
    if made:
        await audit.record(actor, Action.START, run, anew=new.pk)
    return new


async def _request_of(run: Run) -> RunRequest:
    """Return what the run was started with. A fork's input is its own, or that of the run it was forked from."""
    if run.title == FORGOTTEN and not run.input:
        raise UserError(CONTENT_IS_GONE)
    origin, seen = run, set[str]()
    while origin.parent_kind == "fork" and not origin.sealed_input and origin.pk not in seen:
        seen.add(origin.pk)
        if not origin.fork_step and origin.fork_input:
            return requested(run.workflow, _opened(origin), run.title)
        parent = await Run.objects.filter(pk=origin.parent_id).afirst() if origin.parent_id else None
        if parent is None:
            break
        origin = parent
    if origin.sealed_input:
        return RunRequest(run.workflow, run.title, origin.input, origin.sealed_input)
    if _holds_dots(origin.input):
        raise UserError(SECRETS_ARE_GONE)
    return requested(run.workflow, origin.input, run.title)


def _opened(fork: Run) -> Any:
    try:
        return engine().ring.open(fork.fork_input)
    except GenisysError as error:
        raise UserError(error.message) from error


def _holds_dots(data: Any) -> bool:
    if isinstance(data, dict):
        return any(_holds_dots(item) for pair in data.items() for item in pair)
    if isinstance(data, list):
        return any(map(_holds_dots, data))
    return isinstance(data, str) and HIDDEN in data
