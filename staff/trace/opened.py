"""The addresses of single values: a step's or the run's input, output, error, traceback, or conversation with a model.

Whole, as text that no browser renders; or with `?as=part` its beginning, as a piece of the page that opened it.
"""

from __future__ import annotations

from typing import Any, cast

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from genisys.host import STORE_ERRORS
from runs.access import aget_run_or_404
from runs.models import Run
from runs.record.states import run_state
from staff.door import staff_page
from staff.trace.conversation import conversation_of
from staff.trace.values import OF_RUN, OF_STEP, preview, run_value, step_value, written

AWAY = "The store of runs in flight does not answer just now. The value is kept: look again in a minute."
NOTHING = "There is no such value: the step has not ended, or never had one."
CONVERSATION = "conversation"


@require_GET
@staff_page
@never_cache
async def step_part(request: HttpRequest, run_id: str, step: str, part: str) -> HttpResponse:
    """One part of one step."""
    run = await aget_run_or_404(cast(Any, await request.auser()), run_id)
    if part not in (*OF_STEP, CONVERSATION):
        raise Http404(NOTHING)
    try:
        if part == CONVERSATION:
            return await _conversation(request, run, step)
        value = await step_value(run, step, part)
    except STORE_ERRORS:
        return HttpResponse(AWAY, status=503, content_type="text/plain; charset=utf-8")
    return await _shown(request, run, value, part, reverse("staff:run_step_part", args=[run.pk, step, part]))


@require_GET
@staff_page
@never_cache
async def run_part(request: HttpRequest, run_id: str, part: str) -> HttpResponse:
    """One part of the run."""
    run = await aget_run_or_404(cast(Any, await request.auser()), run_id)
    if part not in OF_RUN:
        raise Http404(NOTHING)
    state, _ = await run_state(run)
    try:
        value = await run_value(run, state, part)
    except STORE_ERRORS:
        return HttpResponse(AWAY, status=503, content_type="text/plain; charset=utf-8")
    return await _shown(request, run, value, part, reverse("staff:run_part", args=[run.pk, part]))


async def _shown(request: HttpRequest, run: Run, value: Any, part: str, url: str) -> HttpResponse:
    if value is None:
        raise Http404(NOTHING)
    text = written(value)
    if request.GET.get("as") == "part":
        context = {"preview": preview(text), "url": url, "part": part}
        return await sync_to_async(render)(request, "staff/run/_value.html", context)
    answer = HttpResponse(text.encode("utf-8", "replace"), content_type="text/plain; charset=utf-8")
    if "download" in request.GET:
        ending = "txt" if isinstance(value, str) else "json"
        answer["Content-Disposition"] = f'attachment; filename="run-{run.pk}-{part}.{ending}"'
    return answer


async def _conversation(request: HttpRequest, run: Run, step: str) -> HttpResponse:
    asked, answered = await step_value(run, step, "input"), await step_value(run, step, "output")
    said = conversation_of(asked, answered)
    if said is None:
        raise Http404(NOTHING)
    talk = [(message, preview(message.text), number >= said.answers) for number, message in enumerate(said.messages)]
    context = {"said": said, "talk": talk}
    template = "staff/run/_conversation.html" if request.GET.get("as") == "part" else "staff/run/conversation.html"
    return await sync_to_async(render)(request, template, {**context, "run": run, "step": step, "place": "runs"})
