"""What is shown and handed out with a post: other titles, the description, pages to link to."""

from __future__ import annotations

from dataclasses import dataclass

from agents.models import Post
from agents.presenting.links import Related, related_pages
from agents.presenting.presentation import Presentation, description_of
from agents.text.words import normal


@dataclass(frozen=True, slots=True)
class About:
    """The titles that the post may have instead of its own, its description, and pages of its site to link to."""

    titles: list[str]
    description: str
    related: list[Related]


def about(post: Post) -> About:
    """Return what is shown with a post. Without a model's description, its own first sentences are one."""
    kept: dict[str, object] = next((part["about"] for part in post.parts if part.get("about")), {})
    found = Presentation.model_validate(kept)
    titles = [title for title in found.titles if normal(title) != normal(post.title)]
    return About(titles, found.description or description_of(post.markdown), related_pages(post))


def left_out(post: Post) -> list[str]:
    """Return in sentences what the caps of its stages have kept out of the post."""
    return [said for part in post.parts for said in part.get("left_out", [])]
