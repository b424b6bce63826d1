"""Profiles under a person's hand: what they set stays, each state is a version, and one of them may be approved."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ingestion.models import ProfileVersion, Site
from ingestion.understanding.profiles import LABELS, LONGEST, with_edits


def keep_version(site: Site, *, run_id: str = "", by: int | None = None) -> ProfileVersion:
    """Keep the site's profile as its newest version; none is added where nothing differs. The site must be locked.

    `by` is the person who changed it, `run_id` the run that did.
    """
    newest = site.versions.order_by("-number").first()
    if newest is not None and _told(newest.profile) == _told(site.profile):
        return newest
    number = newest.number + 1 if newest is not None else 1
    return site.versions.create(number=number, profile=site.profile, run_id=run_id, made_by_id=by)


def _told(profile: Mapping[str, object]) -> dict[str, object]:
    """Return what a version is about: not how many pages a reading asked for."""
    return {name: value for name, value in profile.items() if not name.startswith("pages_")}


@transaction.atomic
def edit(site: Site, given: Mapping[str, str], *, among: QuerySet[Site], by: int | None) -> ProfileVersion:
    """Set fields of the profile, so that no reading overwrites them. An empty text gives the field back to readings.

    A field given back keeps its text until the next reading. Texts that are as they were change nothing. `among` are
    the sites that this person may change. Raises Site.DoesNotExist where it is none of them.
    """
    site = among.select_for_update().get(pk=site.pk)
    edits = dict(site.edits)
    for name in LABELS:
        text = " ".join(given.get(name, "").split())[: LONGEST[name]]
        if not text:
            edits.pop(name, None)
        elif text != (site.profile.get(name) or ""):
            edits[name] = text
    site.edits, site.profile = edits, with_edits(site.profile, edits)
    site.title = (site.profile.get("title") or "")[:300]
    site.save(update_fields=["edits", "profile", "title"])
    return keep_version(site, by=by)


@transaction.atomic
def approve(site: Site, number: int, *, among: QuerySet[Site]) -> bool:
    """Approve this version, and no other one; return whether it is the newest, which alone can be approved.

    `among` as for `edit`.
    """
    site = among.select_for_update().get(pk=site.pk)
    newest = site.versions.order_by("-number").first()
    if newest is None or newest.number != number:
        return False
    site.versions.exclude(approved_at=None).update(approved_at=None)
    newest.approved_at = timezone.now()
    newest.save(update_fields=["approved_at"])
    return True
