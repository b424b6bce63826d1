"""What is done with a site over the API: read it again, take pages in and out, set its schedule, delete it. And what
was left out, its map, what changed. Only its owner does anything with a site; to others it does not exist: 404.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status as Answer
from pydantic import Field

from genisys import UserError
from ingestion.access import own_sites, visible_sites
from ingestion.api.paging import After, Limit, part_of
from ingestion.history import readings
from ingestion.history.comparing import Changes
from ingestion.knowledge import removing, wishes
from ingestion.knowledge.site_map import map_of
from ingestion.models import Site
from ingestion.schedule import due
from ingestion.schedule.starting import WORKFLOW, read_again, retry_failed
from runs.api.answers import address_of, caller_of
from runs.api.schemas import NO_NUL
from runs.problems import Problem, ProblemDetails

READ = ["GET", "HEAD"]

router = Router(tags=["Sites"])


class LeftOutOut(Schema):
    """A page that was found and is not read. `alike` counts those that it stands for; `wish` is what you asked for."""

    id: int
    url: str
    reason: str
    note: str
    group: str
    alike: int
    wish: str


class LeftOutList(Schema):
    """`counts` has how many pages each reason left out, listed or not."""

    counts: dict[str, int]
    pages: list[LeftOutOut]
    next: int | None


class GroupOut(Schema):
    """Pages whose addresses are made alike, and what became of them."""

    label: str
    found: int
    chosen: int
    read: int
    left_out: int


class ReadingOut(Schema):
    """A reading that has ended; `changes` from the one before it, null where there is nothing to hold it against."""

    run_id: str
    started_at: datetime
    ended_at: datetime
    changes: Changes | None


class ReadOrder(Schema):
    """How to read the site again: as it was asked for last. `failed` reads the pages that failed first."""

    failed: bool = False


class Started(Schema):
    """The run that reads the site; one that was going on already is returned, too."""

    run_id: str
    url: str


class WishOrder(Schema):
    """`take` reads the page now or with the next reading, `never` leaves it out and drops what is kept, `none` is no
    wish.
    """

    url: str = Field(max_length=2000, min_length=1, pattern=NO_NUL, examples=["/prices"])
    wish: Literal["take", "never", "none"]


class ScheduleOrder(Schema):
    """How often the site is read again."""

    schedule: Literal["off", "day", "week", "month"]


class Scheduled(Schema):
    """When the site is read next, null where it is not."""

    schedule: str
    next_reading_at: datetime | None


class DeleteOrder(Schema):
    """`confirm` is the site's host, to say that it is meant."""

    confirm: str = Field(max_length=300, pattern=NO_NUL, examples=["example.com"])


class Deleted(Schema):
    """How much was deleted, or would be. `posts` stay."""

    pages: int
    passages: int
    facts: int
    left_out: int
    versions: int
    readings: int
    runs: int
    posts: int


@router.api_operation(READ, "/{uuid:site_id}/left-out", response=LeftOutList)
async def list_left_out(
    request: HttpRequest,
    site_id: uuid.UUID,
    reason: Annotated[str, Query(max_length=16, pattern=NO_NUL)] = "",
    after: After = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """What was found of the site and is not read, each with its reason."""
    site = await _visible(request, site_id)
    counts = {group.reason: group.count for group in await sync_to_async(wishes.groups)(site, most=0)}
    rows = wishes.left_out(site)
    if reason:
        rows = rows.filter(reason=reason)
    found, following = await part_of(rows, after, limit)
    return {"counts": counts, "pages": found, "next": following}


@router.api_operation(READ, "/{uuid:site_id}/map", response=list[GroupOut])
async def get_map(request: HttpRequest, site_id: uuid.UUID) -> list[Any]:
    """The site in groups of pages whose addresses are made alike, the largest first."""
    return await sync_to_async(map_of)(await _visible(request, site_id))


@router.api_operation(READ, "/{uuid:site_id}/changes", response=list[ReadingOut])
async def list_changes(request: HttpRequest, site_id: uuid.UUID) -> list[dict[str, Any]]:
    """The last readings, newest first, each with what it changed: pages and facts that are new, changed or gone."""
    shown = await sync_to_async(readings.changes_of)(await _visible(request, site_id))
    times = ("run_id", "started_at", "ended_at")
    return [{**{name: getattr(each["reading"], name) for name in times}, "changes": each["changes"]} for each in shown]


@router.post("/{uuid:site_id}/read", response={202: Started})
async def read_site_again(request: HttpRequest, site_id: uuid.UUID, order: ReadOrder) -> Answer[Started]:
    """Read the site again."""
    site = await _own(request, site_id, "start")
    start = retry_failed if order.failed else read_again
    run = await sync_to_async(start)(caller_of(request, "start", WORKFLOW).user, site)
    return Answer(202, Started(run_id=run.pk, url=address_of(run)))


@router.post("/{uuid:site_id}/wishes", response=LeftOutOut | None)
async def wish_for_page(request: HttpRequest, site_id: uuid.UUID, order: WishOrder) -> Any:
    """Take a page in, or leave it out for good; the answer is its row, null where nothing is wished of it any more."""
    site = await _own(request, site_id, "control")
    do = {"take": wishes.read_too, "never": wishes.never_read, "none": wishes.take_back}[order.wish]
    return await sync_to_async(do)(site, order.url)


@router.post("/{uuid:site_id}/schedule", response=Scheduled)
async def schedule_site(request: HttpRequest, site_id: uuid.UUID, order: ScheduleOrder) -> Site:
    """Say how often the site is read again, counted from its last reading."""
    site = await _own(request, site_id, "control")
    await sync_to_async(due.set_schedule)(site, order.schedule)
    return site


@router.api_operation(READ, "/{uuid:site_id}/delete", response=Deleted)
async def preview_deletion(request: HttpRequest, site_id: uuid.UUID) -> dict[str, int]:
    """How much deleting the site would delete."""
    return asdict(await sync_to_async(removing.what_goes)(await _own(request, site_id, "read")))


@router.post("/{uuid:site_id}/delete", response={200: Deleted, 409: ProblemDetails})
async def delete_site(request: HttpRequest, site_id: uuid.UUID, order: DeleteOrder) -> dict[str, int]:
    """Delete the site for good: its pages, facts, versions, and what the runs that read it keep of it."""
    site = await _own(request, site_id, "control")
    if order.confirm.strip().lower() != site.host.lower():
        raise Problem(422, f"Nothing was deleted. Give {site.host} as `confirm` to say that you mean it.")
    try:
        return asdict(await sync_to_async(removing.delete_site)(site))
    except UserError as error:
        raise Problem(409, error.message) from None


async def _visible(request: HttpRequest, site_id: uuid.UUID) -> Site:
    return _found(await visible_sites(caller_of(request, "read", WORKFLOW).user).filter(pk=site_id).afirst())


async def _own(request: HttpRequest, site_id: uuid.UUID, scope: str) -> Site:
    sites = own_sites(caller_of(request, scope, WORKFLOW).user.pk)
    return _found(await sites.select_related("owner").filter(pk=site_id).afirst())


def _found(site: Site | None) -> Site:
    if site is None:
        raise Http404("There is no such site, or it is not yours.")
    return site
