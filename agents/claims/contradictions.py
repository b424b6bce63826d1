"""Sources that contradict each other: found by the rules, settled by their dates. Pure.

Two sentences of different pages that say nearly the same, where a rule refuses the one against the other, contradict,
if they speak of the same thing: pages of one kind (`Pump, series 3` beside `Pump, series 11`) and sentences that differ
in more than one amount or in what they begin with do not. A name or an amount that only one of the two has contradicts
nothing, and one order of things contradicts another only where the words are the same.

The newer statement wins: that of the newer page, by the years in its title, heading and address, by the date that it
gives, or by the years in its text; or that which a newer page bears out. Where no date decides, as where one of the
pages has none, it is that of the source of higher standing; of equal ones neither is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from agents.claims.amounts import Amount
from agents.claims.judging import refusal_by_rules
from agents.claims.reading import Reading, language_of, read
from agents.sources.evidence import Evidence
from language.sentences import is_complete, sentences

_ALIKE = 0.6
"""Share of each sentence's words that the other must have for the two to speak of the same."""
_OF_ORDER = frozenset({"order", "way", "swapped", "who and whom", "cause", "comparison"})
_SAME_WORDS = 0.9
"""The same for sentences that a rule of order sets against each other: between others, things only stand elsewhere."""
_FEWEST_STEMS = 3
"""Words of meaning that a statement has; one fewer where it measures something: “Backups are kept for 30 days.”"""
_GAPS = re.compile(r"[ \t]{2,9}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_MOST_SENTENCES = 400


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements that cannot both be true. `kept` is the one in force; empty where neither could be told to be.

    `year` is 0 where not a date but the standing of their sources decided.
    """

    kept: str
    kept_from: int
    dropped: tuple[str, ...]
    year: int = 0
    older_year: int = 0


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    item: Evidence
    stems: frozenset[str]


def contradictions(evidence: Sequence[Evidence]) -> list[Contradiction]:
    """Return where the passages contradict each other, each with what is to be used of it."""
    found, everything = [], _said(evidence)
    for one, two in combinations(everything, 2):
        if one.item.page_url == two.item.page_url or not _alike(one, two):
            continue
        if _of_one_kind(one.item, two.item) or _of_other_things(one.text, two.text):
            continue
        if _exclude(one, two):
            found.append(_settle(one, two, everything))
    return found


def without_contradicted(evidence: Sequence[Evidence], found: Sequence[Contradiction]) -> list[Evidence]:
    """Return the passages without the statements that lost."""
    lost = {text for contradiction in found for text in contradiction.dropped}
    kept = []
    for item in evidence:
        text = item.text
        for sentence in lost:
            text = text.replace(sentence, "")
        if text == item.text:
            kept.append(item)
        elif text.strip():
            kept.append(item.model_copy(update={"text": _GAPS.sub(" ", text).strip()}))
    return kept


def _said(evidence: Sequence[Evidence]) -> list[_Said]:
    """Return the whole sentences of the passages: a command, an entry of an index or a label states nothing."""
    found = []
    for item in evidence:
        language = language_of(item.text)
        for sentence in sentences(item.text):
            reading = read(sentence, language)
            stems = frozenset(reading.stems)
            measured = any(amount.unit or _YEAR.fullmatch(amount.text) for amount in reading.amounts)
            if len(stems) >= _FEWEST_STEMS - measured and is_complete(sentence):
                found.append(_Said(sentence, item, stems))
    return found[:_MOST_SENTENCES]


def _alike(one: _Said, two: _Said) -> bool:
    shared = len(one.stems & two.stems)
    return shared >= _ALIKE * len(one.stems) and shared >= _ALIKE * len(two.stems)


def _exclude(one: _Said, two: _Said) -> bool:
    """Return whether the rules set the two against each other, and not only for what one says more than the other."""
    language = language_of(f"{one.item.text} {two.item.text}")
    refusals = refusal_by_rules(one.text, [two.text], language), refusal_by_rules(two.text, [one.text], language)
    rules = {refusal.rule for refusal in refusals if refusal}
    if "name" in rules or not (all(refusals) or (rules == {"amount"} and _same_but_for_amounts(one, two))):
        return False
    if "amount" in rules:
        return _differ_in_one_measure(_amounts(one), _amounts(two))
    if not rules & _OF_ORDER:
        return True
    first, second = _things(one), _things(two)
    return len(first & second) >= _SAME_WORDS * max(len(first), len(second))


def _differ_in_one_measure(mine: Sequence[Amount], theirs: Sequence[Amount]) -> bool:
    """Return whether each has an amount that the other has not, of the same measure: 8 people and 630 kg are of two."""
    return bool(_measures(_only_in(mine, theirs)) & _measures(_only_in(theirs, mine)))


def _measures(amounts: Sequence[Amount]) -> set[str | None]:
    return {amount.unit[0] if amount.unit else None for amount in amounts}


def _same_but_for_amounts(one: _Said, two: _Said) -> bool:
    """Return whether only amounts differ: who may stay five hours may stay three, but one of two bounds is wrong."""
    first, second = _unmeasured(one), _unmeasured(two)
    return first == second and len(_amounts(one)) == len(_amounts(two))


def _unmeasured(said: _Said) -> frozenset[str]:
    amounts = {stem for amount in _amounts(said) for stem in read(amount.text, language_of(said.text)).stems}
    return said.stems - amounts


def _things(said: _Said) -> frozenset[str]:
    """Return the words of meaning without those that put things in an order: “before”, “after”."""
    reading = read(said.text, language_of(said.text))
    marks = [mark for mark in reading.marks if mark.kind == "order"]
    return said.stems - {token.stem for mark in marks for token in reading.tokens[mark.place : mark.place + mark.size]}


def _of_one_kind(one: Evidence, two: Evidence) -> bool:
    """Return whether the pages are of one template, each about a thing of its own, as their titles say."""
    first, second = _named(one), _named(two)
    return bool(first & second and first - second and second - first)


def _named(item: Evidence) -> set[str]:
    title = _YEAR.sub("", item.page_title)
    reading = read(title, language_of(title) or language_of(item.text))
    return reading.stems | {amount.text for amount in reading.amounts}


def _of_other_things(one: str, two: str) -> bool:
    """Return whether the sentences differ in several amounts, or begin each with a word that the other has not."""
    language = language_of(one)
    first, second = read(one, language), read(two, language)
    unlike = _only_in(first.amounts, second.amounts), _only_in(second.amounts, first.amounts)
    if max(map(len, unlike)) > 1:
        return True
    return _subject(first) not in second.stems and _subject(second) not in first.stems


def _only_in(amounts: Sequence[Amount], others: Sequence[Amount]) -> list[Amount]:
    return [amount for amount in amounts if not any(amount.equals(other) for other in others)]


def _subject(reading: Reading) -> str:
    return next((token.stem for token in reading.tokens if token.content), "")


def _settle(one: _Said, two: _Said, everything: Sequence[_Said]) -> Contradiction:
    dated = [(_borne_out_in(one, two, everything), one), (_borne_out_in(two, one, everything), two)]
    (older_year, older), (year, newer) = sorted(dated, key=lambda pair: pair[0])
    if older_year and year > older_year:
        return Contradiction(newer.text, newer.item.passage_id, (older.text,), year, older_year)
    weaker, stronger = sorted((one, two), key=lambda said: said.item.standing)
    if stronger.item.standing > weaker.item.standing:
        return Contradiction(stronger.text, stronger.item.passage_id, (weaker.text,))
    return Contradiction("", 0, (one.text, two.text))


def _borne_out_in(said: _Said, other: _Said, everything: Sequence[_Said]) -> int:
    """Return the last year of a page that says so: that which has the statement, and each with what only it has."""
    own = _only_in(_amounts(said), _amounts(other))
    subject = said.stems & other.stems
    bearing = (
        each
        for each in everything
        if own and len(subject & each.stems) >= _ALIKE * len(subject) and not _only_in(own, _amounts(each))
    )
    return max((_year(each.item) for each in (said, *bearing)), default=0)


def _amounts(said: _Said) -> Sequence[Amount]:
    return read(said.text, language_of(said.text)).amounts


def _year(item: Evidence) -> int:
    """Return the year that a page is of: the latest in its labels, else its date's, else in its text; 0 for none."""
    for text in (f"{item.page_title} {item.heading} {item.page_url}", item.date, item.text):
        if found := _YEAR.findall(text):
            return max(int(year) for year in found)
    return 0
