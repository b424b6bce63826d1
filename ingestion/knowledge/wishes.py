"""What a person wants of single pages: to read one, never to read one. And what was left out, by reason.

A reading under way heeds it in its next round, else the next one does; none forgets it. No wish goes before robots.txt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from genisys import UserError
from ingestion.choosing.scope import Scope
from ingestion.history.versions import keep_version
from ingestion.models import LeftOutPage, Page, Site
from ingestion.web.links import canonical, site_host

Wish = LeftOutPage.Wish
SHOWN_OF_A_REASON = 20
ASKED = "asked"
"""Reasons of rows that a wish made, for pages that no reading has left out."""
REASONS = {
    "budget": "Beyond your limit of pages",
    "nothing_new": "The pages before said nothing new",
    "alike": "Filters, sortings and days of one list",
    "language": "In another language",
    "robots": "Forbidden by robots.txt",
    "excluded": "Left out by you",
    "not_included": "Not among the paths that you named",
    "depth": "Deeper than you asked for",
    "no_text": "Files without text",
    "door": "Logins and baskets",
    "endless": "Paths without end",
    ASKED: "Asked for by you",
    LeftOutPage.TRY_AGAIN: "Failed, to be tried again",
}


@dataclass(slots=True)
class LeftOutGroup:
    """Pages left out for one reason: how many in all, and the first of them."""

    reason: str
    words: str
    count: int
    listed: int
    rows: list[LeftOutPage] = field(default_factory=list)


def left_out(site: Site) -> QuerySet[LeftOutPage]:
    """Return what is not read of the site, in the order of finding: not what was asked for and is read by now."""
    read = Page.objects.filter(site=OuterRef("site"), url=OuterRef("url"), outcome=Page.Outcome.OK)
    return site.left_out.filter(~Exists(read)).order_by("pk")


def groups(site: Site, reason: str = "", most: int = SHOWN_OF_A_REASON) -> list[LeftOutGroup]:
    """Return what is left out by reason, the most frequent first; with `reason` that one alone, with `most` rows."""
    rows = left_out(site)
    counted = rows.order_by().values_list("reason").annotate(count=Sum("alike"), listed=Count("pk"))
    found = [
        LeftOutGroup(code, REASONS.get(code, code), count, listed, list(rows.filter(reason=code)[:most]))
        for code, count, listed in counted
        if reason in ("", code)
    ]
    return sorted(found, key=lambda group: (-group.count, group.reason))


def total(site: Site) -> int:
    """Return how many pages of the site were found and are not read."""
    return left_out(site).aggregate(total=Sum("alike"))["total"] or 0


def read_too(site: Site, url: str) -> LeftOutPage:
    """Ask for a page to be read. Raises UserError for an address that is none of the site's."""
    address = _of_site(site, url)
    row, _ = site.left_out.update_or_create(
        url=address,
        defaults={"wish": Wish.TAKE},
        create_defaults={"wish": Wish.TAKE, "reason": ASKED, "note": "you asked for it"},
    )
    return row


@transaction.atomic
def never_read(site: Site, url: str) -> LeftOutPage:
    """Leave a page out for good. Where it was read, what is kept of it goes: its text, passages, facts and vectors."""
    address = _of_site(site, url)
    site = Site.objects.select_for_update().get(pk=site.pk)
    gone = site.pages.filter(url=address).first()
    said = {"wish": Wish.NEVER, "reason": "excluded", "note": "you left it out"}
    row, _ = site.left_out.update_or_create(url=address, defaults=said)
    if gone is not None:
        site.profile = without_page(site.profile, gone.pk)
        gone.delete()
        site.save(update_fields=["profile"])
        if site.profile:
            keep_version(site, by=site.owner_id)
    return row


def take_back(site: Site, url: str) -> None:
    """Leave a page to the readings again: nothing is wished of it. Raises UserError as `read_too`."""
    address = _of_site(site, url)
    site.left_out.filter(url=address, reason=ASKED).delete()
    site.left_out.filter(url=address).update(wish=Wish.NONE)


def without_page(profile: Mapping[str, Any], page_id: int) -> dict[str, Any]:
    """Return a profile without the facts that stand on this page alone. Pure."""
    known = {
        kind: list(filter(None, (_without(fact, page_id) for fact in facts)))
        for kind, facts in profile.get("known", {}).items()
    }
    return {**profile, "known": known} if known else dict(profile)


def _without(fact: Mapping[str, Any], page_id: int) -> dict[str, Any] | None:
    sources = [source for source in fact["sources"] if source["page_id"] != page_id]
    if not sources:
        return None
    beside = {
        name: list(filter(None, (_without(other, page_id) for other in fact.get(name, []))))
        for name in ("older", "disputed")
        if name in fact
    }
    return {**fact, "sources": sources, **beside}


def _of_site(site: Site, url: str) -> str:
    """Return the address as it is kept. One that was found is the site's; another must be of its host."""
    if site.left_out.filter(url=url).exists() or site.pages.filter(url=url).exists():
        return url
    address = canonical(url.strip(), site.url)
    if address is None or len(address) > 2000:
        raise UserError("This is no address of a page. Give one such as /prices, or the whole of it.")
    if not Scope(site.url, (), (), bool(site.options.get("sub_domains")), None).belongs(address):
        raise UserError(
            f"{site_host(address)} is another site than {site_host(site.url)}. Read it as a site of its own."
        )
    return address
