"""A chapter: what stands under one heading of one page, whole, with the passages that it was cut into. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from pydantic import BaseModel

from agents.sources.evidence import Evidence
from ingestion.search.searching import Nearness
from ingestion.text.marks import FENCE, HEADING
from language.sentences import one_line

MOST_LINES = 120
"""Of one chapter. What comes later is seldom what its heading speaks of."""


class Chapter(BaseModel):
    """The lines under one heading. `place` counts the page's chapters from 0; `rank` is its best passage's, from 0.

    `near` is how near the nearest of its passages comes to the topic in meaning, 0 to 1 among those of the site, and
    `alone` the same whatever the others say (see `Nearness`); None where nothing measures that. `each` is `near` by the
    passages' ids. `text` is as the page has it: a paragraph or an item a line, code between lines of three backticks.
    """

    page_url: str
    page_title: str
    heading: str
    place: int
    rank: int
    near: float | None = None
    alone: float | None = None
    each: dict[int, float] = {}
    text: str
    passages: list[Evidence]

    def passage_with(self, text: str) -> int | None:
        """Return the id of the passage that has these words, line breaks aside; None where none does."""
        wanted = one_line(text)
        return next((item.passage_id for item in self.passages if wanted in one_line(item.text)), None)

    def without(self, statements: Collection[str]) -> Chapter:
        """Return the chapter without the lines that hold one of these statements, which other pages contradict."""
        lost = [one_line(text) for text in statements]
        kept = [line for line in self.text.splitlines() if not any(text in one_line(line) for text in lost)]
        return self.model_copy(update={"text": "\n".join(kept)})


def chapters_of(
    page_text: str, passages: Sequence[Evidence], ranks: Mapping[int, int], near: Mapping[int, Nearness] | None = None
) -> list[Chapter]:
    """Return the chapters of a page in which passages were found, in the page's order.

    `passages` are all of the page's, in order; `ranks` gives the place of those found, by their id, and `near` how
    near each passage comes to the topic.
    """
    found = []
    parts = _parts(page_text) if page_text.strip() else _joined(passages)
    for place, (heading, text) in enumerate(parts):
        lines = {one_line(line) for line in text.splitlines()}
        own = [item for item in passages if any(one_line(line) in lines for line in item.text.splitlines()[:2])]
        places = [ranks[item.passage_id] for item in own if item.passage_id in ranks]
        if not places:
            continue
        compared = [near[item.passage_id] for item in own if item.passage_id in near] if near else []
        chapter = Chapter(
            page_url=own[0].page_url,
            page_title=own[0].page_title,
            heading=heading,
            place=place,
            rank=min(places),
            near=max((one.among for one in compared), default=0.0) if near else None,
            alone=max((one.alone for one in compared), default=0.0) if near else None,
            each={item.passage_id: near[item.passage_id].among for item in own if item.passage_id in near}
            if near
            else {},
            text=text,
            passages=own,
        )
        found.append(chapter)
    return found


def _joined(passages: Sequence[Evidence]) -> Iterator[tuple[str, str]]:
    """Yield the headings of passages with their lines: what is known of a page whose text was not kept."""
    for heading, own in groupby(passages, key=lambda item: item.heading):
        yield heading, "\n".join(item.text for item in own)


def _parts(page_text: str) -> Iterator[tuple[str, str]]:
    """Yield each heading of a page with the lines under it, the first with none."""
    heading, lines, in_code = "", list[str](), False
    for line in page_text.splitlines():
        if line.strip() == FENCE:
            in_code = not in_code
        if line.startswith(HEADING) and not in_code:
            yield heading, "\n".join(lines[:MOST_LINES])
            heading, lines = line.removeprefix(HEADING).strip(), []
        else:
            lines.append(line)
    yield heading, "\n".join(lines[:MOST_LINES])
