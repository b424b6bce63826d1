"""What the writer takes from the database and puts there: passages of the owner's sites, the finished post.

The one place of the workflow that touches the ORM. All of it may be done twice with the same outcome, and each function
reaches only the rows of the run's owner (`runs.rules.owned`); an id of somebody else's row raises UserError.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from pydantic import BaseModel

from agents import models
from agents.digest import Chapter, chapters_of
from agents.editing import versions
from agents.editing.evidence import Claim, claims_of, ruled
from agents.editing.sections import keep_edits
from agents.post.article import Section, sentences_of
from agents.post.assemble import body_of
from agents.post.citations import Citation, each_marker
from agents.requests import PostRequest, PostResult
from agents.sources.evidence import Evidence
from genisys import UserError
from ingestion.models import Page, Passage, Site
from ingestion.search.searching import Hit, search
from runs.models import OPEN_STATUSES, Run
from runs.rules.owned import Mine, for_run_owner

LARGEST_KEY = 2**63 - 1
"""Over it SQLite cannot even be asked."""


class ResearchContext(BaseModel):
    """What a post is written on and from. `being_read` names the sites whose reading still goes on."""

    post_id: str
    site_ids: list[str]
    site_names: list[str]
    passages: int
    pages: int
    being_read: list[str]


@for_run_owner
def research_context(mine: Mine, request: PostRequest) -> ResearchContext:
    """Find or make the post's row and return what it may be written from.

    Raises UserError where nothing has been read, and where the run has no owner.
    """
    if mine.owner_id is None:
        raise UserError("This run belongs to nobody, so there are no sites to write from. Start it as a person.")
    sites = [mine.one(Site, request.site_id)] if request.site_id else list(mine(Site).order_by("pk"))
    passages = _passages(mine, sites)
    count = passages.count()
    if not count:
        raise UserError(_nothing_to_write_from(sites))
    post = _post(mine, request, sites)
    open_runs = mine(Run).filter(pk__in=[site.run_id for site in sites if site.run_id], status__in=OPEN_STATUSES)
    busy = set(open_runs.values_list("pk", flat=True))
    return ResearchContext(
        post_id=str(post.pk),
        site_ids=[str(site.pk) for site in sites],
        site_names=[str(site) for site in sites],
        passages=count,
        pages=passages.values("page_id").distinct().count(),
        being_read=[str(site) for site in sites if site.run_id in busy],
    )


@for_run_owner
def look_up(mine: Mine, site_ids: Sequence[str], queries: Iterable[str], limit: int) -> list[list[Evidence]]:
    """Return the passages found for each query, best first."""
    own = [site.pk for site in mine.many(Site, site_ids)]
    return [[_evidence(hit) for hit in search(own, query, limit)] for query in queries]


@for_run_owner
def neighbours(mine: Mine, evidence: Sequence[Evidence], site_ids: Sequence[str], limit: int) -> list[Evidence]:
    """Return other passages of the pages that were found, for a topic that matches little."""
    urls = list(dict.fromkeys(item.page_url for item in evidence))[:4]
    rows = _passages(mine, mine.many(Site, site_ids)).filter(page__url__in=urls).select_related("page")
    return [_of_row(row) for row in rows.order_by("page_id", "ordinal")[:limit]]


@for_run_owner
def chapters(mine: Mine, evidence: Sequence[Evidence], site_ids: Sequence[str], most_pages: int) -> list[Chapter]:
    """Return what stands under the headings that the evidence was found under, whole; pages in the evidence's order."""
    ranks = {item.passage_id: rank for rank, item in enumerate(evidence)}
    urls = list(dict.fromkeys(item.page_url for item in evidence))[:most_pages]
    rows = _passages(mine, mine.many(Site, site_ids)).filter(page__url__in=urls).select_related("page")
    own: dict[str, list[Passage]] = {url: [] for url in urls}
    for row in rows.order_by("page_id", "ordinal"):
        own[row.page.url].append(row)
    return [
        chapter
        for found in own.values()
        if found
        for chapter in chapters_of(found[0].page.text, [_of_row(row) for row in found], ranks)
    ]


@for_run_owner
def save(mine: Mine, result: PostResult, parts: Sequence[Section], lead_by: str) -> None:
    """Write the finished post and its citations, in place of what an earlier try of this run may have written.

    What a person or another run made of the post stays among its versions, and what a person changed stays in the text.
    """
    written = [_who_wrote(part) for part in parts]
    about = result.presentation
    if lead_by or about.titles or about.description:
        by, heading = lead_by or result.models[0], "" if lead_by else "Titles and description"
        written.insert(0, {"n": 0, "heading": heading, "written_by": by, "about": about.model_dump()})
    with transaction.atomic():
        post = mine.one(models.Post, result.post_id)
        post = mine(models.Post).select_for_update().get(pk=post.pk)
        post.versions.filter(run_id=mine.run_id, number=post.version, made_by=None).delete()
        last = post.versions.first()
        post.version = last.number if last else 0
        post.parts, post.models_used, post.extracts = written, result.models, result.extracts
        post.finished_at = timezone.now()
        post.save()
        _write(mine, post, result, parts, last)


def _write(
    mine: Mine, post: models.Post, result: PostResult, parts: Sequence[Section], last: models.PostVersion | None
) -> None:
    """Make the text a version of the post: beside what others made of it, or all there is."""
    body = body_of(result.markdown)
    if last is None:
        post.citations.all().delete()
        post.markdown, post.evidence = "", []
    numbers = cite(mine, post, result.citations)
    body = each_marker(body, lambda n: f"[{numbers[n]}]")
    post.claims = [claim.model_dump() for claim in _judged(post, parts, body)]
    base = post.versions.filter(made_by=None).first()
    if last is not None and base is not None and last.made_by_id is not None:
        body, _ = keep_edits(body_of(base.markdown), body_of(last.markdown), body)
        post.claims += [claim for claim in last.claims if claim not in post.claims]
    versions.write(post, title=result.title, body=body, why="Written", run_id=mine.run_id)


def _judged(post: models.Post, parts: Sequence[Section], body: str) -> list[Claim]:
    """Return the sentences of the body with what the run's judges said of them."""
    rulings = {sentence.text: sentence.ruling for part in parts for sentence in sentences_of(part.blocks)}
    return ruled(rulings, claims_of(body, versions.snapshots_of(post)))


def _who_wrote(part: Section) -> dict[str, Any]:
    return {
        "n": part.n,
        "heading": part.heading,
        "written_by": part.written_by,
        "edited": part.edited,
        "sentences_dropped": part.sentences_dropped,
        "tries": part.tries,
        "problems": part.problems,
        "changes": [change.model_dump() for change in part.changes],
    }


def cite(mine: Mine, post: models.Post, citations: Sequence[Citation]) -> dict[int, int]:
    """Write down the post's sources beside those that it has; return the number of each in the post.

    A source keeps its number for good, so that earlier versions and what people wrote go on naming the same.
    """
    # Only the owner's passages are kept: an edited number may be anybody's, and a passage may have gone since it
    # was found, when its page was read again.
    own = _own(mine, {passage_id for citation in citations for passage_id in citation.passage_ids})
    rows = {row.url: row for row in post.citations.all()}
    numbers: dict[int, int] = {}
    for citation in citations:
        row = rows.get(citation.url)
        if row is None:
            n = max((each.number for each in rows.values()), default=0) + 1
            fields = {"number": n, "url": citation.url, "title": citation.title[:500]}
            row = rows[citation.url] = post.citations.create(**fields)
        row.passage_ids = list(
            dict.fromkeys([*row.passage_ids, *(each for each in citation.passage_ids if each in own)])
        )
        row.save()
        numbers[citation.n] = row.number
    post.evidence = _snapshots(mine, post, rows.values())
    return numbers


def _snapshots(mine: Mine, post: models.Post, rows: Iterable[models.Citation]) -> list[dict[str, Any]]:
    """Return the cited passages as they are now, and those that were kept before as they were."""
    kept = {item["passage_id"]: item for item in post.evidence}
    number = {passage_id: row.number for row in rows for passage_id in row.passage_ids}
    fresh = mine(Passage).filter(pk__in=[each for each in number if each not in kept]).select_related("page")
    for row in fresh:
        item = _of_row(row).model_dump()
        kept[row.pk] = {**item, "n": number[row.pk]}
    return [kept[each] for each in sorted(kept)]


def _own(mine: Mine, passage_ids: set[int]) -> set[int]:
    """Return those of the numbers that are the owner's passages."""
    possible = [passage_id for passage_id in passage_ids if 0 < passage_id <= LARGEST_KEY]
    return set(mine(Passage).filter(pk__in=possible).values_list("pk", flat=True))


def _passages(mine: Mine, sites: Sequence[Site]) -> QuerySet[Passage]:
    """Return what may be cited: passages of pages that were read, not of sign-in pages and errors."""
    return mine(Passage).filter(page__site__in=sites, page__outcome=Page.Outcome.OK)


def _nothing_to_write_from(sites: Sequence[Site]) -> str:
    if len(sites) == 1:
        return f"There is nothing to write from: no page of {sites[0]} was read. Read it first, under “Sites”."
    return "There is nothing to write from: no site was read so far. Read one first, under “Sites”."


def _post(mine: Mine, request: PostRequest, sites: Sequence[Site]) -> models.Post:
    if request.post_id:
        post = mine.one(models.Post, request.post_id)
        if post.run_id != mine.run_id:
            post.run_id = mine.run_id
            post.save(update_fields=["run_id"])
        return post
    site = sites[0] if request.site_id else None
    fields = {"owner_id": mine.owner_id, "site": site, "topic": request.topic}
    post, _ = mine(models.Post).get_or_create(run_id=mine.run_id, defaults=fields)
    return post


def _of_row(row: Passage) -> Evidence:
    page = row.page
    return Evidence(passage_id=row.pk, page_url=page.url, page_title=page.title, heading=row.heading, text=row.text)


def _evidence(hit: Hit) -> Evidence:
    return Evidence(
        passage_id=hit.passage_id,
        page_url=hit.page_url,
        page_title=hit.page_title,
        heading=hit.heading,
        text=hit.text,
    )
