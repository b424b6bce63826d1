"""The pages on which a person changes a post: the editor, its versions, the run's edits one by one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agents.access import own_posts, visible_posts
from agents.editing import versions
from agents.editing.differences import differences
from agents.editing.evidence import Claim, counts
from agents.editing.forms import EditForm
from agents.editing.versions import Stale
from agents.models import Post
from agents.post.assemble import body_of
from genisys import UserError


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Show the text to be changed; posted, keep it as a version and say what it did to its evidence."""
    post = _own(request, post_id)
    now = {"title": post.title, "body": body_of(post.markdown), "base": post.version}
    form = EditForm(request.POST or None, initial=now)
    status, stale = 200, False
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _saved(request, post, form.cleaned_data)
            except Stale as error:
                status, stale = 409, True
                form = EditForm({**form.cleaned_data, "base": post.version})
                form.is_valid()
                form.add_error(None, error.message)
            except UserError as error:
                form.add_error("body", error.message)
    changed = differences(body_of(post.markdown), form.data.get("body", "")) if stale else []
    context = {"post": post, "form": form, "changed": changed, "sources": post.citations.all()}
    return render(request, "agents/edit.html", context, status=status)


@require_GET
@login_required
def history(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Show every version, newest first, with what changed in it."""
    post = get_object_or_404(visible_posts(request.user).exclude(markdown=""), pk=post_id)
    rows = list(post.versions.select_related("made_by"))
    shown = [
        {
            "version": row,
            "counts": counts([Claim.model_validate(claim) for claim in row.claims]),
            "changed": None if older is None else _changed(older, row),
        }
        for row, older in zip(rows, [*rows[1:], None], strict=False)
    ]
    mine = own_posts(request.user.pk).filter(pk=post.pk).exists()
    return render(request, "agents/versions.html", {"post": post, "shown": shown, "mine": mine})


@require_POST
@login_required
def restore(request: HttpRequest, post_id: uuid.UUID, number: int) -> HttpResponse:
    """Make an earlier version the text again."""
    post = _own(request, post_id)
    try:
        made = versions.restore(post, _person(request), number)
        messages.success(request, f"Version {number} is the text again, as {str(made).lower()}. Nothing was lost.")
    except UserError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(post.get_absolute_url(), status=303)


@require_POST
@login_required
def settle(request: HttpRequest, post_id: uuid.UUID, place: int, change: int) -> HttpResponse:
    """Accept an edit of the run, or put back what stood there (`put_back`)."""
    post = _own(request, post_id)
    accept = request.POST.get("do") != "put_back"
    try:
        versions.settle(post, _person(request), part=place, change=change, accept=accept)
        messages.success(request, "The edit stays." if accept else "What stood there before is back.")
    except UserError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(f"{post.get_absolute_url()}#changes", status=303)


def _own(request: HttpRequest, post_id: uuid.UUID) -> Post:
    found: Post = get_object_or_404(own_posts(request.user.pk).exclude(markdown=""), pk=post_id)
    return found


def _person(request: HttpRequest) -> Any:
    return request.user


def _saved(request: HttpRequest, post: Post, given: dict[str, Any]) -> HttpResponse:
    before = counts(versions.claims_in(post))
    same = given["body"].strip() == body_of(post.markdown) and given["title"] == post.title
    if same and given["base"] == post.version:
        messages.info(request, "Nothing was changed.")
        return HttpResponseRedirect(post.get_absolute_url(), status=303)
    made = versions.edit(post, _person(request), **given)
    after = counts([Claim.model_validate(claim) for claim in made.claims])
    messages.success(request, f"{made} is kept. {_effect(before, after)}")
    return HttpResponseRedirect(post.get_absolute_url(), status=303)


def _effect(before: dict[str, int], after: dict[str, int]) -> str:
    """Return in a sentence what an edit did to the evidence."""
    words = {"supported": "supported", "partly": "supported in part", "not": "not supported", "unchecked": "unchecked"}
    now = ", ".join(f"{after[state]} {word}" for state, word in words.items() if after[state] or before[state])
    return f"Of {after['all']} claims: {now}." if after["all"] else "The text makes no claims now."


def _changed(older: Any, newer: Any) -> Any:
    title = differences(older.title, newer.title)
    return title + differences(body_of(older.markdown), body_of(newer.markdown))
