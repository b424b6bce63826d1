"""Which passages have no vector yet, and the vectors that were made for them."""

from __future__ import annotations

from django.db import transaction
from pydantic import BaseModel

from ingestion.models import Page, Passage, Site
from runs.rules.owned import Mine, for_run_owner

Outcome = Page.Outcome


class Unplaced(BaseModel):
    """A passage that has no vector yet: its number, the title of its page, its heading, its text."""

    passage_id: int
    title: str
    heading: str
    text: str


@for_run_owner
def without_vectors(mine: Mine, site_id: str, most: int) -> tuple[int, list[Unplaced]]:
    """Return how many passages of the site have no vector, and the first of them."""
    rows = mine(Passage).filter(page__site=mine.one(Site, site_id), page__outcome=Outcome.OK, vector=None)
    first = rows.order_by("pk").values_list("pk", "page__title", "heading", "text")[:most]
    return rows.count(), [
        Unplaced(passage_id=key, title=title, heading=heading, text=text) for key, title, heading, text in first
    ]


@for_run_owner
def keep_vectors(mine: Mine, site_id: str, vectors: dict[int, bytes]) -> int:
    """Write down the vectors of passages of the site, and return how many of them are still there."""
    own = mine(Passage).filter(page__site=mine.one(Site, site_id))
    with transaction.atomic():
        return sum(own.filter(pk=key).update(vector=vector) for key, vector in vectors.items())
