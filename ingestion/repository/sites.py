"""The row of a site, when a reading of it begins and ends."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from ingestion.history import readings
from ingestion.history.versions import keep_version
from ingestion.models import Site
from ingestion.requests import SiteProfile, SiteRef
from ingestion.understanding.profiles import with_edits
from runs.rules.owned import Mine, for_run_owner


@for_run_owner
def open_site(mine: Mine, site_id: str | None, url: str, options: dict[str, Any], schedule: str | None) -> SiteRef:
    """Find or make the site's row, and hand it to this run. `schedule` None leaves the site's schedule as it is."""
    if site_id is not None:
        site = mine.one(Site, site_id)
    else:
        site, _ = mine(Site).get_or_create(url=url[:2000], defaults={"owner_id": mine.owner_id})
    readings.begin(site, mine.run_id, options, schedule)
    return SiteRef(site_id=str(site.pk), url=site.url)


@for_run_owner
def finish_site(mine: Mine, profile: SiteProfile) -> None:
    """Write the profile; the site is read."""
    with transaction.atomic():
        mine.one(Site, profile.site_id)
        site = mine(Site).select_for_update().get(pk=profile.site_id)
        site.profile = with_edits(profile.model_dump(mode="json"), site.edits)
        site.title = site.profile["title"][:300]
        site.status, site.read_at = Site.Status.READY, timezone.now()
        site.save(update_fields=["title", "profile", "status", "read_at"])
        keep_version(site, run_id=mine.run_id)
        readings.end(site, mine.run_id)
