"""Pages of the post's own site that it may link to: pages that were read, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from agents.models import Post
from agents.post.assemble import body_of
from agents.text.words import content_stems
from ingestion.models import Page

MOST = 5
_MOST_READ = 2000
_LEAST = 0.34
"""Share of a page's title that a heading of the post, or its title, must hold."""


@dataclass(frozen=True, slots=True)
class Related:
    """A page to link to, and the heading of the post that it fits best; the post's title where none fits better."""

    url: str
    title: str
    heading: str


def related_pages(post: Post, pages: QuerySet[Page]) -> list[Related]:
    """Return pages of the sites that the post was written from which it does not cite, the closest first.

    `pages` are those of the post's owner, and no others.
    """
    cited = set(post.citations.values_list("url", flat=True))
    sites = pages.filter(url__in=cited).values("site_id")
    rows = pages.filter(site__in=sites, outcome=Page.Outcome.OK).exclude(url__in=cited).exclude(title="")
    known = rows.values_list("url", "title").order_by("pk")[:_MOST_READ]
    headings = [line[3:] for line in body_of(post.markdown).splitlines() if line.startswith("## ")]
    return closest(str(post), headings, known)


def closest(title: str, headings: Sequence[str], pages: Iterable[tuple[str, str]]) -> list[Related]:
    """Return the pages whose titles share most with the post's title or one of its headings. Pure."""
    labels = [(heading, set(content_stems(heading))) for heading in (title, *headings)]
    found: list[tuple[float, Related]] = []
    seen: set[str] = set()
    for url, page_title in pages:
        stems = set(content_stems(page_title))
        if not stems or page_title in seen:
            continue
        seen.add(page_title)
        heading, held = max(labels, key=lambda label: len(label[1] & stems))
        share = len(held & stems) / len(stems)
        if share >= _LEAST:
            found.append((share, Related(url, page_title, heading)))
    found.sort(key=lambda one: -one[0])
    return [related for _, related in found[:MOST]]
