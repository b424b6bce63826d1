"""The page at the signed address of a question: the question and its form, for whoever holds the address.

It shows nothing else of the run. Somebody who is signed in and may control the run answers as themselves and is led
back to the run's page; anybody else answers by the address alone, and the audit says so.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from genisys import GenisysError, InputRefused, RunNotOpen, UserError
from genisys.host import STORE_ERRORS
from runs.access import acan_control
from runs.models import Run
from runs.pages.asking import asked
from runs.rules.audit import Actor, Via
from runs.rules.questions import ENDED, Question, question_at
from runs.service.actions import answer_input

_STATUS = {"invalid": 422, "answered": 409, "expired": 410, "unknown": 404}
_CLOSED = (404, 409, 410)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
async def answer(request: HttpRequest, run_id: str, token: str) -> HttpResponse:
    """Show a question; posted, take the answer. What does not fit is shown at its field, with 422."""
    # Kept on the request, so that templates do not ask the database for the person.
    request.user = user = cast(Any, await request.auser())
    try:
        run, question = await question_at(run_id, token)
    except UserError as error:
        return await _page(request, {"said": error.message}, HTTPStatus.SERVICE_UNAVAILABLE)
    knows_run = await acan_control(user, run)
    context: dict[str, Any] = {"question": question, "run": run if knows_run else None}
    posted = request.POST if request.method == "POST" else None
    each = await sync_to_async(asked)(run, question, posted)
    form = each.form
    if question.closed:
        return await _page(request, {**context, "said": question.closed, "typed": _typed(form)}, HTTPStatus.GONE)
    context |= {"form": form, "template": each.template}
    if posted is None or form.rearranging:
        return await _page(request, context, HTTPStatus.OK)
    if not form.is_valid():
        return await _page(request, context, HTTPStatus.UNPROCESSABLE_ENTITY)
    actor = Actor(user if user.is_authenticated else None, Via.PAGE if knows_run else Via.LINK)
    refused = await _refused(run, question, actor, form.answer)
    if refused is None:
        messages.success(request, "Thank you. Your answer was sent.")
        return HttpResponseRedirect(run.get_absolute_url() if knows_run else question.path, status=303)
    status, said = refused
    if status in _CLOSED:
        return await _page(request, {**context, "form": None, "said": said, "typed": _typed(form)}, status)
    form.add_error(None, said)
    return await _page(request, context, status)


def _typed(form: Any) -> str:
    """Return what was typed into a form that came too late, so that it is not lost."""
    return str(form.typed) if form.is_bound else ""


async def _refused(run: Run, question: Question, actor: Actor, value: Any) -> tuple[int, str] | None:
    """Send the answer to the run; return None where it was taken, else the status and the sentence that say why not."""
    try:
        await answer_input(run, actor, question.token, value)
    except InputRefused as error:
        return _STATUS[error.detail["reason"]], error.message
    except RunNotOpen:
        return HTTPStatus.GONE, ENDED
    except GenisysError as error:
        away = isinstance(error.__cause__, STORE_ERRORS)
        return HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.UNPROCESSABLE_ENTITY, error.message
    return None


async def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    response: HttpResponse = await sync_to_async(render)(request, "runs/question.html", context, status=status)
    # The address is a key, not to be found by searching. `no-referrer` would take the origin from the form it shows,
    # which CSRF protection needs; the site's own policy already tells no other site.
    response["X-Robots-Tag"] = "noindex"
    return response
