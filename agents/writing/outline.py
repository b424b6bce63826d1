"""The outline of a post: a model's proposal checked against the evidence, and one built in code where it fails.

Pure. An outline from here always has a title and as many different headings as asked for, at least three,
so a weak model cannot stop a post.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

import re2
from pydantic import BaseModel

from agents.grounding import is_foreign, is_leak, is_loop, unfounded_words
from agents.sources.evidence import Evidence
from agents.sources.ranking import has_substance
from agents.text.words import content_stems, words
from ingestion.text.echoes import Echo
from language.sentences import one_line, sentences, shorten
from language.stems import stem

LEAST_SECTIONS = 3
_LONGEST_HEADING = 80
_LONGEST_TITLE = 110
_PERHAPS_CUT = 45
_GENERIC = re.compile(
    r"^(?:introduction|intro|overview|summary|conclusions?|home|index|contents?|table of contents|next|"
    r"previous|see also|parameters?|returns?|examples?|notes?|references?|sources?|welcome|about|more|misc|"
    r"other|heading|(?:section|part|chapter|heading|topic|step|source|passage|page|paragraph)\s*\w{0,3})$",
    re.IGNORECASE,
)
_NUMBERING = re.compile(
    r"^(?:(?:section|part|chapter)\s+)?(?:\d+(?:\.\d+)*|[ivx]+)[.):]\s+|^\d+(?:\.\d+)+\s+", re.IGNORECASE
)
_SITE_NAME = re2.compile(r"[\s\pZ]+(?:[—–|·»]|-)[\s\pZ]+")


class PlannedSection(BaseModel):
    heading: str
    covers: str = ""


class Proposal(BaseModel):
    """What a model is asked for."""

    title: str = ""
    sections: list[PlannedSection]


class Outline(BaseModel):
    """A checked outline. `by_model` counts the headings that came from the model."""

    title: str
    sections: list[PlannedSection]
    by_model: int = 0


def settle(
    proposal: Proposal | None, *, topic: str, evidence: Sequence[Evidence], sections: int, asked: str = ""
) -> Outline:
    """Return the proposal's sound headings, filled up in code to the number asked for; its title or the topic.

    `asked` is the prompt without the evidence: a heading made of its words is not taken.
    """
    wanted = max(LEAST_SECTIONS, sections)
    echo = Echo(asked, " ".join([topic, *(_all_of(item) for item in evidence)]), content_stems)
    proposed = _sound(proposal.sections, evidence, echo) if proposal else []
    about = set(content_stems(topic))
    found = [section for section in headings_from(evidence) if set(content_stems(section.heading)) != about]
    planned = _different([*proposed, *found])[:wanted]
    if len(planned) < LEAST_SECTIONS:
        planned = _different([*planned, *key_phrases(evidence)])[:wanted]
    if len(planned) < LEAST_SECTIONS:
        planned = [*planned, *(PlannedSection(heading=text) for text in _LAST_RESORT)][:LEAST_SECTIONS]
    kept = {section.heading for section in proposed}
    return Outline(
        title=_title(proposal, topic, evidence, echo),
        sections=planned,
        by_model=sum(section.heading in kept for section in planned),
    )


_LAST_RESORT = ("What the sources say", "Further from the sources", "Also worth knowing")


def headings_from(evidence: Iterable[Evidence]) -> list[PlannedSection]:
    """Return headings taken from the pages themselves, in the order of the evidence."""
    found = []
    for item in evidence:
        page = clean_heading(_SITE_NAME.split(item.page_title)[0])
        heading = clean_heading(item.heading) or page
        if page and " " not in heading and stem(heading) not in content_stems(page):
            # One word says little by itself: “Installing: Requirements”.
            heading = clean_heading(f"{page}: {heading}") or heading
        if heading and has_substance(item):
            found.append(PlannedSection(heading=heading, covers=page))
    return found


def key_phrases(evidence: Sequence[Evidence]) -> list[PlannedSection]:
    """Return what most of the evidence speaks of, as headings, pairs of words first: for pages without headings."""
    spelled: dict[tuple[str, ...], str] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    for item in evidence:
        for sentence in sentences(item.text):
            found = words(sentence)
            for run in [*((word,) for word in found), *pairwise(found)]:
                stems = [content_stems(word) for word in run]
                if all(len(of_word) == 1 and len(of_word[0]) > 2 for of_word in stems):
                    key = tuple(of_word[0] for of_word in stems)
                    counts[key] += 1
                    spelled.setdefault(key, " ".join(run))
    common = sorted(counts, key=lambda key: (-(counts[key] > 1) * len(key), -counts[key]))
    return [PlannedSection(heading=_capital(spelled[key])) for key in common[:24]]


def clean_heading(text: str) -> str:
    """Return a heading without numbering, marks and decoration; empty when it says nothing by itself."""
    text = _NUMBERING.sub("", one_line(text.replace("¶", " ").replace("#", " ").strip(" *_`\"'“”")))
    text = text.rstrip(" :.,;-–—*_").replace("**", "").strip()
    if not text or len(text) > _LONGEST_HEADING or len(words(text)) > 12 or _GENERIC.match(text):
        return ""
    if is_leak(text) or is_loop(text) or not content_stems(text) or re.search(r"[<>{}\[\]|\\]|https?:", text):
        return ""
    return _capital(text)


def _sound(proposed: Iterable[PlannedSection], evidence: Sequence[Evidence], echo: Echo) -> list[PlannedSection]:
    """Return the proposed sections that the evidence can fill."""
    kept = []
    known = {found for item in evidence for found in content_stems(_all_of(item))}
    for section in proposed:
        heading = clean_heading(_not_cut(section.heading, known))
        if not heading or echo.heard_in(heading) or is_foreign(heading, section.covers, evidence):
            continue
        is_ours = is_leak(section.covers) or echo.heard_in(section.covers)
        covers = "" if is_ours else shorten(one_line(section.covers), 200)
        kept.append(PlannedSection(heading=heading, covers=covers))
    return kept


def _not_cut(heading: str, known: Collection[str]) -> str:
    """Return a long heading without the words at its end that a limit of length may have cut through."""
    found = heading.split()
    if len(heading) >= _PERHAPS_CUT:
        while found and not any(part in known for part in content_stems(found[-1])):
            found.pop()
    return " ".join(found)


def _all_of(item: Evidence) -> str:
    return f"{item.page_title} {item.heading} {item.text}"


def _different(sections: Iterable[PlannedSection]) -> list[PlannedSection]:
    kept: list[PlannedSection] = []
    seen: list[set[str]] = []
    for section in sections:
        stems = set(content_stems(section.heading))
        if not any(stems <= other or len(stems & other) > 0.6 * len(stems | other) for other in seen):
            kept.append(section)
            seen.append(stems)
    return kept


def _title(proposal: Proposal | None, topic: str, evidence: Sequence[Evidence], echo: Echo) -> str:
    topic = one_line(topic)
    proposed = clean_heading(proposal.title) if proposal else ""
    if proposed and not echo.heard_in(proposed) and set(content_stems(proposed)) & set(content_stems(topic)):
        as_evidence = Evidence(passage_id=0, page_url="", page_title=topic, text=topic)
        if not unfounded_words(proposed, [*evidence, as_evidence]):
            return proposed
    return _capital(shorten(topic, _LONGEST_TITLE).rstrip(" .:;,"))


def _capital(text: str) -> str:
    first = text.split(" ", 1)[0]
    plain = first.replace("-", "").isalpha() and first.islower()
    return text[:1].upper() + text[1:] if plain else text
