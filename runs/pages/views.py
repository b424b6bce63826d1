"""The pages of runs: a person's list, one run, its live part alone, and the buttons on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from genisys import RunNotOpen, UserError
from genisys.host import RunMeta
from runs.access import Action, acan_control, aget_run_or_404, is_owner, own_runs, session_name, without_big_columns
from runs.accounts import notices
from runs.models import IS_OPEN, Run, RunStatus
from runs.pages import results, waiting
from runs.pages.asking import PLAIN, asked
from runs.pages.big_runs import carried
from runs.pages.budget_form import BudgetForm, spent
from runs.pages.lists import render_list
from runs.pages.paging import page_of
from runs.pages.sharing import shares
from runs.pages.sharing.share_form import ShareForm
from runs.presentation.present import RunView, present
from runs.products import Product, product_of
from runs.record.states import is_held, run_state, why_waiting
from runs.rules.audit import Actor, Via
from runs.rules.questions import Question, open_questions
from runs.service.actions import cancel_run, limit_run, pause_run, resume_run, retry_run

ROWS = 25
_WHOLE = "runs/detail.html"

_NO_BUDGET = "This run has no budget to raise."
_AWAY = "The store of runs in flight does not answer just now. Nothing was changed; try again in a minute."

Act = Callable[[Run, Actor], Awaitable[bool | None]]


@require_GET
@login_required
def runs_list(request: HttpRequest) -> HttpResponse:
    """The runs that the person started, latest first; `?status=` and `?q=` narrow them."""
    runs = without_big_columns(own_runs(request.user))
    status, query = request.GET.get("status", ""), request.GET.get("q", "").strip()
    if status == "open":
        runs = runs.filter(IS_OPEN)
    elif status in RunStatus.values:
        runs = runs.filter(status=status)
    else:
        status = ""
    if query:
        runs = runs.filter(title__icontains=query)
    page = page_of(runs, request.GET.get("page", ""), ROWS)
    whole = page.number == 1 and not (status or query)
    return render_list(
        request,
        "runs/list.html",
        "runs/_list.html",
        {
            "rows": waiting.rows_of(page),
            "asking": waiting.for_the_owner(without_big_columns(own_runs(request.user))) if whole else [],
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
    """The live regions alone, for a page that has heard that they changed."""
    return await _page(request, run_id, "runs/_live.html")


@require_POST
@login_required
async def cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    """Ask for the run's end."""
    return await _do(request, run_id, Action.CANCEL, cancel_run)


@require_POST
@login_required
async def retry(request: HttpRequest, run_id: str) -> HttpResponse:
    """Let a failed or stopped run go on."""
    return await _do(request, run_id, Action.RETRY, retry_run)


@require_POST
@login_required
async def pause(request: HttpRequest, run_id: str) -> HttpResponse:
    """Let the run rest."""
    return await _do(request, run_id, Action.PAUSE, pause_run)


@require_POST
@login_required
async def resume(request: HttpRequest, run_id: str) -> HttpResponse:
    """Let a paused run go on."""
    return await _do(request, run_id, Action.RESUME, resume_run)


@require_POST
@login_required
async def limit(request: HttpRequest, run_id: str) -> HttpResponse:
    """Give the run a larger budget. What cannot be is shown at its field, with 422."""
    request.user = user = cast(Any, await request.auser())
    run = await aget_run_or_404(user, run_id, Action.LIMIT)
    _, meta = await run_state(run)
    form = BudgetForm(meta, request.POST)
    if not form.fields:
        messages.error(request, _NO_BUDGET if meta.log_id else _AWAY)
        return _see(run)
    if form.is_valid():
        try:
            await limit_run(run, Actor(user, Via.PAGE, _why(request)), **form.limits)
        except (UserError, RunNotOpen) as error:
            messages.error(request, error.message)
        return _see(run)
    return await sync_to_async(render)(request, "runs/limit.html", {"form": form, "run": run}, status=422)


async def _do(request: HttpRequest, run_id: str, action: Action, act: Act) -> HttpResponse:
    """Do one thing to the run and go back to its page, which shows what came of it."""
    user = await request.auser()
    run = await aget_run_or_404(user, run_id, action)
    try:
        if await act(run, Actor(user, Via.PAGE, _why(request))) is False:
            messages.info(request, "This run had already ended.")
    except (UserError, RunNotOpen) as error:
        messages.error(request, error.message)
    return _see(run)


def _why(request: HttpRequest) -> str:
    return request.POST.get("why", "")


def _see(run: Run) -> HttpResponse:
    return HttpResponseRedirect(run.get_absolute_url(), status=303)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What has been read of a run before its page is drawn.

    `asked` are the questions that the person may answer; `held` says that a retry still finds what it goes on from.
    """

    run: Run
    state: dict[str, Any]
    meta: RunMeta
    why: str
    held: bool
    controls: bool
    asked: list[Question]


async def _page(request: HttpRequest, run_id: str, template: str) -> HttpResponse:
    # Kept on the request, so that templates do not ask the database for the person again.
    request.user = user = cast(Any, await request.auser())
    run = await aget_run_or_404(user, run_id)
    state, meta = await run_state(run)
    why = await why_waiting(run, meta)
    held = await is_held(run)
    controls = await acan_control(user, run)
    asked = open_questions(run, state) if controls else []
    return await sync_to_async(_drawn)(request, template, _Facts(run, state, meta, why, held, controls, asked))


def _drawn(request: HttpRequest, template: str, facts: _Facts) -> HttpResponse:
    """Draw the page, in a thread: products may query, and long texts take their time to render."""
    product = product_of(facts.run.workflow)
    view = _view(request, product, facts)
    context = {**_product_context(product, facts), "view": view, **_context(request, facts)}
    if template == _WHOLE:
        context |= _beside(request, facts.run, facts.controls)
    response = render(request, template, context)
    response["X-Run-Seq"] = str(view.seq)
    response["X-Run-Log"] = facts.meta.log_id
    return response


def _view(request: HttpRequest, product: Product | None, facts: _Facts) -> RunView:
    mine = is_owner(request.user, facts.run)
    return present(
        facts.run,
        facts.state,
        log_id=facts.meta.log_id,
        why=facts.why,
        can_control=facts.controls,
        can_start=bool(product and product.new_url and product.starts_again) and mine,
        held=facts.held,
        mine=mine,
        paused=facts.meta.paused,
        asked=bool(facts.asked),
        stages=product.stages if product else (),
    )


def _product_context(product: Product | None, facts: _Facts) -> dict[str, Any]:
    """Return what the product's partial needs, and the partial."""
    context = product.context(facts.run, facts.state) if product else {}
    template = product.template if product else results.TEMPLATE
    own = results.context(facts.run, facts.state, published=True) if template == results.TEMPLATE else {}
    return {**context, **own, "product": product, "product_context": context, "body_template": template}


def _context(request: HttpRequest, facts: _Facts) -> dict[str, Any]:
    run, state, meta = facts.run, facts.state, facts.meta
    questions = [asked(run, each, auto_id=f"id_{each.step[:8]}_%s") for each in facts.asked]
    return {
        "run": run,
        "held": facts.held,
        "session_name": session_name(request),
        "state": state,
        "state_json": {"state": carried(state), "log_id": meta.log_id, "run": run.pk, "deployment": run.deployment},
        "asks_why": facts.controls and not is_owner(request.user, run),
        "questions": questions,
        "asks_in_place": any(each.template != PLAIN for each in questions),
        "budget": BudgetForm(meta) if facts.controls and spent(meta) else None,
    }


def _beside(request: HttpRequest, run: Run, controls: bool) -> dict[str, Any]:
    """Return what stands beneath a run's live part: whether a mail goes at its end, and the links that show it."""
    return {
        "mail_asked": not run.finished and notices.asked(run, request.user),
        "share_form": ShareForm() if controls else None,
        "links": shares.links_of(run) if controls else [],
    }
