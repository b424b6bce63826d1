"""The angles that a person's own sites support, taken from the database for the form and the API."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from agents.access import own_posts
from agents.brief.angles import Angle, Stated, angles
from ingestion.models import Fact, Page, Site

_MOST_FACTS, _MOST_TITLES = 3000, 1000
_POSTS = ("article", "blog", "blog post", "post", "news", "announcement")
"""Kinds of pages that are posts (`Page.kind`): what they are about is covered."""
_IN_PATHS = ("/blog/", "/posts/", "/news/", "/articles/")


def suggested(owner_id: int | None, sites: QuerySet[Site], *, most: int = 6) -> list[Angle]:
    """Return what could be written about from these sites, which are this person's."""
    pages = Page.objects.filter(site__in=sites, outcome=Page.Outcome.OK)
    rows = Fact.objects.filter(page__in=pages).select_related("page").order_by("page_id", "ordinal")
    found = rows.only("about", "statement", "page_id", "page__title")[:_MOST_FACTS]
    facts = [Stated(fact.about, fact.statement, fact.page_id, fact.page.title) for fact in found]
    return angles(facts, [*_written(owner_id), *_published(pages)], most=most)


def _written(owner_id: int | None) -> Iterable[str]:
    for topic, title in own_posts(owner_id).values_list("topic", "title")[:_MOST_TITLES]:
        yield from filter(None, (topic, title))


def _published(pages: QuerySet[Page]) -> Iterable[str]:
    for title, kind, url in pages.values_list("title", "kind", "url")[:_MOST_TITLES]:
        if kind.lower() in _POSTS or any(part in url for part in _IN_PATHS):
            yield title
