"""Has a post changed by a run, as its owner asks."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from agents.access import own_posts
from agents.editing.forms import ReviseForm
from agents.editing.sections import parts_of
from agents.models import Post
from agents.post.assemble import body_of
from agents.revising.requests import ReviseRequest, why_nothing_is_rewritten
from genisys import UserError
from runs.providers import model_name
from runs.service.starting import start_run_sync


def form_for(post: Post, data: object = None) -> ReviseForm:
    """Return the form that asks what should change."""
    headings = [part.heading for part in parts_of(body_of(post.markdown)) if part.heading]
    return ReviseForm(headings, data, initial={"once": uuid.uuid4().hex})


@require_POST
@login_required
def revise(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Start the run and lead to its page; the same filling-in of the form starts one."""
    post: Post = get_object_or_404(own_posts(request.user.pk).exclude(markdown=""), pk=post_id)
    form = form_for(post, request.POST)
    if not form.is_valid():
        messages.error(request, "Say what should change, in up to 500 characters, and in which section.")
        return HttpResponseRedirect(post.get_absolute_url(), status=303)
    if unable := why_nothing_is_rewritten(model_name()):
        messages.error(request, unable)
        return HttpResponseRedirect(post.get_absolute_url(), status=303)
    asked = form.cleaned_data
    sections = [asked["section"]] if asked["section"] else []
    order = ReviseRequest(post_id=str(post.pk), instruction=asked["instruction"], sections=sections)
    try:
        run = start_run_sync(
            user=request.user,
            workflow="revise-post",
            input=order,
            title=f"{post}: {order.instruction}"[:300],
            idempotency_key=f"revise:{post.pk}:{asked['once'] or uuid.uuid4().hex}",
        )
    except UserError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(post.get_absolute_url(), status=303)
    return HttpResponseRedirect(run.get_absolute_url(), status=303)
