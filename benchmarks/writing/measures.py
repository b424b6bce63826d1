"""What a finished post is measured by. Pure: each measure is a function of the brief and of the post's text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from agents.editing.marked_text import Marked, sentences_in
from agents.post.assemble import body_of
from agents.text.words import normal, words
from language.sentences import split_sentences

from .briefs import FAITHFUL, TRANSITION, Brief, Chapter
from .model import CHAT, FOREIGN, LEAK

SHINGLE = 5
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_LEFT = re.compile(r"\[\s*\]|\[\[|\]\]|【|<\|")


@dataclass(slots=True)
class Tally:
    """Counts over posts; every share is made of two of them."""

    posts: int = 0
    complete: int = 0
    faithful: int = 0
    faithful_kept: int = 0
    transitions: int = 0
    transitions_kept: int = 0
    planted: int = 0
    planted_caught: int = 0
    cited: int = 0
    cited_exist: int = 0
    cited_right: int = 0
    facts: int = 0
    facts_cited: int = 0
    headings: int = 0
    headings_kept: int = 0
    shingles: int = 0
    shingles_again: int = 0

    def add(self, other: Tally) -> None:
        """Count what the other counted, too."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def shares(self) -> dict[str, float | None]:
        """Return every share in percent; None where nothing was counted."""
        return {
            "complete": share(self.complete, self.posts),
            "natural_kept": share(self.faithful_kept, self.faithful),
            "transitions_kept": share(self.transitions_kept, self.transitions),
            "headings_kept": share(self.headings_kept, self.headings),
            "citation_exists": share(self.cited_exist, self.cited),
            "citation_precision": share(self.cited_right, self.cited),
            "citation_recall": share(self.facts_cited, self.facts),
            "planted_caught": share(self.planted_caught, self.planted),
            "repetition": share(self.shingles_again, self.shingles),
        }


def share(part: int, whole: int) -> float | None:
    """Return the part in percent of the whole, to one place; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def measured(brief: Brief, markdown: str, snapshots: Mapping[int, Sequence[str]]) -> Tally:
    """Return the counts of one post. `snapshots` are the texts that each of its numbers stands for."""
    body = body_of(markdown)
    said = {normal(one.text): one for one in sentences_in(body)}
    kept_headings = {normal(heading) for heading in _HEADING.findall(body)}
    tally = Tally(posts=1, complete=int(not incomplete(brief, markdown)), headings=len(brief.chapters))
    tally.headings_kept = sum(normal(chapter.heading) in kept_headings for chapter in brief.chapters)
    for chapter, line in brief.lines:
        found = [said.get(normal(sentence)) for sentence in split_sentences(line.text)]
        kept = found[-1] if all(found) else None
        if line.kind == TRANSITION:
            tally.transitions, tally.transitions_kept = tally.transitions + 1, tally.transitions_kept + bool(kept)
        elif line.kind == FAITHFUL:
            tally.faithful, tally.faithful_kept = tally.faithful + 1, tally.faithful_kept + bool(kept)
            if kept:
                tally.add(citations(kept, chapter, snapshots))
        else:
            tally.planted, tally.planted_caught = tally.planted + 1, tally.planted_caught + (not kept)
    tally.add(planted_in_every_section(brief, body))
    tally.add(repetition(body))
    return tally


def citations(kept: Marked, chapter: Chapter, snapshots: Mapping[int, Sequence[str]]) -> Tally:
    """Return whether a kept fact is cited, by sources that exist, and by the chapter that it was written from."""
    exist = [n for n in kept.numbers if n in snapshots]
    right = [n for n in exist if any(chapter.source[:60] in text for text in snapshots[n])]
    return Tally(
        facts=1, facts_cited=int(bool(exist)), cited=len(kept.numbers), cited_exist=len(exist), cited_right=len(right)
    )


def planted_in_every_section(brief: Brief, body: str) -> Tally:
    """Return how many of the faults that every section has did not reach the post: chat, prompt, repeat, source 97."""
    caught = 0
    for chapter in brief.chapters:
        first = normal(next(line.text for line in chapter.lines if line.kind == FAITHFUL))
        caught += CHAT not in body
        caught += LEAK not in body
        caught += f"[{FOREIGN}]" not in body
        caught += normal(body).count(first) < 2
    return Tally(planted=4 * len(brief.chapters), planted_caught=caught)


def repetition(body: str) -> Tally:
    """Return how many five-word shingles of each section stood in an earlier section."""
    seen: set[tuple[str, ...]] = set()
    tally = Tally()
    for part in _HEADING.split(body)[::2]:
        own = set(shingles(part))
        tally.shingles, tally.shingles_again = tally.shingles + len(own), tally.shingles_again + len(own & seen)
        seen |= own
    return tally


def shingles(text: str) -> Iterable[tuple[str, ...]]:
    """Yield every five neighbouring words of a text, in small letters."""
    found = [word.lower() for word in words(text)]
    return (tuple(found[at : at + SHINGLE]) for at in range(len(found) - SHINGLE + 1))


def incomplete(brief: Brief, markdown: str) -> list[str]:
    """Return what a post lacks to be complete: structure, length, whole sentences, nothing left of markup."""
    body = body_of(markdown)
    headings = _HEADING.findall(body)
    wrong = []
    if not markdown.startswith("# ") or len(set(headings)) < len(brief.chapters):
        wrong.append("it has not its title and all its sections")
    length, wanted = len(words(body)), sum(len(words(one.source)) for one in brief.chapters)
    if not 0.4 * wanted <= length <= 2.5 * wanted:
        wrong.append(f"it has {length} words where its sources have {wanted}")
    if _LEFT.search(body):
        wrong.append("markup is left over")
    ends = [line for line in body.splitlines() if line.strip() and line[0] not in "#`|*"]
    if any(not re.search(r"[.!?:”\")`](?:\[\d+\])*$", line) for line in ends):
        wrong.append("a paragraph does not end as one")
    return wrong
