"""`manage.py site WHAT SITE`: what a site's page shows and does, in the terminal."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from genisys import UserError
from genisys.host import STORE_ERRORS
from ingestion.access import own_sites
from ingestion.history import readings
from ingestion.knowledge import export, removing, wishes
from ingestion.knowledge.site_map import map_of
from ingestion.models import Fact, Page, Site
from ingestion.schedule import due
from ingestion.schedule.starting import read_again, retry_failed
from ingestion.search.searching import search
from ingestion.web.addresses import addresses_to_try
from runs.terminal.person import add_user_argument, person
from runs.terminal.screen import clean
from runs.terminal.work import done

Rows = Iterable[Mapping[str, Any]]


class Command(BaseCommand):
    help = (
        "Shows a site that was read, or does something with it. WHAT is one of: status, pages, left-out, map, facts, "
        "profile, changes, search WORDS, export, read, retry-failed, take URL, never URL, undo URL, "
        "schedule off|day|week|month, delete."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=[*_SHOWN, *_DONE, "search", "export", "delete"], metavar="WHAT")
        parser.add_argument("site", help="its address, such as example.com, or its id")
        parser.add_argument("with_what", nargs="?", default="", metavar="WITH", help="words, a page, or a schedule")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--yes", action="store_true", help="delete without showing first what goes")
        add_user_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        site = _site_of(person(options["user"]), options["site"])
        what, given = options["what"], options["with_what"]
        try:
            if what in _SHOWN:
                self._show(_SHOWN[what](site), as_json=options["json"])
            elif what == "search":
                self._show((asdict(hit) for hit in search(site.pk, given, 20)), as_json=options["json"])
            elif what == "export":
                done(self._export(site, as_json=options["json"]))
            elif what == "delete":
                self._delete(site, sure=options["yes"])
            else:
                self.stdout.write(clean(_DONE[what](site, given)))
        except UserError as error:
            raise CommandError(clean(error.message)) from error
        except STORE_ERRORS as error:
            raise CommandError("Redis does not answer. Is `manage.py up` running?") from error

    def _show(self, rows: Rows, *, as_json: bool) -> None:
        for row in rows:
            words = (str(value) for value in row.values() if value not in ("", None))
            text = json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder) if as_json else "  ".join(words)
            self.stdout.write(clean(text))

    async def _export(self, site: Site, *, as_json: bool) -> None:
        async for piece in export.as_json(site) if as_json else export.as_markdown(site):
            self.stdout.write(clean(piece), ending="")

    def _delete(self, site: Site, *, sure: bool) -> None:
        goes = ", ".join(
            f"{count} {name.replace('_', ' ')}" for name, count in asdict(removing.what_goes(site)).items()
        )
        if not sure:
            raise CommandError(f"This deletes of {site.host}: {goes} (the posts stay). Nothing was deleted: add --yes.")
        removing.delete_site(site)
        self.stdout.write(f"Deleted {site.host}: {goes} (the posts stay).")


def _site_of(user: Any, named: str) -> Site:
    mine = own_sites(user.pk).select_related("owner")
    try:
        addresses = addresses_to_try(named, settings.INGEST_ALLOWED_PRIVATE_HOSTS)
    except UserError:
        addresses = []
    site = mine.filter(url__in=addresses).first() or next((each for each in mine if str(each.pk) == named), None)
    if site is None:
        raise CommandError(f"{clean(named)} has not been read. Read it: manage.py ingest {clean(named)}")
    return site


def _status(site: Site) -> Rows:
    outcomes = list(site.pages.values_list("outcome", flat=True).order_by())
    yield {"site": site.url, "status": site.get_status_display(), "schedule": site.schedule, "run": site.run_id}
    for value, words in Page.Outcome.choices:
        if count := outcomes.count(value):
            yield {"count": count, "words": words}
    for group in wishes.groups(site, most=0):
        yield {"count": group.count, "words": f"left out: {group.words}"}


def _pages(site: Site) -> Rows:
    return site.pages.order_by("pk").values("outcome", "url", "title", "note")


def _left_out(site: Site) -> Rows:
    return wishes.left_out(site).values("reason", "url", "note", "wish")


def _facts(site: Site) -> Rows:
    facts = Fact.objects.filter(page__site=site, page__outcome=Page.Outcome.OK)
    return facts.order_by("page", "ordinal").values("kind", "statement", "page__url")


def _changes(site: Site) -> Rows:
    for each in readings.changes_of(site):
        parts = each["changes"].parts if each["changes"] else []
        yield {"ended_at": each["reading"].ended_at, **{part.words: part.count for part in parts}}


def _take(site: Site, url: str) -> str:
    return f"To be read: {wishes.read_too(site, url).url}"


def _never(site: Site, url: str) -> str:
    return f"Left out: {wishes.never_read(site, url).url}"


def _undo(site: Site, url: str) -> str:
    wishes.take_back(site, url)
    return "Taken back."


def _schedule(site: Site, schedule: str) -> str:
    if schedule not in Site.Schedule.values:
        raise UserError(f"Give one of {', '.join(Site.Schedule.values)}.")
    due.set_schedule(site, schedule)
    return f"{Site.Schedule(schedule).label}." + (
        f" Next: {site.next_reading_at:%Y-%m-%d %H:%M %Z}" * (schedule != "off")
    )


_SHOWN: dict[str, Callable[[Site], Rows]] = {
    "status": _status,
    "pages": _pages,
    "left-out": _left_out,
    "map": lambda site: (asdict(row) for row in map_of(site)),
    "facts": _facts,
    "profile": lambda site: [site.profile],
    "changes": _changes,
}
_DONE: dict[str, Callable[[Site, str], str]] = {
    "read": lambda site, _: f"Started {read_again(site.owner, site).pk}" if site.owner else "",
    "retry-failed": lambda site, _: f"Started {retry_failed(site.owner, site).pk}" if site.owner else "",
    "take": _take,
    "never": _never,
    "undo": _undo,
    "schedule": _schedule,
}
