"""What is shown and handed out with a post: other titles, the description, pages to link to."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from agents.models import Post
from agents.presenting.links import Related, related_pages
from agents.presenting.presentation import Presentation, description_of
from agents.text.words import normal
from ingestion.models import Page


@dataclass(frozen=True, slots=True)
class About:
    """The titles that the post may have instead of its own, its description, and pages of its site to link to."""

    titles: list[str]
    description: str
    related: list[Related]


def about(post: Post, pages: QuerySet[Page]) -> About:
    """Return what is shown with a post. Without a model's description, its own first sentences are one.

    `pages` are those of the post's owner. One that led nowhere when it was last asked for is not linked to.
    """
    kept: dict[str, object] = next((part["about"] for part in post.parts if part.get("about")), {})
    found = Presentation.model_validate(kept)
    titles = [title for title in found.titles if normal(title) != normal(post.title)]
    dead = {link["url"] for link in post.dead_links}
    related = [page for page in related_pages(post, pages) if page.url not in dead]
    return About(titles, found.description or description_of(post.markdown), related)


def left_out(post: Post) -> list[str]:
    """Return in sentences what the caps of its stages and its brief have kept out of the post."""
    return [said for part in post.parts for said in part.get("left_out", [])]
