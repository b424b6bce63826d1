"""What the page of a run with thousands of steps does not carry: a component's steps, asked for when it is opened."""

from __future__ import annotations

from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from runs.access import aget_run_or_404
from runs.presentation.counted.components import step_page
from runs.record.states import run_state

State = dict[str, Any]

MOST_STEPS = 200
_OPEN = ("running", "retrying", "waiting", "interrupted")


def carried(state: State) -> State:
    """Return the state that the page's script goes on from: of very many steps only those that are open.

    The script draws no steps, and the fold passes over news of those that it does not know, so that what it draws
    (texts, the line of now) is the same. What is published under keys is left out with them.
    """
    if len(state["step_order"]) <= MOST_STEPS:
        return state
    steps = {key: step for key, step in state["steps"].items() if step["status"] in _OPEN}
    order = [key for key in state["step_order"] if key in steps]
    return {**state, "steps": steps, "step_order": order, "items": {}, "item_order": {}, "events": []}


@require_GET
@login_required
@never_cache
async def steps(request: HttpRequest, run_id: str) -> HttpResponse:
    """A page of a component's steps, `?name=`, from `?start=` on: what the links lead to where there is no script."""
    return await _listed(request, run_id, "runs/steps.html")


@require_GET
@login_required
@never_cache
async def steps_fragment(request: HttpRequest, run_id: str) -> HttpResponse:
    """The same list alone, for the page of the run."""
    return await _listed(request, run_id, "runs/_component.html")


async def _listed(request: HttpRequest, run_id: str, template: str) -> HttpResponse:
    # Kept on the request, so that templates do not ask the database for the person again.
    request.user = user = cast(Any, await request.auser())
    run = await aget_run_or_404(user, run_id, without=("input", "output"))
    state, _ = await run_state(run)
    start = request.GET.get("start", "0")
    page = step_page(state, request.GET.get("name", ""), int(start) if start.isdecimal() else 0, timezone.now())
    return await sync_to_async(render)(request, template, {"run": run, "page": page})
