"""The sites, pages and questions of `benchmarks.retrieval`, as they stand in `data` (see its README)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "data"
LANGUAGES = {"git": "en", "sqlite": "en"}
HELD_BACK = frozenset({"sqlite", "debian-reference-fr", "debian-reference-zh-cn"})
"""The sites on whose questions nothing is tuned: weights are learnt on the others."""


@dataclass(frozen=True, slots=True)
class PageOfSite:
    """A page: its address, its title, its text with “## ” before headings."""

    url: str
    title: str
    text: str

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a site, and the pages that answer it. Those held back are of sites on which nothing is tuned."""

    site: str
    pages: frozenset[str]
    text: str
    held_back: bool

    @property
    def language(self) -> str:
        return LANGUAGES.get(self.site) or self.site.removeprefix("debian-reference-")


def sites() -> dict[str, list[PageOfSite]]:
    """Return the pages of each site."""
    return {
        path.stem: [PageOfSite(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(FOLDER.glob("*.jsonl"))
    }


def questions() -> list[Question]:
    """Return all questions; those of half of the sites are held back."""
    rows = [line.split("\t") for line in (FOLDER / "questions.tsv").read_text("utf-8").splitlines()]
    return [Question(site, frozenset(pages.split(",")), text, site in HELD_BACK) for site, pages, text in rows]
