"""What a check of links takes from the database and puts there; only rows of the run's owner (`runs.rules.owned`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from agents import models
from agents.editing.versions import sources_of
from agents.post.assemble import body_of
from agents.post.links import DeadLink, Link, links_of, still_linked
from agents.presenting.links import related_pages
from ingestion.models import Page
from runs.rules.owned import Mine, for_run_owner

FRESH = timedelta(days=7)
"""A page that was read within this time is not asked for again."""
_GONE = {
    Page.Outcome.GONE: "its site has no such page any more",
    Page.Outcome.SOFT_404: "the page itself says that it is not there",
}


@for_run_owner
def to_ask_for(mine: Mine, post_id: str) -> tuple[list[Link], list[DeadLink]]:
    """Return the post's links that have to be asked for, and those that the last readings found dead.

    Those that a reading has found of late are in neither.
    """
    post = mine.one(models.Post, post_id)
    related = [page.url for page in related_pages(post, mine(Page))]
    ask: list[Link] = []
    dead: list[DeadLink] = []
    links = links_of(post.markdown, _cited(post), related)
    known = _known(mine, [link.url for link in links])
    for link in links:
        outcomes = known.get(link.url, set())
        gone = [why for outcome, why in _GONE.items() if outcome in outcomes]
        if Page.Outcome.OK in outcomes:
            continue
        if gone:
            dead.append(DeadLink(**link.model_dump(), why=gone[0]))
        else:
            ask.append(link)
    return ask, dead


@for_run_owner
def keep(mine: Mine, post_id: str, dead: Sequence[DeadLink]) -> None:
    """Write down which of the post's links lead nowhere, as of now; the text may have changed while they were asked."""
    with transaction.atomic():
        post = mine.one(models.Post, post_id, lock=True)
        post.dead_links = still_linked([link.model_dump() for link in dead], post.markdown, _cited(post))
        post.links_checked_at = timezone.now()
        post.save(update_fields=["dead_links", "links_checked_at"])


def _cited(post: models.Post) -> dict[int, str]:
    return {source.n: source.url for source in sources_of(post, body_of(post.markdown))}


def _known(mine: Mine, urls: Sequence[str]) -> dict[str, set[str]]:
    """Return what readings of late found at these addresses."""
    rows = mine(Page).filter(url__in=urls, read_at__gte=timezone.now() - FRESH, missed_by="")
    known: dict[str, set[str]] = {}
    for url, outcome in rows.values_list("url", "outcome"):
        known.setdefault(url, set()).add(outcome)
    return known
