"""A model's answer about a page, held against the page: what it does not bear out is dropped, and counted. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from ingestion.describing import grounding
from ingestion.describing.grounding import Source
from ingestion.describing.prompts import Question
from ingestion.understanding.quotes import Quotable
from ingestion.understanding.understood import (
    ENTITY_KINDS,
    FACT_KINDS,
    PAGE_KINDS,
    Entity,
    EntityKind,
    Fact,
    FactKind,
    PageKind,
    Understood,
)

WORDS_OF_PAGE_LEAST = 0.5
"""Of a statement's telling words so many must be the page's, too. Less than of an extract: its quote proves it."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DATE = re.compile(r"(?:1[5-9]|20|21)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_Item = TypeVar("_Item")


def checked(said: dict[str, Any], question: Question, title: str, part: str, by: str) -> Understood:
    """Return what the page bears out of an answer to the question about a part of it.

    A fact's quote must stand on the page, its statement's numbers in the quote or the title, and most of its words on
    the page. `by` is the model's name. Whatever else has another shape than was asked for is left out, and never fails.
    """
    source = Source(f"{title}\n{part}", question.instructions)
    page = Quotable(source.text)
    given = _dicts(said.get("facts"))
    facts = _each(given, lambda fact: _fact(fact, page, title, source, by))
    return Understood(
        kind=cast(PageKind, _one_of(said.get("type"), PAGE_KINDS)),
        summary=grounding.true_sentences(said.get("summary"), source, title=title, least=WORDS_OF_PAGE_LEAST),
        facts=facts,
        entities=_each(_dicts(said.get("entities")), lambda entity: _entity(entity, page)),
        audience=_borne_out(said.get("audience"), source),
        questions=_each(_texts(said.get("questions")), lambda asked: _borne_out(asked, source) or None),
        topics=grounding.grounded_topics(said.get("topics"), source),
        dropped=len(given) - len(facts),
    )


def joined(parts: Iterable[Understood]) -> Understood:
    """Return what was understood of a page's parts as one: the first one's kind and summary, all facts once."""
    each = list(parts)
    first = next((part for part in each if part.summary), each[0] if each else Understood())
    return first.model_copy(
        update={
            "facts": _first_of_each(fact for part in each for fact in part.facts),
            "entities": list({entity.name: entity for part in each for entity in part.entities}.values()),
            "audience": next((part.audience for part in each if part.audience), ""),
            "questions": list(dict.fromkeys(asked for part in each for asked in part.questions)),
            "topics": list(dict.fromkeys(topic for part in each for topic in part.topics))[:6],
            "dropped": sum(part.dropped for part in each),
        }
    )


def _first_of_each(facts: Iterable[Fact]) -> list[Fact]:
    by_quote: dict[str, Fact] = {}
    for fact in facts:
        by_quote.setdefault(fact.quote, fact)
    return list(by_quote.values())


def _fact(said: dict[str, Any], page: Quotable, title: str, source: Source, by: str) -> Fact | None:
    statement, quote = (_line(said.get(name)) for name in ("statement", "quote"))
    found = page.find(quote) if quote else ""
    if not found or not statement:
        return None
    if not set(_numbers(statement)) <= set(_numbers(f"{found}\n{title}")):
        return None
    if not grounding.holds(statement, source, least=WORDS_OF_PAGE_LEAST):
        return None
    date = _line(said.get("date"))
    return Fact(
        statement=statement,
        quote=" ".join(found.split()),
        kind=cast(FactKind, _one_of(said.get("kind"), FACT_KINDS)),
        about=_borne_out(said.get("about"), source),
        date=date if _DATE.fullmatch(date) and date[:4] in source.text else "",
        by=by,
    )


def _entity(said: dict[str, Any], page: Quotable) -> Entity | None:
    name = page.find(_line(said.get("name")), shortest=2)
    return Entity(name=name, kind=cast(EntityKind, _one_of(said.get("kind"), ENTITY_KINDS))) if name else None


def _borne_out(said: Any, source: Source) -> str:
    text = _line(said)
    return text if text and grounding.holds(text, source, least=WORDS_OF_PAGE_LEAST) else ""


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(text)


def _one_of(said: Any, values: tuple[str, ...]) -> str:
    return said if said in values else "other"


def _line(said: Any) -> str:
    return " ".join(said.split()) if isinstance(said, str) else ""


def _texts(said: Any) -> list[str]:
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def _dicts(said: Any) -> list[dict[str, Any]]:
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []


def _each(given: Iterable[Any], check: Callable[[Any], _Item | None]) -> list[_Item]:
    return [kept for each in given if (kept := check(each)) is not None]
