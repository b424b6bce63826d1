"""Pages as they are read: what came of each, its text and passages, and what its server said to ask it with again."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from pydantic import BaseModel

from ingestion.content.extracted import Extracted, Link
from ingestion.content.likeness import SHORTEST_WORDS, says_the_same, words_between
from ingestion.content.passages import Piece, cut
from ingestion.describing.grounding import EXTRACT
from ingestion.models import Page, Passage, Site
from ingestion.requests import PageFound
from runs.rules.owned import Mine, for_run_owner

Outcome = Page.Outcome

_UNKNOWN = frozenset(
    {
        *(Outcome.FAILED, Outcome.BLOCKED, Outcome.ROBOTS, Outcome.TOO_LARGE),
        *(Outcome.BOT_WALL, Outcome.CONSENT_WALL, Outcome.ERROR_PAGE),
    }
)
"""Outcomes that say nothing about the page itself: what an earlier reading kept of it stays."""
_MISSING = frozenset({Outcome.GONE, Outcome.SOFT_404, Outcome.LOGIN_WALL, Outcome.PAYWALL, Outcome.PARKED})
"""Outcomes by which the page is no longer there for all: what was kept of it stays until two readings say so."""

MOST_ALIKE = 5
"""Some sites give all their pages one title: no page is held against all others."""


class Kept(BaseModel):
    """The row a page went to, and what came of it."""

    page_id: int
    outcome: str
    note: str


class Validators(BaseModel):
    """What a server gave with a page, to be asked with whether it has changed (RFC 9110, section 13)."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers that ask so; none where nothing was given."""
        both = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in both.items() if value}


@for_run_owner
def keep_page(
    mine: Mine,
    site_id: str,
    url: str,
    outcome: str,
    note: str = "",
    *,
    page: Extracted | None = None,
    status: int | None = None,
    validators: Validators | None = None,
    canonical: str = "",
) -> Kept:
    """Write down what came of a page. It is a duplicate where this run has kept an equal one, or one of
    the same title that says the same or stands under the address that the page names as its canonical one.
    """
    with transaction.atomic():
        site = mine.one(Site, site_id, lock=True)  # two equal pages must not both be the first
        known = site.pages.filter(url=url[:2000]).defer("text", "links").first()
        if known is not None and known.outcome == Outcome.OK and outcome in _UNKNOWN:
            return _left_as_it_was(known, outcome, note, status, "kept from an earlier reading")
        if known is not None and _missed_for_the_first_time(known, outcome, mine.run_id):
            known.missed_by = mine.run_id
            return _left_as_it_was(
                known, outcome, note, status, "missing, and kept until the next reading misses it too"
            )
        if outcome == Outcome.OK and page is not None:
            twin = (
                site.pages.filter(run_id=mine.run_id, digest=page.digest, outcome=Outcome.OK)
                .exclude(url=url[:2000])
                .only("url")
                .first()
            )
            if twin is not None:
                outcome, note = Outcome.DUPLICATE, f"same as {twin.path}"
            elif (near := _near_twin(site, mine.run_id, url, page)) is not None:
                outcome, note = Outcome.DUPLICATE, f"says the same as {near.path}, but for a few words"
            elif (said := _canonical_twin(site, mine.run_id, url, canonical, page)) is not None:
                outcome, note = Outcome.DUPLICATE, f"the page names {said.path} as its canonical address"
        again = _asked_again(page, validators if outcome == Outcome.OK else None)
        row = _write_page(site, mine.run_id, url, outcome, note, page, status, known, again)
        return Kept(page_id=row.pk, outcome=outcome, note=note)


def _left_as_it_was(known: Page, outcome: str, note: str, status: int | None, why: str) -> Kept:
    known.note, known.http_status = f"{why}: {note}"[:500], status
    known.save(update_fields=["note", "http_status", "missed_by"])
    return Kept(page_id=known.pk, outcome=outcome, note=note)


def _missed_for_the_first_time(known: Page, outcome: str, run_id: str) -> bool:
    """Return whether a page that was read is not there, and no reading before this one has found it missing."""
    return known.outcome == Outcome.OK and outcome in _MISSING and known.missed_by in ("", run_id)


def _near_twin(site: Site, run_id: str, url: str, page: Extracted) -> Page | None:
    """Return a page of the same title that says the same, if this run has read it: a mirror, or a version to print."""
    if not page.title or page.words < SHORTEST_WORDS:
        return None
    alike = site.pages.filter(
        title=page.title[:300], run_id=run_id, outcome=Outcome.OK, words__range=words_between(page.words)
    )
    found = alike.exclude(url=url[:2000]).only("url", "text").order_by("pk")[:MOST_ALIKE]
    return next((twin for twin in found if says_the_same(twin.text, page.text)), None)


def _canonical_twin(site: Site, run_id: str, url: str, canonical: str, page: Extracted) -> Page | None:
    """Return the page under a page's canonical address, if this run has read it. One of another title is no twin: many
    templates name one address for all their pages.
    """
    if not canonical or canonical == url:
        return None
    same = site.pages.filter(run_id=run_id, outcome=Outcome.OK, url=canonical[:2000], title=page.title[:300])
    return same.first()


def _write_page(
    site: Site,
    run_id: str,
    url: str,
    outcome: str,
    note: str,
    page: Extracted | None,
    status: int | None,
    known: Page | None,
    again: dict[str, Any],
) -> Page:
    """Return the page's row, written anew. A description of it stays where the text is that of `known`.

    What there was of no such page is not looked for, let alone deleted: most pages are new.
    """
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
        "published": date.fromisoformat(page.published) if page and page.published else None,
        "changed": date.fromisoformat(page.changed) if page and page.changed else None,
        "run_id": run_id,
        "missed_by": "",
        "read_at": timezone.now(),
    } | again
    if not unchanged:
        fields |= {
            "summary": "",
            "summary_by": "",
            "topics": [],
            "kind": "",
            "audience": "",
            "entities": [],
            "questions": [],
        }
    if known is None:
        row = site.pages.create(url=url[:2000], **fields)
        _write_passages(row, _pieces(said))
        return row
    for name, value in fields.items():
        setattr(known, name, value)
    known.save(update_fields=list(fields))
    if not unchanged:
        known.facts.all().delete()
    _rewrite_passages(known, _pieces(said))
    return known


def _pieces(said: Extracted | None) -> list[Piece]:
    return said.pieces or cut(said.text, said.title) if said else []


def _rewrite_passages(row: Page, pieces: list[Piece]) -> None:
    """Put these passages in place of the page's. Where they are as before they keep their rows, so that citations stay
    true."""
    before = list(row.passages.values_list("heading", "text").order_by("ordinal"))
    if before != [(piece.heading[:300], piece.text) for piece in pieces]:
        row.passages.all().delete()
        _write_passages(row, pieces)


def _write_passages(row: Page, pieces: list[Piece]) -> None:
    row.passages.bulk_create(
        Passage(page=row, ordinal=ordinal, heading=piece.heading[:300], text=piece.text, terms=piece.terms)
        for ordinal, piece in enumerate(pieces)
    )


def _asked_again(page: Extracted | None, validators: Validators | None) -> dict[str, Any]:
    """Return what is kept with a page to ask whether it has changed, and what it leads to if it has not."""
    return {
        "etag": validators.etag[:300] if validators else "",
        "last_modified": validators.last_modified[:60] if validators else "",
        "links": [link.model_dump() for link in page.links] if page and validators else [],
        "language": page.language[:20] if page else "",
    }


@for_run_owner
def validators_of(mine: Mine, site_id: str, url: str) -> Validators:
    """Return what the server gave with a page that was read well; nothing of one that was not."""
    rows = mine.one(Site, site_id).pages.filter(url=url[:2000], outcome=Outcome.OK)
    found = rows.values_list("etag", "last_modified").first()
    return Validators(etag=found[0], last_modified=found[1]) if found is not None else Validators()


@for_run_owner
def keep_unchanged(mine: Mine, site_id: str, url: str) -> PageFound:
    """Take a page that has not changed into this run, as it was read before."""
    row = mine.one(Site, site_id).pages.get(url=url[:2000], outcome=Outcome.OK)
    row.run_id, row.read_at, row.http_status, row.missed_by, row.note = mine.run_id, timezone.now(), 304, "", ""
    row.save(update_fields=["run_id", "read_at", "http_status", "missed_by", "note"])
    read = Extracted(
        title=row.title,
        description=row.description,
        words=row.words,
        links=[Link(**link) for link in row.links],
        injection=row.injection,
        language=row.language,
    )
    understood = row.summary != "" and row.summary_by not in ("", EXTRACT)
    came_of_it = {"page_id": row.pk, "url": row.url, "outcome": row.outcome, "note": row.note}
    return PageFound.of(read, **came_of_it, unchanged=True, understood=understood)
