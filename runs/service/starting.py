"""Starting a run: its input is checked, it is recorded within its owner's quota, and handed to the engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import structlog
from django.contrib.auth.models import AnonymousUser
from pydantic import BaseModel, ValidationError

from genisys import GenisysError, RunNotFound, StepNotFound, UserError, Workflow, workflows
from genisys.host import STORE_ERRORS
from runs.access import Person
from runs.engines import engine, start_recorded, sync
from runs.models import Run
from runs.rules import inputs, quotas
from runs.service.errors import TOO_OLD_TO_FORK, IdempotencyConflict, NothingToForkFrom

log = structlog.get_logger("runs.service")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be run. `sealed` is the whole input, encrypted, where it has secrets."""

    workflow: str
    title: str
    input: dict[str, Any]
    sealed: str = ""


async def start_run(
    *,
    user: Person | None,
    workflow: str,
    input: BaseModel | dict[str, Any],
    title: str = "",
    idempotency_key: str = "",
    parent: Run | None = None,
    parent_kind: str = "",
) -> Run:
    """Record a run and hand it to the engine.

    While Redis is away the run is recorded all the same, and control starts it when Redis is back. The same
    key of the same person gives the same run. Raises UserError on input that the workflow does not take,
    IdempotencyConflict where the key stands for another request, and QuotaReached where the person has started enough.
    """
    request = requested(workflow, input, title)
    owner_id = None if user is None or isinstance(user, AnonymousUser) else user.pk
    run = Run(
        workflow=request.workflow,
        title=request.title[:300],
        owner_id=owner_id,
        deployment=await target(),
        input=request.input,
        sealed_input=request.sealed,
        parent=parent,
        parent_kind=parent_kind,
        idempotency_key=idempotency_key,
    )
    return (await record_and_hand_out(run))[0]


start_run_sync = sync(start_run)


def requested(workflow: str, input: BaseModel | dict[str, Any], title: str) -> RunRequest:
    """Return the request, checked as far as this process knows the workflow. Raises UserError."""
    known = workflows().get(workflow)
    if known is not None and not isinstance(input, BaseModel):
        input = _parsed(known, input)
    if isinstance(input, BaseModel):
        title = title or (known.title_for(input) if known is not None else "")
    try:
        sealed = engine().seal(workflow, input, title=title or workflow)
    except GenisysError as error:
        raise UserError(error.message) from error
    if "\\u0000" in _text([sealed.title, sealed.input]):
        raise UserError("The input holds a NUL character, which cannot be stored. Take it out and send it again.")
    return RunRequest(workflow, sealed.title, sealed.input, sealed.sealed)


async def target() -> str:
    """Return the deployment that new runs go to; "" while Redis is away, which alone knows it."""
    try:
        return await engine().target()
    except STORE_ERRORS:
        return ""


async def record_and_hand_out(run: Run, *, by_owner: bool = True) -> tuple[Run, bool]:
    """Record the run and hand it out, unless its key stands for one already; return it, and whether it is new."""
    recorded = await quotas.arecord(run, by_owner=by_owner)
    if recorded is not run:
        return _same_request(recorded, run), False
    try:
        await hand_out(run)
    except STORE_ERRORS as error:
        log.warning("run.starts_later", run_id=run.pk, error=str(error))
    except (RunNotFound, StepNotFound) as error:
        await run.adelete()
        raise NothingToForkFrom(TOO_OLD_TO_FORK) from error
    except GenisysError as error:
        await run.adelete()
        raise UserError(error.message) from error
    return run, True


async def hand_out(run: Run) -> None:
    """Hand a recorded run to the engine; doing it again only sends another wakeup. Raises STORE_ERRORS."""
    await start_recorded(engine(), run)


def _parsed(workflow: Workflow[Any, Any], data: dict[str, Any]) -> BaseModel:
    try:
        return inputs.parsed(workflow.input_type, data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "input"
        raise UserError(f"{workflow.name} cannot start: {field}: {first['msg']}.") from error


def _same_request(earlier: Run, run: Run) -> Run:
    if _what(earlier) != _what(run):
        raise IdempotencyConflict(
            "This idempotency key was used before, for another workflow or another input. Use a new key."
        )
    return earlier


def _what(run: Run) -> tuple[Any, ...]:
    """Return what was requested. A key that stands for a fork stands for no start of the same workflow."""
    # Sealing the same input twice gives two texts, so what was sealed is compared.
    forked = engine().ring.open(run.fork_input) if run.fork_input else None
    return run.workflow, _text(run.input), run.parent_id, run.parent_kind, run.fork_step, _text(forked)


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)
