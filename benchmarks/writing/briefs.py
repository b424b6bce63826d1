"""The briefs of `benchmarks.writing`, as they stand in `data` (its README says how they were made).

A file is a site. Each page is the source of one brief: its chapters (`==`) have what the page says, and under each
(`--`) stands what a strong model might write from it, sentence by sentence: `+` true to the page in other words, `~` a
transition that claims nothing, `! kind:` planted, and false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "data"
FAITHFUL, TRANSITION = "faithful", "transition"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the scripted prose: `FAITHFUL`, `TRANSITION`, or the kind of what is wrong with it."""

    text: str
    kind: str

    @property
    def planted(self) -> bool:
        return self.kind not in (FAITHFUL, TRANSITION)


@dataclass(slots=True)
class Chapter:
    """A chapter of a page, and the section that is written from it."""

    source_heading: str
    source: str = ""
    heading: str = ""
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Brief:
    """One page of a site, and the post that is to be written about it."""

    site: str
    slug: str
    page_title: str
    topic: str = ""
    lead: str = ""
    close: str = ""
    chapters: list[Chapter] = field(default_factory=list)

    @property
    def page(self) -> str:
        """Return the page's text, with “## ” before its headings."""
        return "\n\n".join(f"## {one.source_heading}\n\n{one.source}" for one in self.chapters)

    @property
    def lines(self) -> Iterator[tuple[Chapter, Line]]:
        return ((chapter, line) for chapter in self.chapters for line in chapter.lines)


def briefs() -> list[Brief]:
    """Return all briefs."""
    return [brief for path in sorted(FOLDER.glob("*.txt")) for brief in read(path.read_text("utf-8"))]


def read(text: str) -> list[Brief]:
    """Return the briefs of one file."""
    site, found = "", list[Brief]()
    for line in filter(None, map(str.strip, text.splitlines())):
        mark, _, rest = line.partition(" ")
        if mark == "site:":
            site = rest
        elif mark == "page:":
            slug, _, title = rest.partition(" | ")
            found.append(Brief(site, slug, title))
        else:
            _take(found[-1], mark, rest, line)
    return found


def _take(brief: Brief, mark: str, rest: str, line: str) -> None:
    if mark == "topic:":
        brief.topic = rest
    elif mark == "lead:":
        brief.lead = rest
    elif mark == "close:":
        brief.close = rest
    elif mark == "==":
        brief.chapters.append(Chapter(rest))
    elif mark == "--":
        brief.chapters[-1].heading = rest
    elif mark in ("+", "~"):
        brief.chapters[-1].lines.append(Line(rest, FAITHFUL if mark == "+" else TRANSITION))
    elif mark == "!":
        kind, _, sentence = rest.partition(": ")
        brief.chapters[-1].lines.append(Line(sentence, kind))
    else:
        brief.chapters[-1].source += f"{' ' if brief.chapters[-1].source else ''}{line}"
