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
from agents.text.words import content_stems, normal, words
from ingestion.text.echoes import Echo
from language.sentences import one_line, sentences, shorten
from language.stems import stem

LEAST_SECTIONS = 3
_LONGEST_HEADING = 110
_MOST_HEADING_WORDS = 18
_MOST_CLAIMS = 6
_LONGEST_TITLE = 110
_PERHAPS_CUT = 45
_GENERIC = re.compile(
    r"^(?:introduction|intro|overview|summary|conclusions?|home|index|contents?|table of contents|next|"
    r"previous|see also|parameters?|returns?|examples?|notes?|references?|sources?|welcome|about|more|misc|"
    r"other|heading)$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"^(?:(?:section|part|chapter|heading|topic|step|source|passage|page|paragraph)\s*\w{0,3}|heading|contents?|index)$",
    re.IGNORECASE,
)
_NUMBERING = re.compile(
    r"^(?:(?:section|part|chapter)\s+)?(?:\d+(?:\.\d+)*|[ivx]+)[.):]\s+|^\d+(?:\.\d+)+\s+", re.IGNORECASE
)
_SITE_NAME = re2.compile(r"[\s\pZ]+(?:[—–|·»]|-)[\s\pZ]+")


class PlannedClaim(BaseModel):
    """A fact that a section is to state, and the passages that bear it."""

    text: str
    passages: list[int] = []


class ProposedClaim(BaseModel):
    """A claim as a model plans it, with the numbers that the sources have in its prompt."""

    text: str = ""
    sources: list[int] = []


class PlannedSection(BaseModel):
    """A section of an outline: heading, what it is for, what it claims, its length in words (0: open)."""

    heading: str = ""
    covers: str = ""
    claims: list[ProposedClaim] = []
    words: int = 0


class Proposal(BaseModel):
    """What a model is asked for. All of it may be missing: it is read while it grows."""

    title: str = ""
    thesis: str = ""
    sections: list[PlannedSection] = []


class Outline(BaseModel):
    """A checked outline. `by_model` counts the headings that came from the model."""

    title: str
    sections: list[PlannedSection]
    by_model: int = 0
    thesis: str = ""


def settle(
    proposal: Proposal | None,
    *,
    topic: str,
    evidence: Sequence[Evidence],
    sections: int,
    asked: str = "",
    not_say: Sequence[str] = (),
) -> Outline:
    """Return the proposal's sound headings, filled up in code where they are too few; its title or the topic.

    `asked` is the prompt without the evidence: a heading made of its words is not taken, nor one with a phrase of
    `not_say`. Three sound headings are an outline: none is added to those that its writer chose.
    """
    wanted = max(LEAST_SECTIONS, sections)
    echo = Echo(asked, " ".join([topic, *(_all_of(item) for item in evidence)]), content_stems)
    proposed = _sound(proposal.sections, topic, evidence, echo, not_say)[:wanted] if proposal else []
    planned = _filled_up(proposed, topic, evidence, wanted)
    kept = {section.heading for section in proposed}
    return Outline(
        title=_title(proposal, topic, evidence, echo),
        thesis=_own_words(proposal.thesis, echo, 300) if proposal else "",
        sections=planned,
        by_model=sum(section.heading in kept for section in planned),
    )


def _filled_up(
    proposed: list[PlannedSection], topic: str, evidence: Sequence[Evidence], wanted: int
) -> list[PlannedSection]:
    """Return the sections, with the sources' headings, then their key phrases, then any, where they are too few."""
    planned = proposed
    if len(proposed) < LEAST_SECTIONS:
        about = set(content_stems(topic))
        found = [section for section in headings_from(evidence) if set(content_stems(section.heading)) != about]
        planned = _different([*proposed, *found])[:wanted]
    if len(planned) < LEAST_SECTIONS:
        planned = _different([*planned, *key_phrases(evidence)])[:wanted]
    if len(planned) < LEAST_SECTIONS:
        planned = [*planned, *(PlannedSection(heading=text) for text in _LAST_RESORT)][:LEAST_SECTIONS]
    return planned


def claims_of(section: PlannedSection, numbered: Sequence[Evidence]) -> list[PlannedClaim]:
    """Return the section's claims with the passages that they name; `numbered` are the sources as they were shown.

    A number that no source has is left out, and a claim that names none stays, to be searched for.
    """
    found = []
    for claim in section.claims[:_MOST_CLAIMS]:
        named = [numbered[n - 1].passage_id for n in claim.sources if 0 < n <= len(numbered)]
        text = shorten(one_line(claim.text), 300)
        if content_stems(text) and not is_leak(text):
            found.append(PlannedClaim(text=text, passages=list(dict.fromkeys(named))))
    return found


_LAST_RESORT = ("What the sources say", "Further from the sources", "Also worth knowing")


def headings_from(evidence: Iterable[Evidence]) -> list[PlannedSection]:
    """Return headings taken from the pages themselves, in the order of the evidence."""
    found = []
    for item in evidence:
        page = clean_heading(_SITE_NAME.split(item.page_title)[0])
        heading = clean_heading(item.heading) or page
        if _is_name_of_somebody(heading, item.text):
            heading = page if page != heading else ""
        if page and heading and heading.lower() in page.lower():
            heading = page  # “git-bisect(1): git-bisect(1)” says nothing twice
        elif page and heading and " " not in heading and stem(heading) not in content_stems(page):
            # One word says little by itself: “Installing: Requirements”.
            heading = clean_heading(f"{page}: {heading}") or heading
        if heading and has_substance(item):
            found.append(PlannedSection(heading=heading, covers=page))
    return found


def _is_name_of_somebody(heading: str, text: str) -> bool:
    """Return whether a heading is two or three capitalised words that its text does not speak of: an author's name."""
    found = heading.split()
    capitals = 1 < len(found) < 4 and all(word[:1].isupper() and word[1:].islower() for word in found)
    return capitals and not set(content_stems(heading)) & set(content_stems(text))


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


def clean_heading(text: str, *, generic: bool = False) -> str:
    """Return a heading without numbering, marks and decoration; empty when it says nothing by itself.

    `generic`: what says nothing by itself may stand, since there is more to say what it is for.
    """
    text = _NUMBERING.sub("", one_line(text.replace("¶", " ").replace("# ", " ").strip(" #*_`\"'“”")))
    text = text.rstrip(" :.,;-–—*_").replace("**", "").strip()
    says_nothing = _PLACEHOLDER.match(text) or not (generic or not _GENERIC.match(text))
    if not text or len(text) > _LONGEST_HEADING or len(words(text)) > _MOST_HEADING_WORDS or says_nothing:
        return ""
    telling = content_stems(text) or (generic and any(letter.isalpha() for letter in text))
    if is_leak(text) or is_loop(text) or not telling or re.search(r"[<>{}|\\]|https?:", text):
        return ""
    return _capital(text)


def _sound(
    proposed: Iterable[PlannedSection], topic: str, evidence: Sequence[Evidence], echo: Echo, not_say: Sequence[str]
) -> list[PlannedSection]:
    """Return the proposed sections that the evidence can fill, each heading once."""
    kept: dict[str, PlannedSection] = {}
    known = {word.lower() for item in evidence for word in words(_all_of(item))}
    banned = [phrase.lower() for phrase in not_say]
    as_evidence = Evidence(passage_id=0, page_url="", page_title=topic, text=topic)
    for section in proposed:
        heading = clean_heading(_not_cut(section.heading, known), generic=bool(content_stems(section.covers)))
        about = " ".join([section.covers, *(claim.text for claim in section.claims)])
        if not heading or echo.heard_in(heading) or is_foreign(heading, about, [*evidence, as_evidence]):
            continue
        if not any(phrase in heading.lower() for phrase in banned):
            covers = _own_words(section.covers, echo, 200)
            kept.setdefault(normal(heading), section.model_copy(update={"heading": heading, "covers": covers}))
    return list(kept.values())


def _own_words(text: str, echo: Echo, longest: int) -> str:
    """Return what a model says of its plan on one line; empty where it hands our own words back."""
    return "" if is_leak(text) or echo.heard_in(text) else shorten(one_line(text), longest)


def _not_cut(heading: str, known: Collection[str]) -> str:
    """Return a long heading without the beginning of a word at its end, where a limit of length has cut through it."""
    found = heading.split()
    last = found[-1].lower() if found else ""
    cut_through = last not in known and any(word.startswith(last) for word in known)
    if len(heading) >= _PERHAPS_CUT and cut_through:
        found.pop()
        while found and not content_stems(found[-1]):
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
