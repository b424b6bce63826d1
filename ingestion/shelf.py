"""Where the workflow puts what it reads, and takes it from again: the one place of it that touches the ORM.

All of it may be done twice with the same outcome: a step that stopped after its write and before its record runs again.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, transaction
from django.utils import timezone
from pydantic import BaseModel

from genisys import UserError, run_id
from ingestion.access import own_sites
from ingestion.extract import Extracted
from ingestion.grounding import EXTRACT
from ingestion.models import Page, Passage, Site
from ingestion.passages import cut
from ingestion.requests import SiteProfile, SiteRef
from runs.models import Run

P = ParamSpec("P")
R = TypeVar("R")
Outcome = Page.Outcome

_UNKNOWN = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.ROBOTS, Outcome.TOO_LARGE})
"""Outcomes that say nothing of the page itself: what an earlier reading kept of it stays."""


def in_database(function: Callable[P, R]) -> Callable[P, Any]:
    """Make an async function of one that queries; a connection that has died in between is opened anew."""

    @functools.wraps(function)
    def connected(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        return function(*args, **kwargs)

    return sync_to_async(connected)


class Kept(BaseModel):
    """The row a page went to, and what came of it."""

    page_id: int
    outcome: str
    note: str


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


@in_database
def open_site(site_id: str | None, url: str) -> SiteRef:
    """Find or make the site's row for this run. Raises UserError where it is not the run owner's."""
    run = Run.objects.filter(pk=run_id()).first() if run_id() else None
    owner_id = run.owner_id if run is not None else None
    mine = own_sites(owner_id)
    if site_id is not None:
        key = _key(site_id)
        site = mine.filter(pk=key).first() if key is not None else None
        if site is None:
            raise UserError(f"There is no site {site_id} among yours. The page “Sites” lists those you have.")
    else:
        site, _ = mine.get_or_create(url=url[:2000], defaults={"owner_id": owner_id})
    Site.objects.filter(pk=site.pk).update(run_id=run_id() or "", status=Site.Status.READING)
    return SiteRef(site_id=str(site.pk), url=site.url)


@in_database
def keep_page(
    site_id: str, url: str, outcome: str, note: str = "", *, page: Extracted | None = None, status: int | None = None
) -> Kept:
    """Write down what came of a page; an equal page of this run makes it a duplicate of that one."""
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site_id)  # two equal pages must not both be the first
        known = Page.objects.filter(site_id=site_id, url=url[:2000]).first()
        if known is not None and known.outcome == Outcome.OK and outcome in _UNKNOWN:
            Page.objects.filter(pk=known.pk).update(
                note=f"kept from an earlier reading: {note}"[:500], http_status=status
            )
            return Kept(page_id=known.pk, outcome=outcome, note=note)
        if outcome == Outcome.OK and page is not None:
            twin = (
                Page.objects.filter(site_id=site_id, run_id=run_id() or "", digest=page.digest, outcome=Outcome.OK)
                .exclude(url=url[:2000])
                .first()
            )
            if twin is not None:
                outcome, note = Outcome.DUPLICATE, f"same as {twin.path}"
        row = _write_page(site_id, url, outcome, note, page, status, known)
        return Kept(page_id=row.pk, outcome=outcome, note=note)


def _write_page(
    site_id: str, url: str, outcome: str, note: str, page: Extracted | None, status: int | None, known: Page | None
) -> Page:
    said = page if page is not None and outcome == Outcome.OK else None
    unchanged = known is not None and said is not None and known.digest == said.digest and known.summary != ""
    fields: dict[str, Any] = {
        "title": page.title[:300] if page else "",
        "description": page.description[:500] if page else "",
        "text": said.text if said else "",
        "words": page.words if page else 0,
        "injection": page.injection if page else [],
        "outcome": outcome,
        "note": note[:500],
        "http_status": status,
        "digest": page.digest if page else "",
        "run_id": run_id() or "",
        "read_at": timezone.now(),
    }
    if not unchanged:
        fields |= {"summary": "", "summary_by": "", "topics": []}
    row, _ = Page.objects.update_or_create(site_id=site_id, url=url[:2000], defaults=fields)
    pieces = cut(said.text, said.title) if said else []
    before = list(row.passages.values_list("heading", "text").order_by("ordinal"))
    if before != [(piece.heading[:300], piece.text) for piece in pieces]:
        # Equal passages keep their rows, so that citations of them stay true.
        row.passages.all().delete()
        Passage.objects.bulk_create(
            Passage(page=row, ordinal=ordinal, heading=piece.heading[:300], text=piece.text)
            for ordinal, piece in enumerate(pieces)
        )
    return row


@in_database
def page_text(page_id: int) -> PageText:
    """Give a page to be described."""
    page = Page.objects.get(pk=page_id)
    return PageText(
        page_id=page.pk,
        url=page.url,
        title=page.title,
        description=page.description,
        text=page.text,
        words=page.words,
        addresses_model=bool(page.injection),
    )


@in_database
def describe(page_id: int, summary: str, by: str, topics: list[str]) -> None:
    """Write down what a page is about, and who says so."""
    Page.objects.filter(pk=page_id).update(summary=summary, summary_by=by[:100], topics=topics)


@in_database
def digested(site_id: str, most: int = 400) -> list[Digested]:
    """Give what this run has read of the site, in the order of reading, texts cut short."""
    pages = Page.objects.filter(site_id=site_id, run_id=run_id() or "", outcome=Outcome.OK).order_by("pk")[:most]
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


@in_database
def writers(site_id: str) -> list[str]:
    """Give the models that described pages of this run, in order of name."""
    names = (
        Page.objects.filter(site_id=site_id, run_id=run_id() or "", outcome=Outcome.OK)
        .exclude(summary_by__in=("", EXTRACT))
        .values_list("summary_by", flat=True)
        .distinct()
    )
    return sorted(set(names))


@in_database
def finish_site(profile: SiteProfile) -> None:
    """Write the profile; the site is read."""
    Site.objects.filter(pk=profile.site_id).update(
        title=profile.title[:300],
        profile=profile.model_dump(mode="json"),
        status=Site.Status.READY,
        read_at=timezone.now(),
    )


def _key(site_id: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(site_id)
    except ValueError:
        return None
