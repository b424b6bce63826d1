"""What is shown and handed out with a post: other titles, what tells of it, pages to link to."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from agents.models import Post
from agents.presenting.links import Related, related_pages
from agents.presenting.presentation import (
    LONGEST_DESCRIPTION,
    LONGEST_EXCERPT,
    LONGEST_SNIPPET,
    Presentation,
    beginning_of,
    slug_of,
)
from agents.text.words import normal
from ingestion.models import Page


@dataclass(frozen=True, slots=True)
class About:
    """The titles that the post may have instead of its own, what tells of it, and pages of its site to link to.

    `description` is for search engines, `excerpt` for lists of posts, `snippet` for a message on a social network,
    `slug` for the post's address.
    """

    titles: list[str]
    description: str
    excerpt: str
    snippet: str
    slug: str
    related: list[Related]


def about(post: Post, pages: QuerySet[Page]) -> About:
    """Return what is shown with a post. Where a model gave no text that stands, its own first sentences are it.

    `pages` are those of the post's owner. One that led nowhere when it was last asked for is not linked to.
    """
    kept: dict[str, object] = next((part["about"] for part in post.parts if part.get("about")), {})
    found = Presentation.model_validate(kept)
    titles = [title for title in found.titles if normal(title) != normal(post.title)]
    dead = {link["url"] for link in post.dead_links}
    related = [page for page in related_pages(post, pages) if page.url not in dead]
    return About(
        titles,
        found.description or beginning_of(post.markdown, LONGEST_DESCRIPTION),
        found.excerpt or beginning_of(post.markdown, LONGEST_EXCERPT),
        found.snippet or beginning_of(post.markdown, LONGEST_SNIPPET),
        slug_of(str(post)),
        related,
    )


def left_out(post: Post) -> list[str]:
    """Return in sentences what the caps of its stages and its brief have kept out of the post."""
    return [said for part in post.parts for said in part.get("left_out", [])]
