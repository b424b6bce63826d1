"""The readings of a site: when each began and ended, and what it changed. Their schedule is `ingestion.schedule`'s.

Called inside a reading's own transactions; all of it may be done twice with the same outcome.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from ingestion.history.comparing import Changes, Held, HeldPage, compare
from ingestion.models import LeftOutPage, Page, Reading, Site
from ingestion.schedule.times import next_time

FACTS_MOST = 20_000
"""More facts than this are not held against the next reading: the row would be of many megabytes."""


def begin(site: Site, run_id: str, options: dict[str, Any], schedule: str | None) -> None:
    """Note that this run reads the site, with what it was asked. `schedule` None leaves the schedule as it is.

    What the site said is kept of the last reading that ended, and dropped of those before it.
    """
    site.readings.get_or_create(run_id=run_id)
    last = site.readings.exclude(ended_at=None).order_by("-ended_at", "-pk").values_list("pk", flat=True).first()
    older = site.readings.exclude(run_id=run_id)
    older.exclude(pk__in=[] if last is None else [last]).exclude(held=None).update(held=None)
    site.run_id, site.status, site.options = run_id, Site.Status.READING, options
    if schedule is not None:
        site.schedule, site.next_reading_at = schedule, next_time(schedule, timezone.now())
    site.save(update_fields=["run_id", "status", "options", "schedule", "next_reading_at"])


def end(site: Site, run_id: str) -> Reading:
    """Note that the reading has ended, and how what the site says differs from the last one that did. It is locked."""
    reading, _ = site.readings.get_or_create(run_id=run_id)
    before = site.readings.exclude(pk=reading.pk).exclude(held=None).order_by("-ended_at").first()
    held = held_now(site)
    if before is not None and before.held is not None:
        reading.changes = compare(Held.model_validate(before.held), held).model_dump()
    reading.held, reading.ended_at = held.model_dump(), timezone.now()
    reading.save(update_fields=["changes", "held", "ended_at"])
    site.left_out.filter(reason=LeftOutPage.TRY_AGAIN).delete()  # they were tried: what came of it is on their rows
    site.next_reading_at = next_time(site.schedule, reading.ended_at)
    site.save(update_fields=["next_reading_at"])
    return reading


def held_now(site: Site) -> Held:
    """Return what the site says as it stands in the database."""
    pages = used_pages(site).order_by("pk").values_list("url", "title", "digest")
    held = Held(pages={url: HeldPage(title=title, digest=digest) for url, title, digest in pages})
    facts = used_pages(site).exclude(facts=None).order_by("pk", "facts__ordinal")
    for url, statement in facts.values_list("url", "facts__statement")[:FACTS_MOST]:
        held.facts.setdefault(url, []).append(statement)
    return held


def used_pages(site: Site) -> QuerySet[Page]:
    """Return the pages that the knowledge base stands on."""
    return site.pages.filter(outcome=Page.Outcome.OK)


def changes_of(site: Site, most: int = 20) -> list[dict[str, Any]]:
    """Return the last readings that ended, newest first, each with what it changed; None for the first."""
    ended = site.readings.exclude(ended_at=None).order_by("-ended_at", "-pk").defer("held")[:most]
    return [
        {"reading": reading, "changes": None if reading.changes is None else Changes.model_validate(reading.changes)}
        for reading in ended
    ]
