"""Knowledge bases over the API: sites, what is known of them, their pages and facts, a search, and an export.

Read-only; what is done with a site is in `api.actions`. Sites of others do not exist here: 404.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Schema

from ingestion.access import visible_sites
from ingestion.api.paging import After, Limit, part_of
from ingestion.knowledge import export
from ingestion.models import Fact, Page, Site
from ingestion.search.searching import asearch
from runs.api.answers import caller_of
from runs.api.schemas import NO_NUL

WORKFLOW = "ingest-site"
READ = ["GET", "HEAD"]

router = Router(tags=["Sites"])


class SiteSummary(Schema):
    """`status` says how far its reading is; `run_id` is the run that reads or read it. `next_reading_at` is by its
    schedule.
    """

    id: uuid.UUID
    url: str
    title: str
    status: str
    run_id: str
    read_at: datetime | None
    schedule: str
    next_reading_at: datetime | None


class SiteDetail(SiteSummary):
    """`profile` is what is known of it, as `ingest-site` returns it; empty until its first reading has ended."""

    profile: dict[str, Any]
    pages: dict[str, int]


class PageOut(Schema):
    """One page: what came of it (`outcome`, `note`), and what it says."""

    id: int
    url: str
    title: str
    outcome: str
    note: str
    kind: str
    words: int
    summary: str
    summary_by: str
    topics: list[str]
    audience: str
    questions: list[str]
    entities: list[dict[str, str]]
    read_at: datetime


class PageList(Schema):
    pages: list[PageOut]
    next: int | None


class FactOut(Schema):
    """One thing that a page says; `quote` stands on the page, character for character."""

    id: int
    statement: str
    quote: str
    kind: str
    about: str
    date: str
    by: str
    page_url: str


class FactList(Schema):
    facts: list[FactOut]
    next: int | None


class HitOut(Schema):
    """A passage; the higher the score, the better it matches."""

    page_url: str
    page_title: str
    heading: str
    text: str
    score: float


@router.api_operation(READ, "", response=list[SiteSummary])
async def list_sites(request: HttpRequest, limit: Limit = 50) -> list[Site]:
    """The sites one may see, latest first."""
    caller = caller_of(request, "read", WORKFLOW)
    return [site async for site in visible_sites(caller.user).order_by("-created_at", "pk")[:limit]]


@router.api_operation(READ, "/{uuid:site_id}", response=SiteDetail)
async def get_site(request: HttpRequest, site_id: uuid.UUID) -> dict[str, Any]:
    """One site, with its profile and how many of its pages came to what."""
    site = await _site_of(request, site_id)
    outcomes = site.pages.order_by("outcome").values_list("outcome", flat=True)
    counts: dict[str, int] = {}
    async for outcome in outcomes:
        counts[outcome] = counts.get(outcome, 0) + 1
    fields = {name: getattr(site, name) for name in SiteSummary.model_fields}
    return {**fields, "profile": site.profile, "pages": counts}


@router.api_operation(READ, "/{uuid:site_id}/pages", response=PageList)
async def list_pages(
    request: HttpRequest,
    site_id: uuid.UUID,
    outcome: Annotated[str, Query(max_length=16, pattern=NO_NUL)] = "",
    after: After = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The site's pages in the order in which they were found, those left out too, each with what came of it."""
    site = await _site_of(request, site_id)
    pages = site.pages.defer("text")
    if outcome:
        pages = pages.filter(outcome=outcome)
    found, following = await part_of(pages, after, limit)
    return {"pages": found, "next": following}


@router.api_operation(READ, "/{uuid:site_id}/facts", response=FactList)
async def list_facts(
    request: HttpRequest,
    site_id: uuid.UUID,
    kind: Annotated[str, Query(max_length=12, pattern=NO_NUL)] = "",
    after: After = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """What the site's pages say, fact by fact, each with the words it rests on."""
    site = await _site_of(request, site_id)
    facts = Fact.objects.filter(page__site=site, page__outcome=Page.Outcome.OK)
    facts = facts.select_related("page").defer("page__text")
    if kind:
        facts = facts.filter(kind=kind)
    found, following = await part_of(facts, after, limit)
    rows = [
        {**{name: getattr(fact, name, None) for name in FactOut.model_fields}, "page_url": fact.page.url}
        for fact in found
    ]
    return {"facts": rows, "next": following}


@router.api_operation(READ, "/{uuid:site_id}/search", response=list[HitOut])
async def search_site(
    request: HttpRequest,
    site_id: uuid.UUID,
    q: Annotated[str, Query(max_length=300, pattern=NO_NUL)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> list[Any]:
    """The passages of the site that answer the question best, best first; none where nothing fits."""
    site = await _site_of(request, site_id)
    return await asearch(site.pk, q, limit)


@router.api_operation(READ, "/{uuid:site_id}/export", response=None)
async def export_site(
    request: HttpRequest, site_id: uuid.UUID, format: Literal["json", "markdown"] = "json"
) -> StreamingHttpResponse:
    """All of it as a file: the profile, and each page with its text and facts; as Markdown without the texts."""
    return exported(await _site_of(request, site_id), format)


def exported(site: Site, format: str) -> StreamingHttpResponse:
    """Return the site as a download."""
    kind, ending, pieces = (
        ("application/json", "json", export.as_json(site))
        if format == "json"
        else ("text/markdown; charset=utf-8", "md", export.as_markdown(site))
    )
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in site.host).strip("-")
    headers = {"Content-Disposition": f'attachment; filename="{name or "site"}.{ending}"'}
    return StreamingHttpResponse(pieces, content_type=kind, headers=headers)


async def _site_of(request: HttpRequest, site_id: uuid.UUID) -> Site:
    caller = caller_of(request, "read", WORKFLOW)
    site = await visible_sites(caller.user).filter(pk=site_id).afirst()
    if site is None:
        raise Http404("There is no such site, or it is not yours.")
    return site
