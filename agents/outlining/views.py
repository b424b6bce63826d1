"""The page on which the outline of a post is changed, while the post is written and afterwards."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from agents.access import own_posts
from agents.models import Post
from agents.outlining.changing import change, current
from agents.outlining.form import OutlineForm
from agents.outlining.questions import form_for
from genisys import UserError
from runs.engines import sync
from runs.rules.audit import Actor, Via

_current, _change = sync(current), sync(change)


@require_http_methods(["GET", "POST"])
@login_required
def outline(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Show the outline to be changed; posted, start what writes the post to it, and lead to that run."""
    post: Post = get_object_or_404(own_posts(request.user.pk), pk=post_id)
    try:
        now = _current(post)
    except UserError as error:
        messages.info(request, error.message)
        return HttpResponseRedirect(post.get_absolute_url(), status=303)
    form = form_for(post, now.outline, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and not form.rearranging:
        status = 422
        if form.is_valid() and form.outline is not None and _differs(form, now.outline.model_dump()):
            try:
                run = _change(post, now, Actor(request.user, Via.PAGE), form.outline)
                return HttpResponseRedirect(run.get_absolute_url(), status=303)
            except UserError as error:
                form.add_error(None, error.message)
    return render(request, "agents/outline.html", {"post": post, "form": form, "run": now.run}, status=status)


def _differs(form: OutlineForm, before: dict[str, Any]) -> bool:
    if form.answer != before:
        return True
    form.add_error(None, "Nothing was changed, so there is nothing to write anew.")
    return False
