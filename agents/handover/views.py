"""The pages of a person's blogs, and the button that hands a post over to one."""

from __future__ import annotations

import uuid

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from agents.access import own_blogs, own_posts
from agents.handover import blogs as keeping
from agents.handover.forms import HandOverForm, blog_forms
from agents.handover.requests import HandOverRequest
from agents.linking.steps import CheckRequest
from agents.models import Blog, Post
from genisys import UserError
from runs.models import Run
from runs.rules import audit
from runs.rules.audit import Actor, Via
from runs.service.starting import start_run_sync


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def blogs(request: HttpRequest) -> HttpResponse:
    """My blogs, and the forms that add one, or give one that is there another password."""
    forms = blog_forms(request.POST if request.method == "POST" else None)
    mine = own_blogs(request.user.pk)
    form = next((form for form in forms if form.is_bound), None)
    if request.method == "POST" and form is None:
        messages.error(request, "Choose WordPress or Ghost.")
    if form is not None and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("kind", "address", "user", "secret")}
        try:
            blog = keeping.add(_me(request), **given)
        except UserError as error:
            form.add_error(None, error.message)
        else:
            _note(request, "blog.add", blog)
            messages.success(request, f"{blog} is there. Hand a post over to it from the post's page.")
            return HttpResponseRedirect(reverse("agents:blogs"), status=303)
    context = {"blogs": mine, "forms": forms}
    return render(request, "agents/blogs.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@login_required
@never_cache
def remove(request: HttpRequest, blog_id: uuid.UUID) -> HttpResponse:
    """Remove a blog. What was handed over to it stays there, and is not known here any more."""
    blog: Blog = get_object_or_404(own_blogs(request.user.pk), pk=blog_id)
    _note(request, "blog.remove", blog)
    blog.delete()
    messages.success(request, f"{blog} is removed, with its password. The drafts in it stay as they are.")
    return HttpResponseRedirect(reverse("agents:blogs"), status=303)


@require_POST
@login_required
def hand_over(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Start the run that hands the post over, and lead to its page; the same filling-in of the form starts one."""
    post = _own(request, post_id)
    form = HandOverForm(post, request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of your blogs to hand the post over to.")
        return HttpResponseRedirect(f"{post.get_absolute_url()}#take", status=303)
    blog: Blog = form.cleaned_data["blog"]
    order = HandOverRequest(post_id=str(post.pk), blog_id=str(blog.pk), replace=bool(form.cleaned_data.get("replace")))
    key = f"hand-over:{post.pk}:{form.cleaned_data['once'] or uuid.uuid4().hex}"
    return _started(request, post, "hand-over-post", order, f"{post} to {blog}", key)


@require_POST
@login_required
def check_links(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Start the run that asks for the post's links, and lead to its page."""
    post = _own(request, post_id)
    order = CheckRequest(post_id=str(post.pk))
    return _started(request, post, "check-links", order, f"The links of {post}", f"links:{post.pk}:{uuid.uuid4().hex}")


def _started(
    request: HttpRequest, post: Post, workflow: str, order: HandOverRequest | CheckRequest, title: str, key: str
) -> HttpResponse:
    try:
        run: Run = start_run_sync(
            user=request.user, workflow=workflow, input=order, title=title[:300], idempotency_key=key
        )
    except UserError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(f"{post.get_absolute_url()}#take", status=303)
    return HttpResponseRedirect(run.get_absolute_url(), status=303)


def _me(request: HttpRequest) -> int:
    assert request.user.pk is not None
    return int(request.user.pk)


def _own(request: HttpRequest, post_id: uuid.UUID) -> Post:
    found: Post = get_object_or_404(own_posts(request.user.pk).exclude(markdown=""), pk=post_id)
    return found


def _note(request: HttpRequest, action: str, blog: Blog) -> None:
    detail = {"blog": str(blog.pk), "address": blog.address}
    async_to_sync(audit.record)(Actor(request.user, Via.PAGE), action, None, **detail)
