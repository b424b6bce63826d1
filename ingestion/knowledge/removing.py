"""Deleting a site, truly: its rows, and what the runs that read it keep of it. A preview says first what goes.

Posts that were written from it stay, with the quotes that they hold: they are works of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from genisys import UserError
from ingestion.models import Fact, LeftOutPage, Page, Passage, ProfileVersion, Reading, Site
from ingestion.schedule.starting import WORKFLOW
from runs.control_plane.retention import forget_content
from runs.engines import sync
from runs.models import OPEN_STATUSES, Run

_forget_content = sync(forget_content)


@dataclass(frozen=True, slots=True)
class WhatGoes:
    """How much of a site would be deleted. `posts` stay."""

    pages: int
    passages: int
    facts: int
    left_out: int
    versions: int
    readings: int
    runs: int
    posts: int


def what_goes(site: Site) -> WhatGoes:
    """Return what deleting the site would delete."""
    return WhatGoes(
        pages=Page.objects.filter(site=site).count(),
        passages=Passage.objects.filter(page__site=site).count(),
        facts=Fact.objects.filter(page__site=site).count(),
        left_out=LeftOutPage.objects.filter(site=site).count(),
        versions=ProfileVersion.objects.filter(site=site).count(),
        readings=Reading.objects.filter(site=site).count(),
        runs=runs_of(site).count(),
        posts=site.posts.count(),
    )


def runs_of(site: Site) -> QuerySet[Run]:
    """Return the runs that read the site, all of its owner's: those that wrote rows of it, or were told to."""
    ids = {site.run_id}
    for rows in (site.pages, site.left_out, site.versions, site.readings):
        ids.update(rows.order_by().values_list("run_id", flat=True).distinct())
    asked = Q(input__site_id=str(site.pk)) | Q(pk__in=ids - {""})
    return Run.objects.filter(asked, owner_id=site.owner_id, workflow=WORKFLOW)


def delete_site(site: Site) -> WhatGoes:
    """Delete the site, and what its runs hold; return what went. Raises UserError while it is being read, and
    STORE_ERRORS where Redis is away: then nothing was deleted, and trying again is safe.
    """
    runs = list(runs_of(site).values_list("pk", "status"))
    if any(status in OPEN_STATUSES for _, status in runs):
        raise UserError(f"{site.host} is being read just now. Stop its reading first; nothing was deleted.")
    gone = what_goes(site)
    _forget_content([pk for pk, _ in runs])
    site.delete()
    return gone
