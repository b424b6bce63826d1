"""What the operations share: who calls, which run they mean, and how a run is written down."""

from __future__ import annotations

import re
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse

from runs.access import Action, acan_control, aget_run_or_404
from runs.accounts.tokens import Caller
from runs.api.schemas import Question, RunDetail, RunResult, RunSummary
from runs.engines import engine
from runs.models import Run
from runs.record.costs import costs_of
from runs.record.states import run_state, why_waiting
from runs.record.times import moment
from runs.rules.questions import open_questions

_ID = re.compile(r"[0-9a-fA-F-]{1,36}")
_SAME = (
    *("workflow", "title", "status", "deployment", "attempt", "created_at", "started_at", "ended_at"),
    *("input_tokens", "output_tokens", "cost_microusd", "known_cost_microusd", "parent_kind"),
)
_LIVE = ("status", "attempt", "input_tokens", "output_tokens")
_URLS = (("self", "get_run"), ("events", "get_events"), ("output", "get_output"), ("steps", "list_steps"))


def caller_of(request: HttpRequest, scope: str, workflow: str = "") -> Caller:
    """Return who calls, once it is clear that their credential has the scope, for this workflow where one is named."""
    caller = cast(Caller, request.auth)  # type: ignore[attr-defined]
    caller.need(scope, workflow)
    return caller


async def run_of(request: HttpRequest, run_id: str, scope: str, action: Action = Action.READ) -> Run:
    """Return the run, if the caller may do that with it. Raises as `aget_run_or_404`."""
    caller = caller_of(request, scope)
    if _ID.fullmatch(run_id) is None:
        raise Http404("There is no such run, or it is not yours.")
    return await aget_run_or_404(caller.user, run_id, action, only=caller.workflows)


def summary(run: Run) -> RunSummary:
    """Return the run as lists show it: from its row alone."""
    return RunSummary(**_fields(run))


async def detail(request: HttpRequest, run: Run) -> RunDetail:
    """Return the run as it is now: Redis knows better than the row while the run is open."""
    return RunDetail(**await _now(request, run))


async def result(request: HttpRequest, run: Run) -> RunResult:
    """Return a run that has ended, with its output. The row may not know of its end yet."""
    await run.arefresh_from_db()
    fields = await _now(request, run)
    output = run.output
    if fields["status"] == "completed" and output is None:
        output = await engine().output_of(run.pk)
    return RunResult(**fields, output=output)


async def _now(request: HttpRequest, run: Run) -> dict[str, Any]:
    fields = {**_fields(run), "input": run.input, "error": run.error, "waiting_for": "", "questions": []}
    if run.finished:
        return fields
    state, meta = await run_state(run)
    fields |= {name: getattr(meta, name) for name in _LIVE} | costs_of(meta)._asdict()
    fields["started_at"] = moment(state["started_at"]) or run.started_at
    if meta.closed:
        return {**fields, "error": state["error"], "ended_at": moment(state["ended_at"])}
    fields["waiting_for"] = await why_waiting(run, meta)
    fields["questions"] = await _questions(request, run, state)
    return fields


async def _questions(request: HttpRequest, run: Run, state: dict[str, Any]) -> list[Question]:
    """Return what the run asks just now, for those who may answer: the address of a question is the key to it."""
    asked = open_questions(run, state)
    if not asked or not await acan_control(caller_of(request, "read").user, run):
        return []
    return [
        Question(
            step=question.step,
            name=state["inputs"][question.step]["name"],
            prompt=question.prompt,
            answer_schema=question.schema,
            deadline=question.until,
            wrong=question.wrong,
            url=settings.SITE_ADDRESS + reverse("api:answer_input", args=[run.pk, question.token]),
        )
        for question in asked
    ]


def address_of(run: Run) -> str:
    """Return the run's own address in the API."""
    return reverse("api:get_run", args=[run.pk])


def _fields(run: Run) -> dict[str, Any]:
    urls = {name: reverse(f"api:{view}", args=[run.pk]) for name, view in _URLS}
    return {
        "id": run.pk,
        **{name: getattr(run, name) for name in _SAME},
        "parent": run.parent_id,
        "urls": {**urls, "page": run.get_absolute_url()},
    }
