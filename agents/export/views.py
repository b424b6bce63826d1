"""Hands a post out: as a file, and to whoever holds a link."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from agents.access import own_pages, own_posts, visible_posts
from agents.editing.article import Source, article_of
from agents.editing.marked_text import tidy
from agents.editing.versions import claims_in, sources_of
from agents.export import links
from agents.export.page import page_of
from agents.export.word import word_file
from agents.models import Post
from agents.post.assemble import body_of
from agents.presenting.shown import about
from genisys import UserError

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def file_of(post: Post, form: str) -> tuple[bytes, str]:
    """Return the post as a file of this form (markdown, html, docx), and its type. Raises Http404 for any other."""
    if form == "markdown":
        return tidy(post.markdown).encode(), "text/markdown; charset=utf-8"
    if form in ("html", "docx"):
        presented = about(post, own_pages(post.owner_id))
        related = [(page.url, page.title) for page in presented.related]
        if form == "docx":
            return word_file(post.markdown, presented.description, related), WORD
        page = page_of(str(post), post.markdown, presented.description, related)
        return page.encode(), "text/html; charset=utf-8"
    raise Http404("A post is given as markdown, html or docx.")


def download(post: Post, form: str) -> HttpResponse:
    """Return the file as a download: opened on this site, a page would be of its origin."""
    content, kind = file_of(post, form)
    response = HttpResponse(content, content_type=kind)
    name = post.file_name.removesuffix(".md") + {"markdown": ".md"}.get(form, f".{form}")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
@login_required
def export(request: HttpRequest, post_id: uuid.UUID, form: str) -> HttpResponse:
    """Return the post as a file."""
    return download(get_object_or_404(visible_posts(request.user).exclude(markdown=""), pk=post_id), form)


@require_POST
@login_required
@never_cache
def share(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Make a link, and show it this once."""
    post = _own(request, post_id)
    try:
        _, secret = links.make(post)
    except UserError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(f"{post.get_absolute_url()}#take", status=303)
    address = settings.SITE_ADDRESS + reverse("agents:shared", args=[secret])
    return render(request, "agents/link_made.html", {"post": post, "address": address})


@require_POST
@login_required
def revoke(request: HttpRequest, post_id: uuid.UUID, link_id: int) -> HttpResponse:
    """Close one of the post's links."""
    post = _own(request, post_id)
    if not links.revoke(post, link_id):
        raise Http404("This post has no such link that is open.")
    messages.success(request, "The link is closed. Whoever follows it sees nothing more.")
    return HttpResponseRedirect(f"{post.get_absolute_url()}#take", status=303)


@require_GET
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show the post as it is now, to look at and no more."""
    post = links.opened(token)
    if post is None or not post.markdown:
        context = {"why": "This link shows nothing. It was taken back, or copied without its end."}
        return _unlisted(render(request, "runs/shared_nothing.html", context, status=404))
    cited = sources_of(post, body_of(post.markdown))
    article = article_of(
        post.markdown, claims_in(post), {each.n: Source(each.n, each.url, each.title) for each in cited}
    )
    return _unlisted(render(request, "agents/shared.html", {"post": post, "article": article}))


def _own(request: HttpRequest, post_id: uuid.UUID) -> Post:
    found: Post = get_object_or_404(own_posts(request.user.pk).exclude(markdown=""), pk=post_id)
    return found


def _unlisted(response: HttpResponse) -> HttpResponse:
    """Keep the address, which is the key, out of search engines and of the pages that links lead to."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
