"""What changes a run: cancel, retry, pause, resume, fork, raise its budget, answer what it asks.

Each takes a reason, `why`, that is written to the audit.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Body, Header, Router
from ninja.responses import Status as Answer

from genisys import UserError
from genisys.host import STORE_ERRORS
from runs.access import Action
from runs.api.answers import address_of, caller_of, detail, run_of
from runs.api.schemas import ForkOrder, Limits, RunDetail, Why
from runs.models import Run
from runs.problems import Problem, ProblemDetails
from runs.rules.audit import Actor
from runs.service import actions, forking

DONE = {202: RunDetail, 409: ProblemDetails}
Reason = Annotated[Why | None, Body()]

router = Router(tags=["Runs"])


@router.post("/{run_id}/cancel", response=DONE)
async def cancel_run(request: HttpRequest, run_id: str, reason: Reason = None) -> Answer[RunDetail]:
    """Ask for the run's end. It reaches running code within 2 s; what was done stays readable."""
    run = await _controlled(request, run_id, Action.CANCEL)
    if not await actions.cancel_run(run, _actor(request, reason)):
        raise Problem(409, "This run has ended already.", run_status=run.status)
    return Answer(202, await detail(request, run))


@router.post("/{run_id}/retry", response=DONE)
async def retry_run(request: HttpRequest, run_id: str, reason: Reason = None) -> Answer[RunDetail]:
    """Let a failed or cancelled run go on: finished steps stand, failed ones run again."""
    run = await _controlled(request, run_id, Action.RETRY)
    if run.status not in ("failed", "cancelled"):
        raise Problem(409, "Only a failed or cancelled run can be retried.", run_status=run.status)
    try:
        await actions.retry_run(run, _actor(request, reason))
    except UserError as error:
        if isinstance(error.__cause__, STORE_ERRORS):
            raise
        raise Problem(409, error.message, run_status=run.status) from None
    return Answer(202, await detail(request, run))


@router.post("/{run_id}/pause", response=DONE)
async def pause_run(request: HttpRequest, run_id: str, reason: Reason = None) -> Answer[RunDetail]:
    """Let the run rest from its next step boundary on, until it is resumed. It holds no worker meanwhile."""
    run = await _controlled(request, run_id, Action.PAUSE)
    await actions.pause_run(run, _actor(request, reason))
    return Answer(202, await detail(request, run))


@router.post("/{run_id}/resume", response=DONE)
async def resume_run(request: HttpRequest, run_id: str, reason: Reason = None) -> Answer[RunDetail]:
    """Let a paused run go on."""
    run = await _controlled(request, run_id, Action.RESUME)
    await actions.resume_run(run, _actor(request, reason))
    return Answer(202, await detail(request, run))


@router.post("/{run_id}/limit", response=DONE)
async def limit_run(request: HttpRequest, run_id: str, limits: Limits) -> Answer[RunDetail]:
    """Set what the run may use in all; what is left out stays as it is, and 0 takes the limit away.

    A run that waits because it came to its budget goes on once that is raised.
    """
    run = await _controlled(request, run_id, Action.LIMIT)
    given = limits.model_dump(exclude={"why"}, exclude_none=True)
    if not given:
        raise Problem(422, "Give at least one limit: tokens, cost_microusd or ms.")
    await actions.limit_run(run, _actor(request, limits), **given)
    return Answer(202, await detail(request, run))


@router.post("/{run_id}/fork", response=DONE)
async def fork_run(
    request: HttpRequest,
    response: HttpResponse,
    run_id: str,
    order: Annotated[ForkOrder | None, Body()] = None,
    idempotency_key: Annotated[str, Header(alias="Idempotency-Key", max_length=200)] = "",
) -> Answer[RunDetail]:
    """Make a new run that shares what this one has done up to `step`, a step's key, which runs again.

    It belongs to the owner of this one, whoever forks it. `input` replaces the arguments of that step by name, or
    without a step the workflow's input. 422 where the step does not take it; what a model is asked is changed by
    operators alone, and then sent so. What does not depend on the step is not run, and not paid for, again. A run can
    be forked while its unfinished state is kept: a day after its end, unless this server says otherwise.
    """
    run = await _controlled(request, run_id, Action.FORK)
    order = order or ForkOrder()
    caller_of(request, "start")
    fork = await forking.fork_run(
        run,
        _actor(request, order),
        step=order.step,
        input=order.input,
        title=order.title,
        idempotency_key=idempotency_key,
    )
    response["Location"] = address_of(fork)
    return Answer(202, await detail(request, fork))


@router.post("/{run_id}/inputs/{token}", response={202: RunDetail, frozenset({409, 410}): ProblemDetails})
async def answer_input(
    request: HttpRequest, run_id: str, token: str, answer: Annotated[Any, Body(examples=[{"day": "Friday"}])]
) -> Answer[RunDetail]:
    """Answer a question of the run; the body is the answer itself. `questions` of a run has the address.

    422 where the answer does not fit `answer_schema`, 409 where the question was answered before, 410 where its
    deadline has passed, 404 where this run asks no such question.
    """
    run = await _controlled(request, run_id, Action.ANSWER)
    await actions.answer_input(run, _actor(request, None), token, answer)
    return Answer(202, await detail(request, run))


async def _controlled(request: HttpRequest, run_id: str, action: Action) -> Run:
    return await run_of(request, run_id, "control", action)


def _actor(request: HttpRequest, reason: Why | None) -> Actor:
    return caller_of(request, "control").actor(reason.why if reason is not None else "")
