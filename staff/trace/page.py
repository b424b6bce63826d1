"""The page of one run for staff: complete without JavaScript, each view of it at an address of its own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from genisys.host import STORE_ERRORS, RunMeta
from runs.access import acan_control, aget_run_or_404, is_owner
from runs.engines import engine
from runs.models import AuditEntry, Run
from runs.pages.budget_form import BudgetForm, spent
from runs.presentation.present import RunView, present
from runs.record.states import is_held, why_waiting
from runs.rules.questions import Question, open_questions
from staff.door import staff_page
from staff.trace.context import steps_context
from staff.trace.lineage import lineage_of
from staff.trace.log import LogView, log_view
from staff.trace.reading import Trace, read_trace
from staff.trace.values import step_value
from staff.waterfall.look import Look, look_of

AUDIT_ENTRIES = 100
GOOD_FOR_SECONDS = 5
_UNSHOWN = ("input", "output", "sealed_input", "fork_input")
"""What went in and out of the run is read when it is opened."""
_TABS = (
    ("waterfall", "Waterfall"),
    ("flame", "Flame"),
    ("log", "Log"),
    ("values", "Input and output"),
    ("origin", "Origin and audit"),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What has been read of a run before its page is drawn.

    `held` says that Redis still has what a retry or a fork goes on from. `error` is that of the chosen step.
    """

    run: Run
    state: dict[str, Any]
    meta: RunMeta
    why: str
    controls: bool
    held: bool
    asked: list[Question]
    trace: Trace
    error: Any
    log: LogView | None


@require_GET
@staff_page
@never_cache
async def run_page(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run: its head, and the view of it that the address names."""
    return await _page(request, run_id, "staff/run/page.html")


@require_GET
@staff_page
@never_cache
async def run_fragment(request: HttpRequest, run_id: str) -> HttpResponse:
    """The same without what stands around it, for a page that renews itself. 204 where `known` is what is drawn now."""
    known = request.GET.get("known", "")
    if known and known == await _version_now(run_id, request):
        return HttpResponse(status=204)
    return await _page(request, run_id, "staff/run/_live.html")


async def _version_now(run_id: str, request: HttpRequest) -> str:
    run = await aget_run_or_404(cast(Any, await request.auser()), run_id, without=_UNSHOWN)
    try:
        meta = None if run.finished else await engine().meta(run.pk)
    except STORE_ERRORS:
        meta = None
    return _version(run, meta)


def _version(run: Run, meta: RunMeta | None) -> str:
    """Name what a page drawn now shows. While a run goes on its bars grow, so a page is good for some seconds."""
    if run.finished:
        return f"{run.log_id}.{run.seq}.{run.status}"
    moment = int(timezone.now().timestamp() / GOOD_FOR_SECONDS)
    place = f"{meta.log_id}.{meta.last_seq}.{meta.paused}" if meta and meta.log_id else ""
    return f"{place}.{run.status}.{moment}"


async def _page(request: HttpRequest, run_id: str, template: str) -> HttpResponse:
    request.user = user = cast(Any, await request.auser())
    run = await aget_run_or_404(user, run_id, without=_UNSHOWN)
    look = look_of(request.GET)
    trace = await read_trace(run)
    controls = await acan_control(user, run)
    facts = Facts(
        run=run,
        state=trace.state,
        meta=trace.meta,
        why=await why_waiting(run, trace.meta),
        controls=controls,
        held=await is_held(run),
        asked=open_questions(run, trace.state) if controls else [],
        trace=trace,
        error=await _error_of(run, trace, look.step),
        log=await log_view(run, look) if look.view == "log" else None,
    )
    return await sync_to_async(_drawn)(request, template, facts, look)


async def _error_of(run: Run, trace: Trace, key: str) -> Any:
    """Return the error of the chosen step, which is shown with it."""
    node = trace.tree.by_key.get(key)
    if node is None or node.status not in ("failed", "retrying"):
        return None
    if "error" in (seen := trace.state["steps"].get(key, {})):
        return seen["error"]
    try:
        return await step_value(run, key, "error")
    except STORE_ERRORS:
        return None


def _drawn(request: HttpRequest, template: str, facts: Facts, look: Look) -> HttpResponse:
    """Draw the page, in a thread: ten thousand steps take their time."""
    run = facts.run
    context = _context(request, facts, look)
    if look.view == "origin":
        context |= {
            "lineage": lineage_of(run),
            "audit": AuditEntry.objects.filter(run_id=run.pk)[:AUDIT_ENTRIES],
        }
    return render(request, template, context)


def _view(facts: Facts) -> RunView:
    return present(
        facts.run,
        facts.state,
        log_id=facts.meta.log_id,
        why=facts.why,
        can_control=facts.controls,
        held=facts.held,
        paused=facts.meta.paused,
    )


def _context(request: HttpRequest, facts: Facts, look: Look) -> dict[str, Any]:
    run, meta = facts.run, facts.meta
    return {
        "place": "runs",
        "run": run,
        "view": _view(facts),
        "look": look,
        "why": facts.why,
        "version": _version(run, meta),
        "tabs": [(name, title, look.link(view=name, page=1, after=0)) for name, title in _TABS],
        "controls": facts.controls,
        "held": facts.held,
        "asks_why": facts.controls and not is_owner(request.user, run),
        "questions": facts.asked,
        "budget": BudgetForm(meta) if facts.controls and not run.finished and spent(meta) else None,
        "once": uuid.uuid4().hex,
        "asides": run.set_aside.all(),
        "log": facts.log,
        "problem": facts.trace.problem,
        **steps_context(facts.run, facts.trace, look, controls=facts.controls and facts.held, error=facts.error),
    }
