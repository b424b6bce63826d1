"""Angles: topics that the facts of what was read support, and that no post covers yet. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import re2
from pydantic import BaseModel

from agents.text.words import content_stems
from language.sentences import one_line, shorten

LEAST_FACTS = 3
_COVERED = 0.6
_LONGEST = 120
_NUMBERED = re2.compile(r"^\d+(?:\.\d+)*\.\s+")
"""A chapter's number, as manuals have it in their titles; “7 reasons” and “2.0 release notes” have none."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact: what it is about, in the page's words, the statement, and its page."""

    about: str
    statement: str
    page_id: int
    page_title: str


class Angle(BaseModel):
    """A topic to write about. `facts` and `pages` say how much stands behind it, `example` is one of the facts."""

    topic: str
    facts: int
    pages: int
    example: str


def angles(facts: Iterable[Stated], covered: Iterable[str], *, most: int = 6) -> list[Angle]:
    """Return what could be written about, the best supported first.

    Facts make an angle together by what they are about, else by their page. `covered` are the titles and topics of
    what stands already: an angle most of whose words one of them has is left out, and so is what is alike.
    """
    done = [stems for title in covered if (stems := set(content_stems(title)))]
    groups: dict[tuple[str, ...], list[Stated]] = defaultdict(list)
    named: dict[tuple[str, ...], str] = {}
    for fact in facts:
        name = _name(fact)
        key = tuple(sorted(set(content_stems(name))))
        if key:
            groups[key].append(fact)
            named.setdefault(key, name)
    kept: list[tuple[set[str], Angle]] = []
    for key in sorted(groups, key=lambda key: (-len(groups[key]), named[key])):
        stems, found = set(key), groups[key]
        if len(found) < LEAST_FACTS or _in(stems, done) or _in(stems, [other for other, _ in kept]):
            continue
        kept.append((stems, _angle(named[key], found)))
        if len(kept) == most:
            break
    return [angle for _, angle in kept]


def _name(fact: Stated) -> str:
    name = one_line(fact.about) or _NUMBERED.sub("", one_line(fact.page_title))
    return name if len(name) <= _LONGEST else ""


def _in(stems: set[str], others: Sequence[set[str]]) -> bool:
    return any(len(stems & other) >= max(_COVERED * len(stems), 1) for other in others)


def _angle(name: str, facts: Sequence[Stated]) -> Angle:
    pages = len({fact.page_id for fact in facts})
    longest = max(facts, key=lambda fact: len(fact.statement))
    return Angle(topic=name, facts=len(facts), pages=pages, example=shorten(one_line(longest.statement), 160))
