"""What research takes from the database: the post's row, the passages and facts of the owner's sites.

Only rows of the run's owner (`runs.rules.owned`); an id of somebody else's row raises UserError. All of it may be done
twice with the same outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db.models import Count, QuerySet
from pydantic import BaseModel

from agents import models
from agents.brief.requests import PostRequest
from agents.digest import Chapter, chapters_of
from agents.sources.evidence import Evidence
from agents.text.words import content_stems
from genisys import UserError
from ingestion.models import Fact, Page, Passage, Site
from ingestion.search.searching import Hit, nearness, search
from language.sentences import one_line
from runs.models import OPEN_STATUSES, Run
from runs.rules.owned import Mine, for_run_owner

_MOST_FACTS = 3000
_CLOSEST = 40
"""Passages that come nearest to a topic in meaning, whose chapters a digest may quote."""


class ResearchContext(BaseModel):
    """What a post is written on and from. `being_read` names the sites whose reading still goes on.

    `model` is the one that writes this post throughout; `languages` are those of the passages, the most frequent first;
    `tone` is what was measured of the sites' own.
    """

    post_id: str
    topic: str
    site_ids: list[str]
    site_names: list[str]
    passages: int
    pages: int
    being_read: list[str]
    model: str = ""
    languages: list[str] = []
    tone: str = ""


@for_run_owner
def research_context(mine: Mine, request: PostRequest, others: int) -> ResearchContext:
    """Find or make the post's row and return what it may be written from; `others` counts the sources given beside.

    Raises UserError where there is nothing at all, and where the run has no owner.
    """
    if mine.owner_id is None:
        raise UserError("This run belongs to nobody, so there are no sites to write from. Start it as a person.")
    sites = [mine.one(Site, request.site_id)] if request.site_id else list(mine(Site).order_by("pk"))
    passages = _passages(mine, sites)
    count = passages.count()
    if not count and not others:
        raise UserError(_nothing_to_write_from(sites))
    post = _post(mine, request, sites)
    open_runs = mine(Run).filter(pk__in=[site.run_id for site in sites if site.run_id], status__in=OPEN_STATUSES)
    busy = set(open_runs.values_list("pk", flat=True))
    return ResearchContext(
        post_id=str(post.pk),
        topic=request.topic,
        site_ids=[str(site.pk) for site in sites],
        site_names=[str(site) for site in sites],
        passages=count,
        pages=passages.values("page_id").distinct().count(),
        being_read=[str(site) for site in sites if site.run_id in busy],
        languages=_languages(passages),
        tone=_tone(sites),
    )


def evidence_of(row: Passage) -> Evidence:
    """Return a passage, whose page was selected with it, as evidence."""
    return Evidence(
        passage_id=row.pk,
        page_url=row.page.url,
        page_title=row.page.title,
        heading=row.heading,
        text=row.text,
        date=_iso(row.page.changed or row.page.published),
    )


@for_run_owner
def look_up(mine: Mine, site_ids: Sequence[str], queries: Iterable[str], limit: int) -> list[list[Evidence]]:
    """Return the passages found for each query, best first."""
    sites = mine.many(Site, site_ids)
    hits = [search([site.pk for site in sites], query, limit) for query in queries]
    dates = _dates(mine, sites, {hit.page_url for found in hits for hit in found})
    return [[_evidence(hit, dates) for hit in found] for found in hits]


@for_run_owner
def stated(mine: Mine, site_ids: Sequence[str], queries: Sequence[str], limit: int) -> list[Evidence]:
    """Return the passages in which the facts stand that say most of what is asked, best first."""
    wanted = set(content_stems(" ".join(queries)))
    facts = mine(Fact).filter(page__site__in=mine.many(Site, site_ids), page__outcome=Page.Outcome.OK)
    ranked = []
    for fact in facts.only("statement", "about", "quote", "page_id").order_by("pk")[:_MOST_FACTS]:
        held = wanted & set(content_stems(f"{fact.about} {fact.statement}"))
        if held:
            ranked.append((-len(held), fact.pk, fact))
    best = [fact for _, _, fact in sorted(ranked, key=lambda row: row[:2])[: 2 * limit]]
    rows = mine(Passage).filter(page_id__in={fact.page_id for fact in best}).select_related("page").order_by("pk")
    found: dict[int, Evidence] = {}
    texts = [(row, one_line(row.text)) for row in rows]
    for fact in best:
        quote = one_line(fact.quote)
        for row, text in texts:
            if row.page_id == fact.page_id and quote in text:
                found.setdefault(row.pk, evidence_of(row))
    return list(found.values())[:limit]


@for_run_owner
def neighbours(mine: Mine, evidence: Sequence[Evidence], site_ids: Sequence[str], limit: int) -> list[Evidence]:
    """Return other passages of the pages that were found, for a topic that matches little."""
    urls = list(dict.fromkeys(item.page_url for item in evidence))[:4]
    rows = _passages(mine, mine.many(Site, site_ids)).filter(page__url__in=urls).select_related("page")
    return [evidence_of(row) for row in rows.order_by("page_id", "ordinal")[:limit]]


@for_run_owner
def read_on(mine: Mine, passages: Sequence[int], within: int) -> list[Evidence]:
    """Return what stands near these passages under the same headings of their pages, at most so many places away."""
    named = list(mine(Passage).filter(pk__in=passages).only("page_id", "heading", "ordinal"))
    rows = mine(Passage).filter(page_id__in={row.page_id for row in named}).select_related("page")
    return [
        evidence_of(row)
        for row in rows.order_by("page_id", "ordinal")
        if any(
            (row.page_id, row.heading) == (other.page_id, other.heading) and abs(row.ordinal - other.ordinal) <= within
            for other in named
        )
    ]


@for_run_owner
def chapters(
    mine: Mine, topic: str, evidence: Sequence[Evidence], site_ids: Sequence[str], most_pages: int
) -> list[Chapter]:
    """Return what stands under the headings that the evidence was found under, whole; pages in the evidence's order.

    Headings whose passages come nearest to the topic in meaning are among them.
    """
    sites = mine.many(Site, site_ids)
    near = nearness([site.pk for site in sites], topic)
    closest = sorted(near, key=lambda key: (-near[key].among, key))[:_CLOSEST]
    ranks = {item.passage_id: rank for rank, item in enumerate(evidence)}
    ranks |= {key: len(ranks) + place for place, key in enumerate(closest) if key not in ranks}
    found = _passages(mine, sites).filter(pk__in=closest).values_list("pk", "page__url")
    pages = dict(found)
    urls = list(dict.fromkeys([*filter(None, map(pages.get, closest)), *(item.page_url for item in evidence)]))
    urls = urls[:most_pages]
    rows = _passages(mine, sites).filter(page__url__in=urls).select_related("page")
    own: dict[str, list[Passage]] = {url: [] for url in urls}
    for row in rows.order_by("page_id", "ordinal"):
        own[row.page.url].append(row)
    return [
        chapter
        for page in own.values()
        if page
        for chapter in chapters_of(page[0].page.text, [evidence_of(row) for row in page], ranks, near)
    ]


def _passages(mine: Mine, sites: Sequence[Site]) -> QuerySet[Passage]:
    """Return what may be cited: passages of pages that were read, not of sign-in pages and errors."""
    return mine(Passage).filter(page__site__in=sites, page__outcome=Page.Outcome.OK)


def _nothing_to_write_from(sites: Sequence[Site]) -> str:
    if len(sites) == 1:
        return f"There is nothing to write from: no page of {sites[0]} was read. Read it first, under “Sites”."
    return "There is nothing to write from: no site has been read yet. Read one first, under “Sites”."


def _post(mine: Mine, request: PostRequest, sites: Sequence[Site]) -> models.Post:
    if request.post_id:
        post = mine.one(models.Post, request.post_id)
    else:
        site = sites[0] if request.site_id else None
        fields = {"owner_id": mine.owner_id, "site": site, "topic": request.topic}
        post, _ = mine(models.Post).get_or_create(run_id=mine.run_id, defaults=fields)
    if (post.run_id, post.topic) != (mine.run_id, request.topic):
        post.run_id, post.topic = mine.run_id, request.topic
        post.save(update_fields=["run_id", "topic"])
    return post


def _evidence(hit: Hit, dates: Mapping[str, str]) -> Evidence:
    return Evidence(
        passage_id=hit.passage_id,
        page_url=hit.page_url,
        page_title=hit.page_title,
        heading=hit.heading,
        text=hit.text,
        date=dates.get(hit.page_url, ""),
        score=hit.score,
    )


def _dates(mine: Mine, sites: Sequence[Site], urls: set[str]) -> dict[str, str]:
    rows = mine(Page).filter(site__in=sites, url__in=urls).values_list("url", "changed", "published")
    return {url: _iso(changed or published) for url, changed, published in rows}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _languages(passages: QuerySet[Passage]) -> list[str]:
    counted = passages.order_by().values_list("language").annotate(n=Count("pk")).order_by("-n", "language")
    return [language for language, _ in counted if language]


def _tone(sites: Sequence[Site]) -> str:
    """Return the measured tone of the site, or of the first of several that has one; what a person set goes first."""
    tones = (str(site.edits.get("tone") or site.profile.get("tone") or "") for site in sites)
    return next((tone for tone in tones if tone), "")
