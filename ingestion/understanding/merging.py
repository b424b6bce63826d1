"""Facts of many pages as facts of a site: said twice is one fact with two sources, said otherwise is a conflict. Pure.

Two statements are one where they have the same telling words, numbers and negations, in whatever order and form. They
are in conflict where they speak of the same thing, are alike in all but one number, and both say how things are (a
price, a rule, an offer): then the one of the newer page is in force and the other is kept beside it, named as older.
Nothing is decided where neither page has a date.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from itertools import combinations

from pydantic import BaseModel

from ingestion.describing.grounding import telling_words
from ingestion.understanding.understood import FACT_KINDS, Fact, FactKind

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NEGATIONS_TEXT = """
    not no never none neither nor without cannot nicht kein keine keinen keiner nie ohne ne pas jamais aucun sans no
    nunca ningún ninguna sin"""
_NEGATIONS = frozenset(_NEGATIONS_TEXT.split())
_NEGATION_SIGNS = re.compile(r"n['’]t\b|ない|ません|不|没|無|无")
SOURCES_SHOWN, BESIDE_SHOWN = 3, 3
_MAY_CHANGE: frozenset[FactKind] = frozenset({"price", "rule", "offer", "audience"})

_Print = tuple[frozenset[str], tuple[str, ...], int]


class Stated(BaseModel):
    """A fact and the page that states it. `changed` is the page's own date, ISO 8601; "" where it gives none."""

    fact: Fact
    page_id: int
    url: str
    changed: str = ""

    @property
    def as_of(self) -> str:
        """Return the date to which the page speaks, "" where it gives none."""
        return self.fact.date or self.changed


class Source(BaseModel):
    """Where a fact stands, and in which words."""

    page_id: int
    url: str
    quote: str
    as_of: str = ""


class Known(BaseModel):
    """A fact of a site. `older` are the statements that it replaces; `disputed` those against which nothing decides."""

    statement: str
    kind: FactKind
    about: str = ""
    as_of: str = ""
    by: str = ""
    sources: list[Source]
    older: list[Known] = []
    disputed: list[Known] = []


def merged(stated: Iterable[Stated]) -> list[Known]:
    """Return the facts of a site, the one that most pages state first, of equals in the order given."""
    groups: dict[_Print, Known] = {}
    for each in stated:
        source = Source(page_id=each.page_id, url=each.url, quote=each.fact.quote, as_of=each.as_of)
        known = groups.get(key := _print(each.fact.statement))
        if known is None:
            groups[key] = Known(
                statement=each.fact.statement,
                kind=each.fact.kind,
                about=each.fact.about,
                as_of=each.as_of,
                by=each.fact.by,
                sources=[source],
            )
        elif source.page_id not in {one.page_id for one in known.sources}:
            known.sources.append(source)
            known.as_of = max(known.as_of, source.as_of)
    in_force = _settled(groups)
    return sorted(in_force, key=lambda known: -len(known.sources))


def by_kind(known: Iterable[Known], *, most: int) -> dict[str, list[Known]]:
    """Return the first `most` facts of each kind, in the order of the kinds, each with some of its sources and of what
    other pages say against it."""
    found: dict[str, list[Known]] = {}
    for each in known:
        of_kind = found.setdefault(each.kind, [])
        if len(of_kind) < most:
            of_kind.append(_shown(each, SOURCES_SHOWN, BESIDE_SHOWN))
    return {kind: found[kind] for kind in FACT_KINDS if kind in found}


def _shown(known: Known, sources: int, beside: int) -> Known:
    shown = {"sources": known.sources[:sources]}
    others = {
        name: [_shown(other, 1, 0) for other in rivals[:beside]]
        for name, rivals in (("older", known.older), ("disputed", known.disputed))
    }
    return known.model_copy(update={**shown, **others})


def _settled(groups: dict[_Print, Known]) -> list[Known]:
    """Return the facts without those that a newer page replaces; these stand with what replaced them."""
    alike: dict[tuple[str, frozenset[str], int], list[tuple[_Print, Known]]] = {}
    for key, known in groups.items():
        if known.about and known.kind in _MAY_CHANGE and key[1]:
            alike.setdefault((known.about.casefold(), key[0], key[2]), []).append((key, known))
    replaced: set[int] = set()
    for rivals in alike.values():
        ordered = sorted(rivals, key=lambda rival: rival[1].as_of, reverse=True)
        for (one, newer), (other, older) in combinations(ordered, 2):
            if id(older) in replaced or id(newer) in replaced or not _differ_in_one_number(one[1], other[1]):
                continue
            if newer.as_of and older.as_of and newer.as_of != older.as_of:
                newer.older.append(older)
                replaced.add(id(older))
            else:
                newer.disputed.append(older)
                replaced.add(id(older))
    return [known for known in groups.values() if id(known) not in replaced]


def _differ_in_one_number(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def key_of(statement: str) -> str:
    """Return the same short key for all ways to state one fact."""
    words, numbers, negations = _print(statement)
    said = " ".join([*sorted(words), *numbers, str(negations)])
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _print(statement: str) -> _Print:
    """Return what two ways to say one thing have in common: telling words, numbers, how often it negates."""
    words = statement.casefold().split()
    negations = sum(word.strip(".,;:!?") in _NEGATIONS for word in words) + len(_NEGATION_SIGNS.findall(statement))
    return frozenset(telling_words(statement)), tuple(_NUMBER.findall(statement)), negations
