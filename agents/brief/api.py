"""Suggested topics over the API: what a site's facts support and no post covers yet."""

from __future__ import annotations

import uuid

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest
from ninja import Router, Schema

from agents.brief.angles import Angle
from agents.brief.knowledge import suggested
from ingestion.access import visible_sites
from ingestion.api.sites import READ, WORKFLOW
from runs.api.answers import caller_of

router = Router(tags=["Sites"])


class Angles(Schema):
    """Topics for `write-post`, the best supported first."""

    angles: list[Angle]


@router.api_operation(READ, "/{uuid:site_id}/angles", response=Angles)
async def list_angles(request: HttpRequest, site_id: uuid.UUID) -> Angles:
    """What could be written about from this site: topics that its facts support and that no post covers yet."""
    caller = caller_of(request, "read", WORKFLOW)
    sites = visible_sites(caller.user).filter(pk=site_id)
    if not await sites.aexists():
        raise Http404("There is no such site, or it is not yours.")
    return Angles(angles=await sync_to_async(suggested)(caller.user.pk, sites))
