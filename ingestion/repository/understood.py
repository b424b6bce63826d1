"""What was understood of pages: each page to be described, its description and facts, and all of it together."""

from __future__ import annotations

from datetime import date
from typing import cast

from django.db import transaction
from pydantic import BaseModel

from ingestion.describing.grounding import EXTRACT
from ingestion.models import Fact, Page, Site
from ingestion.understanding.merging import Stated
from ingestion.understanding.understood import Fact as UnderstoodFact
from ingestion.understanding.understood import FactKind, Understood
from runs.rules.owned import Mine, for_run_owner

Outcome = Page.Outcome


class PageText(BaseModel):
    """A page as it stands in the database."""

    page_id: int
    url: str
    title: str
    description: str
    text: str
    words: int
    addresses_model: bool = False


class Digested(BaseModel):
    """A page that was read, in short."""

    url: str
    title: str
    description: str
    summary: str
    summary_by: str
    topics: list[str]
    text: str


@for_run_owner
def page_text(mine: Mine, page_id: int) -> PageText:
    """Return a page to be described."""
    page = mine.one(Page, page_id)
    return PageText(
        page_id=page.pk,
        url=page.url,
        title=page.title,
        description=page.description,
        text=page.text,
        words=page.words,
        addresses_model=bool(page.injection),
    )


@for_run_owner
def keep_understood(mine: Mine, page_id: int, understood: Understood, by: str) -> None:
    """Write down what was understood of a page, and who says so, in place of what was known of it before."""
    page = mine.one(Page, page_id)
    page.summary, page.summary_by, page.topics = understood.summary, by[:100], understood.topics
    page.kind, page.audience = understood.kind, understood.audience[:200]
    page.entities = [entity.model_dump() for entity in understood.entities]
    page.questions = understood.questions
    with transaction.atomic():
        page.save(update_fields=["summary", "summary_by", "topics", "kind", "audience", "entities", "questions"])
        page.facts.all().delete()
        page.facts.bulk_create(
            Fact(
                page=page,
                ordinal=ordinal,
                statement=fact.statement,
                quote=fact.quote,
                kind=fact.kind,
                about=fact.about[:200],
                date=fact.date,
                by=fact.by[:100],
            )
            for ordinal, fact in enumerate(understood.facts)
        )


@for_run_owner
def stated(mine: Mine, site_id: str) -> list[Stated]:
    """Return the facts of all pages of the site that were read, by this run or before, in the order of the pages."""
    site = mine.one(Site, site_id)
    found = mine(Fact).filter(page__site=site, page__outcome=Outcome.OK).select_related("page")
    return [
        Stated(
            fact=UnderstoodFact(
                statement=fact.statement,
                quote=fact.quote,
                kind=cast(FactKind, fact.kind),
                about=fact.about,
                date=fact.date,
                by=fact.by,
            ),
            page_id=fact.page_id,
            url=fact.page.url,
            changed=_iso(fact.page.changed or fact.page.published),
        )
        for fact in found.defer("page__text")
    ]


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


@for_run_owner
def digested(mine: Mine, site_id: str, most: int = 400) -> list[Digested]:
    """Return what this run has read of the site, in the order of reading, texts cut short."""
    site = mine.one(Site, site_id)
    pages = site.pages.filter(run_id=mine.run_id, outcome=Outcome.OK).order_by("pk")[:most]
    return [
        Digested(
            url=page.url,
            title=page.title,
            description=page.description,
            summary=page.summary,
            summary_by=page.summary_by,
            topics=page.topics,
            text=page.text[:4000],
        )
        for page in pages
    ]


@for_run_owner
def writers(mine: Mine, site_id: str) -> list[str]:
    """Return the models that described pages of this run, in order of name."""
    names = (
        mine.one(Site, site_id)
        .pages.filter(run_id=mine.run_id, outcome=Outcome.OK)
        .exclude(summary_by__in=("", EXTRACT))
        .values_list("summary_by", flat=True)
        .distinct()
    )
    return sorted(set(names))
