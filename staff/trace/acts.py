"""What staff do to one run: stop it, retry it, let it rest and go on, start it anew, give it a larger budget, fork it.

All by the services of `runs`, which write down who did it, and why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from genisys import RunNotOpen, UserError
from genisys.host import STORE_ERRORS, StepRecord
from runs.access import Action, aget_run_or_404, is_owner
from runs.engines import engine
from runs.models import Run
from runs.pages.budget_form import BudgetForm
from runs.record.states import run_state
from runs.rules.audit import Actor, Via
from runs.service.actions import cancel_run, limit_run, pause_run, resume_run, retry_run
from runs.service.errors import REDIS_AWAY, TOO_OLD_TO_FORK
from runs.service.forking import fork_run
from runs.service.restarting import restart_run
from runs.staff.fork_form import ForkForm
from staff.door import operators_act

Act = Callable[[Run, Actor], Awaitable[bool | None]]

_DEEDS: dict[Action, tuple[Act, str]] = {
    Action.CANCEL: (cancel_run, "The run was asked to stop. What is done is kept."),
    Action.RETRY: (retry_run, "The run goes on from where it stopped. What is done is kept."),
    Action.PAUSE: (pause_run, "The run pauses at its next step."),
    Action.RESUME: (resume_run, "The run goes on."),
}
_ENDED = "This run had already ended, so nothing was changed."


@require_POST
@operators_act
async def act(request: HttpRequest, run_id: str, action: Action) -> HttpResponse:
    """Do one thing to the run and go back to its page, which shows what came of it."""
    run, actor = await _run_and_actor(request, run_id, action)
    deed, said = _DEEDS[action]
    try:
        done = await deed(run, actor)
    except (UserError, RunNotOpen) as error:
        messages.error(request, error.message)
    else:
        messages.info(request, _ENDED if done is False else said)
    return see(run)


@require_POST
@operators_act
async def restart(request: HttpRequest, run_id: str) -> HttpResponse:
    """Start the run anew with the same input, and go to the new one."""
    run, actor = await _run_and_actor(request, run_id, Action.START)
    try:
        new = await restart_run(run, actor, idempotency_key=request.POST.get("once", "")[:64])
    except UserError as error:
        messages.error(request, error.message)
        return see(run)
    messages.info(request, "This is the new run. It has the same input, and shares nothing with the first.")
    return see(new)


@require_POST
@operators_act
async def limit(request: HttpRequest, run_id: str) -> HttpResponse:
    """Give the run a larger budget. What cannot be is shown at its field, with 422."""
    run, actor = await _run_and_actor(request, run_id, Action.LIMIT)
    _, meta = await run_state(run)
    form = BudgetForm(meta, request.POST)
    if not form.fields:
        messages.error(request, "This run has no budget that could be raised." if meta.log_id else REDIS_AWAY)
        return see(run)
    if form.is_valid():
        try:
            await limit_run(run, actor, **form.limits)
        except (UserError, RunNotOpen) as error:
            messages.error(request, error.message)
        else:
            messages.info(request, "The run may use more now.")
        return see(run)
    context = {"place": "runs", "form": form, "run": run}
    return await sync_to_async(render)(request, "staff/run/limit.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@operators_act
@never_cache
async def fork(request: HttpRequest, run_id: str) -> HttpResponse:
    """Make a new run that goes on from one of this one's steps (`?step=`), with what was edited."""
    run, actor = await _run_and_actor(request, run_id, Action.FORK)
    key = request.GET.get("step", "")
    step, problem = await _forkable(run, key)
    form = ForkForm(run, step, request.POST if request.method == "POST" else None)
    if request.method == "POST" and not problem and form.is_valid():
        try:
            new = await fork_run(run, actor, **form.order)
        except UserError as error:
            form.add_error(None, error.message)
        else:
            messages.info(request, "This is the new run. It goes on from there.")
            return see(new)
    context = {
        "place": "runs",
        "run": run,
        "step": step,
        "key": key,
        "form": form,
        "problem": problem,
        "asks_why": not is_owner(actor.user, run) if actor.user else False,
    }
    status = 422 if request.method == "POST" else 200
    return await sync_to_async(render)(request, "staff/run/fork.html", context, status=status)


async def _forkable(run: Run, key: str) -> tuple[StepRecord | None, str]:
    """Return the step to fork at, None for the run's beginning, and why it cannot be forked. Raises Http404."""
    try:
        if await engine().meta(run.pk) is None:
            return None, TOO_OLD_TO_FORK
        step = await engine().finished_step(run.pk, key) if key else None
    except STORE_ERRORS:
        return None, REDIS_AWAY
    if key and step is None:
        raise Http404("There is no such finished step.")
    return step, ""


async def _run_and_actor(request: HttpRequest, run_id: str, action: Action) -> tuple[Run, Actor]:
    request.user = user = cast(Any, await request.auser())
    run = await aget_run_or_404(user, run_id, action)
    return run, Actor(user, Via.ADMIN, request.POST.get("why", ""))


def see(run: Run) -> HttpResponse:
    """Go to the run's page."""
    return HttpResponseRedirect(reverse("staff:run", args=[run.pk]), status=303)
