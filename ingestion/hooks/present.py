"""How a reading is shown on its run's page: rows, counts and the profile, from the run's fold.

The site's row is asked for its link, and for the profile where the run's history was removed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ingestion.access import own_sites
from ingestion.content import injection
from ingestion.hooks.remaining import words_for_time_left
from ingestion.knowledge.known import facts, known_of
from ingestion.knowledge.site_map import map_of_run
from ingestion.knowledge.wishes import REASONS
from runs.models import Run

STAGES = (
    ("read_robots", "Ask what may be read"),
    ("open_site", "Find the site's place"),
    ("read_home", "Read the home page"),
    ("read_sitemaps", "Read the sitemap"),
    ("choose_pages", "Choose what to read"),
    ("read_page", "Read the pages"),
    ("mark_failed", ""),
    ("read_wishes", ""),
    ("note_left_out", ""),
    ("describe_page", "Understand the pages"),
    ("write_profile", "Put together what is known"),
)
BAR_UNITS = 1000
_STAGE_MARKS = {
    "read": ("✓", "read", "good"),
    "reading": ("▸", "being read", "go"),
    "skipped": ("–", "skipped", "warn"),
    "failed": ("!", "failed", "bad"),
    "chosen": ("·", "to come", "rest"),
}
_LEFT_MARKS = {"reading": ("–", "broken off", "warn"), "chosen": ("·", "not reached", "rest")}
"""What an ended run left unfinished."""


@dataclass(frozen=True, slots=True)
class Row:
    """One page in the table; `title` and `warning` are "" where it has none. `rev` changes when anything shown does."""

    url: str
    path: str
    title: str
    stage: str
    mark: str
    word: str
    tone: str
    note: str
    warning: str
    words: int
    rev: str


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the bar: how many pages, under which word, and where it begins and how wide it is, in thousandths."""

    stage: str
    count: int
    word: str
    tone: str
    start: int
    width: int


def context(run: Run, state: dict[str, Any]) -> dict[str, Any]:
    """Return what the run's page shows of the reading."""
    finished = state["run_status"] in ("completed", "failed", "cancelled")
    rows = rows_of(state, finished=finished)
    shares = shares_of(rows, finished=finished)
    site = own_sites(run.owner_id).filter(run_id=run.pk).only("pk", "title", "url", "profile").first()
    profile = state["items"].get("profile", {}).get("profile") or {}
    if finished and not profile and site is not None:
        profile = site.profile  # the run's history was removed
    return {
        "rows": rows,
        "shares": shares,
        "found": found_words(state),
        "time_left": "" if finished else words_for_time_left(state),
        "map": map_of_run(state, site.url if site is not None else ""),
        "left_out": left_out_of(state),
        "known": known_of(profile),
        "bar_text": ", ".join(f"{share.count} {share.word}" for share in shares if share.count),
        "profile": profile,
        "facts": facts(profile),
        "profile_rev": _rev(profile),
        "site": site,
    }


def found_words(state: dict[str, Any]) -> str:
    """Return what was found so far, counted from the rows: “7 facts, 2 people”; "" while there is nothing."""
    rows = state["items"].get("page", {}).values()
    counts = (
        (sum(row.get("facts", 0) for row in rows), "fact", "facts"),
        (sum(row.get("people", 0) for row in rows), "person", "people"),
    )
    return ", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count)


def left_out_of(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Return why pages were left out, and how many for each reason, the most frequent first."""
    told = state["items"].get("left_out", {}).values()
    rows = [{"words": REASONS.get(row["reason"], row["reason"]), "count": row["count"]} for row in told if row["count"]]
    return sorted(rows, key=lambda row: -row["count"])


def rows_of(state: dict[str, Any], *, finished: bool = False) -> list[Row]:
    """Return a row for each page, in the order in which they were chosen."""
    marks = _STAGE_MARKS | _LEFT_MARKS if finished else _STAGE_MARKS
    pages = state["items"].get("page", {})
    rows = []
    for url in state["item_order"].get("page", []):
        data = pages[url]
        mark, word, tone = marks.get(data["stage"], marks["chosen"])
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        rows.append(
            Row(
                url=url,
                path=path or "/",
                title=data.get("title", ""),
                stage=data["stage"],
                mark=mark,
                word=word,
                tone=tone,
                note=data.get("note", ""),
                warning=injection.WORDS if data.get("addresses_model") else "",
                words=data.get("words", 0),
                rev=_rev([data, word]),
            )
        )
    return rows


def shares_of(rows: list[Row], *, finished: bool) -> list[Share]:
    """Return the parts of the bar, counted from the rows."""
    marks = _STAGE_MARKS | _LEFT_MARKS if finished else _STAGE_MARKS
    total = max(1, len(rows))
    start, shares = 0, []
    for stage, (_, word, tone) in marks.items():
        count = sum(row.stage == stage for row in rows)
        width = round(BAR_UNITS * count / total)
        shares.append(Share(stage, count, word, tone, start, width))
        start += width
    return shares


def _rev(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
