"""When a page says that it was published and last changed: its JSON-LD and meta tags, then its time elements. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date",
    "dc.date.issued",
    "dc.date",
    "dcterms.created",
    "dcterms.issued",
    "citation_publication_date",
    "publishdate",
    "publish-date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
)
_CHANGED = (
    "article:modified_time",
    "og:updated_time",
    "og:article:modified_time",
    "datemodified",
    "last-modified",
    "lastmod",
    "dcterms.modified",
    "dc.date.modified",
    "revised",
)


def dates_of(tree: Any, metas: dict[str, str], data: list[dict[str, Any]]) -> tuple[str, str]:
    """Return the days of publication and of change as YYYY-MM-DD, “” where the page does not say.

    `metas` are the meta tags by lower-case name, `data` the objects of its JSON-LD.
    """
    published = _first(each.get("datePublished") for each in data) or _first(metas.get(name) for name in _PUBLISHED)
    changed = _first(each.get("dateModified") for each in data) or _first(metas.get(name) for name in _CHANGED)
    if not published or not changed:
        for element in tree.iter("time"):
            day = as_day(element.get("datetime") or "")
            names = f"{element.get('itemprop')} {element.get('class')}".lower()
            if day and re.search(r"modif|updat", names):
                changed = changed or day
            elif day and (element.get("pubdate") is not None or re.search(r"publish|entry-date|posted", names)):
                published = published or day
    return published, changed


def _first(values: Any) -> str:
    return next((day for value in values if isinstance(value, str) and (day := as_day(value))), "")


def as_day(text: str) -> str:
    """Return the day that a text in ISO 8601 names, “” where it names none."""
    found = _DATE.search(text.strip()[:40])
    if found is None:
        return ""
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""
