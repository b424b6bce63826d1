"""Where the workflow keeps which pages it does not read, and what the person wishes about them.

Like all of this room: safe to do twice, and only rows of the run's owner are reached.
"""

from __future__ import annotations

from django.db import transaction

from ingestion.models import LeftOutPage, Page, Site
from ingestion.requests import LeftOutRow, Wishes
from runs.rules.owned import Mine, for_run_owner

KNOWN_MOST = 2000


@for_run_owner
def keep_left_out(mine: Mine, site_id: str, rows: list[LeftOutRow], first: bool, gone: list[str]) -> None:
    """Write down what is not read, and why; with `first`, in place of what an earlier reading wrote.

    `gone` are addresses that are not left out any more. Wishes stay.
    """
    site = mine.one(Site, site_id)
    with transaction.atomic():
        if first:
            site.left_out.filter(wish=LeftOutPage.Wish.NONE).delete()
        if gone:
            site.left_out.filter(wish=LeftOutPage.Wish.NONE, url__in=[url[:2000] for url in gone]).delete()
        site.left_out.bulk_create(
            [
                LeftOutPage(
                    site=site,
                    url=row.url[:2000],
                    reason=row.reason[:16],
                    note=row.note[:500],
                    group=row.group[:300],
                    alike=row.alike,
                    run_id=mine.run_id,
                )
                for row in {row.url[:2000]: row for row in rows}.values()
            ],
            update_conflicts=True,
            unique_fields=["site", "url"],
            update_fields=["reason", "note", "group", "alike", "run_id"],
        )


@for_run_owner
def wishes_for(mine: Mine, site_id: str) -> Wishes:
    """Return what the person asked to take in, and never to read, of this site, and which pages were read before."""
    site = mine.one(Site, site_id)
    kept = site.left_out.exclude(wish=LeftOutPage.Wish.NONE).order_by("pk")[:2000]
    rows = list(kept.values_list("url", "wish"))
    return Wishes(
        take=[url for url, wish in rows if wish == LeftOutPage.Wish.TAKE],
        never=[url for url, wish in rows if wish == LeftOutPage.Wish.NEVER],
        known=_known(site, mine.run_id),
    )


def _known(site: Site, run_id: str) -> list[str]:
    """Return the pages that earlier readings kept, so that this one asks for them even where nothing leads there."""
    earlier = site.pages.filter(outcome=Page.Outcome.OK).exclude(run_id=run_id)
    return list(earlier.order_by("-missed_by", "pk").values_list("url", flat=True)[:KNOWN_MOST])
