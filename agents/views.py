"""The pages of posts: ask for one, the list of mine, one post, its Markdown."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from agents.access import own_blogs, own_pages, own_posts, visible_posts
from agents.brief.requests import PostRequest
from agents.editing.article import Source, article_of
from agents.editing.evidence import counts
from agents.editing.marked_text import sentences_in
from agents.editing.versions import claims_in, sources_of
from agents.forms import PostForm
from agents.handover.forms import HandOverForm
from agents.live import section_credit, where
from agents.models import Post
from agents.post.article import EXTRACT
from agents.post.assemble import body_of
from agents.presenting.shown import about, left_out
from agents.revising.requests import why_nothing_is_rewritten
from agents.revising.views import form_for
from agents.text.readability import reading_of
from genisys import UserError
from language.words import count_words
from runs.access import visible_runs, without_big_columns
from runs.models import Run
from runs.pages import waiting
from runs.pages.lists import render_list
from runs.pages.starting import start_page
from runs.providers import model_name
from runs.service.starting import start_run_sync

ROWS = 25


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Show the form; posted, it starts the run and leads to its page."""
    named = {name: request.GET[name] for name in ("topic", "site") if request.GET.get(name)}
    form = PostForm(request.POST or None, request.FILES or None, user=request.user, initial=named)
    return start_page(request, form, _start, "agents/new.html")


@require_GET
@login_required
def posts(request: HttpRequest) -> HttpResponse:
    """Show the person's posts, latest first, with the state of the run that writes each."""
    mine = own_posts(request.user.pk).select_related("site").defer("markdown", "parts")
    page = Paginator(mine, ROWS).get_page(request.GET.get("page"))
    runs = without_big_columns(visible_runs(request.user).filter(pk__in=[post.run_id for post in page]))
    by_id = {row.id: row for row in waiting.rows_of(runs)}
    rows = [{"post": post, "run": by_id.get(post.run_id)} for post in page]
    return render_list(request, "agents/list.html", "agents/_list.html", {"rows": rows, "page_obj": page})


@require_GET
@login_required
def detail(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Show one post: the text, its sources, who wrote what. One that is not finished leads to its run."""
    post = get_object_or_404(visible_posts(request.user).select_related("site"), pk=post_id)
    run = without_big_columns(visible_runs(request.user)).filter(pk=post.run_id).first()
    if not post.markdown:
        if run is None:
            raise Http404("This post was never written.")
        return HttpResponseRedirect(run.get_absolute_url())
    return render(request, "agents/detail.html", _shown(request, post, run))


def _shown(request: HttpRequest, post: Post, run: Run | None) -> dict[str, Any]:
    """Return what the post's page shows."""
    cited = {source.n: source for source in sources_of(post, body_of(post.markdown))}
    claims = claims_in(post)
    sources = {n: Source(n, source.url, source.title) for n, source in cited.items()}
    article = article_of(post.markdown, claims, sources)
    mine = own_posts(request.user.pk).filter(pk=post.pk).exists()
    changes = [change for part in post.parts for change in part.get("changes", [])]
    unable = why_nothing_is_rewritten(model_name())
    return {
        "post": post,
        "run": run,
        "mine": mine,
        "links": post.links.filter(revoked_at=None) if mine else [],
        "revise_form": form_for(post) if mine and not unable else None,
        **(_elsewhere(post) if mine else {}),
        "reading": reading_of([sentence.text for sentence in sentences_in(body_of(post.markdown))]),
        "article": article,
        "words": count_words(body_of(post.markdown)),
        "counts": counts(claims),
        "edited": post.versions.filter(number=post.version).exclude(made_by=None).select_related("made_by").first(),
        "sources": [
            {"n": n, "url": each.url, "title": each.title, "where": where(each.url)} for n, each in cited.items()
        ],
        "about": about(post, own_pages(post.owner_id)),
        "left_out": left_out(post),
        "parts": [_who_wrote(part) for part in post.parts if part["written_by"]],
        "open_changes": sum(not change.get("settled") for change in changes),
    }


def _elsewhere(post: Post) -> dict[str, Any]:
    """Return the form that hands the post over, where its owner has a blog, and where it was handed over to."""
    has_blogs = own_blogs(post.owner_id).exists()
    return {
        "hand_over_form": HandOverForm(post) if has_blogs else None,
        "hand_overs": post.hand_overs.exclude(handed_at=None).select_related("blog"),
    }


def _start(request: HttpRequest, asked: dict[str, Any]) -> Run:
    """Make the post's row and start its run. The same filling-in of the form returns the same run again."""
    site = asked["site"]
    post, is_new = _row(request, asked)
    mine = own_posts(request.user.pk)
    order = PostRequest(
        topic=asked["topic"],
        site_id=str(site.pk) if site else None,
        sections=asked["sections"],
        post_id=str(post.pk),
        brief=asked["brief"],
    )
    try:
        run: Run = start_run_sync(
            user=request.user,
            workflow="write-post",
            input=order,
            title=order.topic,
            idempotency_key=f"post:{post.pk}",
        )
    except UserError:
        if is_new:
            mine.filter(pk=post.pk, run_id="").delete()
        raise
    mine.filter(pk=post.pk, run_id="").update(run_id=run.pk)
    return run


def _row(request: HttpRequest, asked: dict[str, Any]) -> tuple[Post, bool]:
    """Return the post's row, and whether it was made just now."""
    owner_id = request.user.pk
    assert owner_id is not None, "the page asks people to sign in"
    with transaction.atomic():
        return own_posts(owner_id).get_or_create(
            pk=_post_id(request, asked["once"]),
            defaults={"owner_id": owner_id, "site": asked["site"], "topic": asked["topic"]},
        )


def _post_id(request: HttpRequest, once: str) -> uuid.UUID:
    """Return the post's id, made of the form's own mark and the person, so that nobody can name another's post."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"post:{request.user.pk}:{once}") if once else uuid.uuid4()


def _who_wrote(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part's line in “How each section was written”."""
    dropped = part.get("sentences_dropped", 0)
    notes = [section_credit(part["written_by"])]
    if part.get("edited"):
        notes.append("edited once")
    if dropped:
        notes.append(f"{dropped} {'sentence' if dropped == 1 else 'sentences'} removed")
    return {
        "n": part.get("n", 0),
        "heading": part["heading"] or "Opening",
        "notes": ", ".join(notes),
        "problem": part.get("problems", [])[-1:] if part["written_by"] == EXTRACT else [],
        "changes": part.get("changes", []),
    }
