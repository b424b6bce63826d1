"""The pages of runs: a person's list, one run, its live part alone, cancel and retry."""

from __future__ import annotations

import json
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from genisys import UserError
from runs import notices, shares
from runs.access import Action, aget_run_or_404, can_control, session_name, without_big_columns
from runs.audit import Actor, Via
from runs.forms import ShareForm
from runs.models import OPEN_STATUSES, Run, RunStatus
from runs.present import present, run_row
from runs.products import product_of
from runs.service import cancel_run, retry_run, run_state, why_waiting

ROWS = 25
DEFAULT_BODY = "runs/_body.html"
_WHOLE = "runs/detail.html"


@require_GET
@login_required
def runs_list(request: HttpRequest) -> HttpResponse:
    """The runs that the person started, latest first; `?status=` and `?q=` narrow them."""
    runs = without_big_columns(Run.objects.filter(owner_id=request.user.pk))
    status, query = request.GET.get("status", ""), request.GET.get("q", "").strip()
    if status == "open":
        runs = runs.filter(status__in=OPEN_STATUSES)
    elif status in RunStatus.values:
        runs = runs.filter(status=status)
    else:
        status = ""
    if query:
        runs = runs.filter(title__icontains=query)
    page = Paginator(runs, ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "runs/list.html",
        {
            "rows": [run_row(run) for run in page],
            "page_obj": page,
            "status": status,
            "statuses": [("open", "not finished"), *RunStatus.choices[3:]],
            "q": query,
        },
    )


@require_GET
@login_required
@never_cache
async def detail(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run: complete as the server draws it, live from its cursor where there is JavaScript."""
    return await _page(request, run_id, _WHOLE)


@require_GET
@login_required
@never_cache
async def fragment(request: HttpRequest, run_id: str) -> HttpResponse:
    """The live regions alone, for a page that was told that they changed."""
    return await _page(request, run_id, "runs/_live.html")


@require_POST
@login_required
async def cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    """Ask for the run's end."""
    user = await request.auser()
    run = await aget_run_or_404(user, run_id, Action.CANCEL)
    try:
        if not await cancel_run(run, Actor(user, Via.PAGE)):
            messages.info(request, "This run had already ended.")
    except UserError as error:
        messages.error(request, error.message)
    return _see(run)


@require_POST
@login_required
async def retry(request: HttpRequest, run_id: str) -> HttpResponse:
    """Let a failed or stopped run go on."""
    user = await request.auser()
    run = await aget_run_or_404(user, run_id, Action.RETRY)
    try:
        await retry_run(run, Actor(user, Via.PAGE))
    except UserError as error:
        messages.error(request, error.message)
    return _see(run)


def _see(run: Run) -> HttpResponse:
    return HttpResponseRedirect(run.get_absolute_url(), status=303)


async def _page(request: HttpRequest, run_id: str, template: str) -> HttpResponse:
    # Kept on the request, so that templates do not ask the database for the person again.
    request.user = user = cast(Any, await request.auser())
    run = await aget_run_or_404(user, run_id)
    state, meta = await run_state(run)
    why = await why_waiting(run, meta)
    return await sync_to_async(_drawn)(request, template, run, state, meta.log_id, why)


def _drawn(request: HttpRequest, template: str, run: Run, state: dict[str, Any], log_id: str, why: str) -> HttpResponse:
    """Draw the page, in a thread: products may query, and long texts take their time to render."""
    product = product_of(run.workflow)
    controls = can_control(request.user, run)
    view = present(
        run,
        state,
        log_id=log_id,
        why=why,
        can_control=controls,
        stages=product.stages if product else (),
    )
    product_context = product.context(run, state) if product else {}
    context = {
        **product_context,
        "run": run,
        "session_name": session_name(request),
        "state": state,
        "view": view,
        "state_json": {"state": state, "log_id": log_id, "run": run.pk, "deployment": run.deployment},
        "product": product,
        "product_context": product_context,
        "body_template": product.template if product else DEFAULT_BODY,
        "output_text": output_text(run, state),
    }
    if template == _WHOLE:
        context |= _beside(request, run, controls)
    response = render(request, template, context)
    response["X-Run-Seq"] = str(view.seq)
    response["X-Run-Log"] = log_id
    return response


def _beside(request: HttpRequest, run: Run, controls: bool) -> dict[str, Any]:
    """Give what stands beneath a run's live part: who is told of its end, and the links that show it."""
    return {
        "mail_asked": not run.finished and notices.asked(run, request.user),
        "share_form": ShareForm() if controls else None,
        "links": shares.links_of(run) if controls else [],
    }


def output_text(run: Run, state: dict[str, Any]) -> str:
    """Give the run's output as people read it; "" while there is none."""
    output = run.output if run.output is not None else state["output"]
    return "" if output is None else json.dumps(output, indent=2, ensure_ascii=False)
