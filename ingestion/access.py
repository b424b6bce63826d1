"""Who may see a site: its owner, and staff. For anyone else it does not exist.

Only its owner may have it read and write from it: staff look at what others have, and do nothing with it.
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from ingestion.models import Site


def visible_sites(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Site]:
    """Return the sites this person may open."""
    if not user.is_authenticated or not user.is_active:
        return Site.objects.none()
    if getattr(user, "is_staff", False):
        return Site.objects.all()
    return Site.objects.filter(owner_id=user.pk)


def own_sites(owner_id: int | None) -> QuerySet[Site]:
    """Return this person's sites: what lists show, runs read into and posts are written from. None: those of nobody."""
    return Site.objects.filter(owner_id=owner_id)
