"""What the writer takes from the database and puts there: passages of the owner's sites, the finished post.

The one place of the workflow that touches the ORM. All of it may be done twice with the same outcome.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import close_old_connections, transaction
from django.db.models import QuerySet
from django.utils import timezone
from pydantic import BaseModel

from agents import models
from agents.access import own_posts
from agents.article import Section
from agents.evidence import Evidence
from agents.requests import PostRequest, PostResult
from genisys import UserError, run_id
from ingestion.access import own_sites
from ingestion.models import Page, Passage, Site
from ingestion.search import Hit, search
from runs.models import OPEN_STATUSES, Run

P = ParamSpec("P")
R = TypeVar("R")


def in_database(function: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make an async function of one that queries; a connection that has died in between is opened anew."""

    @functools.wraps(function)
    def connected(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        return function(*args, **kwargs)

    return sync_to_async(connected)


class Desk(BaseModel):
    """What a post is written on and from. `being_read` names the sites whose reading still goes on."""

    post_id: str
    site_ids: list[str]
    site_names: list[str]
    passages: int
    pages: int
    being_read: list[str]


@in_database
def open_desk(request: PostRequest) -> Desk:
    """Find or make the post's row and look over the sites it may be written from.

    Raises UserError where the site or the post is not the run owner's, or nothing has been read.
    """
    run = Run.objects.select_related("owner").get(pk=run_id())
    if run.owner is None:
        raise UserError("This run belongs to nobody, so there are no sites to write from. Start it as a person.")
    sites = list(_sites(run.owner.pk, request.site_id))
    site_ids = [site.pk for site in sites]
    passages = _passages(site_ids)
    count = passages.count()
    if not count:
        raise UserError(_nothing_to_write_from(sites))
    post = _post(request, run, run.owner, sites)
    open_runs = Run.objects.filter(pk__in=[site.run_id for site in sites if site.run_id], status__in=OPEN_STATUSES)
    busy = set(open_runs.values_list("pk", flat=True))
    return Desk(
        post_id=str(post.pk),
        site_ids=[str(site_id) for site_id in site_ids],
        site_names=[str(site) for site in sites],
        passages=count,
        pages=passages.values("page_id").distinct().count(),
        being_read=[str(site) for site in sites if site.run_id in busy],
    )


@in_database
def look_up(site_ids: Sequence[str], queries: Iterable[str], limit: int) -> list[list[Evidence]]:
    """The passages found for each query, best first."""
    return [[_evidence(hit) for hit in search(site_ids, query, limit)] for query in queries]


@in_database
def neighbours(evidence: Sequence[Evidence], site_ids: Sequence[str], limit: int) -> list[Evidence]:
    """Other passages of the pages that were found, to fill up when a topic matches little."""
    urls = list(dict.fromkeys(item.page_url for item in evidence))[:4]
    rows = _passages(site_ids).filter(page__url__in=urls).select_related("page")
    return [
        Evidence(
            passage_id=row.pk, page_url=row.page.url, page_title=row.page.title, heading=row.heading, text=row.text
        )
        for row in rows.order_by("page_id", "ordinal")[:limit]
    ]


@in_database
def save(result: PostResult, parts: Sequence[Section], lead_by: str) -> None:
    """Write the finished post and its citations, in place of what an earlier try may have written."""
    told = [
        {
            "n": part.n,
            "heading": part.heading,
            "written_by": part.written_by,
            "edited": part.edited,
            "sentences_dropped": part.sentences_dropped,
            "tries": part.tries,
            "problems": part.problems,
        }
        for part in parts
    ]
    if lead_by:
        told.insert(0, {"n": 0, "heading": "", "written_by": lead_by})
    with transaction.atomic():
        post = models.Post.objects.select_for_update().get(pk=result.post_id)
        post.title, post.markdown = result.title[:300], result.markdown
        post.parts, post.models_used, post.extracts = told, result.models, result.extracts
        post.finished_at = timezone.now()
        post.save()
        post.citations.all().delete()
        models.Citation.objects.bulk_create(
            models.Citation(
                post=post,
                number=citation.n,
                url=citation.url,
                title=citation.title[:500],
                passage_ids=citation.passage_ids,
            )
            for citation in result.citations
        )


def _passages(site_ids: Sequence[UUID | str]) -> QuerySet[Passage]:
    """What may be cited: passages of pages that were read, not of walls and errors."""
    return Passage.objects.filter(page__site_id__in=site_ids, page__outcome=Page.Outcome.OK)


def _sites(owner_id: int, site_id: str | None) -> Iterable[Site]:
    mine = own_sites(owner_id)
    if not site_id:
        return mine.order_by("pk")
    try:
        return [mine.get(pk=site_id)]
    except (Site.DoesNotExist, ValidationError):
        raise UserError(
            f"There is no site {site_id} among yours. The page “Sites” lists those you can write from."
        ) from None


def _nothing_to_write_from(sites: Sequence[Site]) -> str:
    if len(sites) == 1:
        return f"There is nothing to write from: no page of {sites[0]} was read. Read it first, under “Sites”."
    return "There is nothing to write from: no site was read so far. Read one first, under “Sites”."


def _post(request: PostRequest, run: Run, owner: User, sites: Sequence[Site]) -> models.Post:
    mine = own_posts(owner.pk)
    if request.post_id:
        try:
            post = mine.get(pk=request.post_id)
        except (models.Post.DoesNotExist, ValidationError):
            raise UserError(f"There is no post {request.post_id} among yours.") from None
        if post.run_id != run.pk:
            post.run_id = run.pk
            post.save(update_fields=["run_id"])
        return post
    site = sites[0] if request.site_id else None
    post, _ = mine.get_or_create(run_id=run.pk, defaults={"owner": owner, "site": site, "topic": request.topic})
    return post


def _evidence(hit: Hit) -> Evidence:
    return Evidence(
        passage_id=hit.passage_id,
        page_url=hit.page_url,
        page_title=hit.page_title,
        heading=hit.heading,
        text=hit.text,
    )
