"""The data of understanding: facts, entities, and all that was understood of one page."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel

FactKind = Literal["offer", "price", "audience", "proof", "answer", "term", "person", "place", "event", "rule", "other"]
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)
"""An offer is what is sold or done, proof a customer, figure or award, an answer one to a question that the page itself
asks, a term what a word means, a rule what must, may or can be done."""

PageKind = Literal[
    "home", "about", "product", "pricing", "documentation", "article", "case study", "contact", "faq", "legal", "other"
]
PAGE_KINDS: tuple[PageKind, ...] = get_args(PageKind)

EntityKind = Literal["organisation", "person", "product", "place", "other"]
ENTITY_KINDS: tuple[EntityKind, ...] = get_args(EntityKind)


class Fact(BaseModel):
    """One thing that a page says. `quote` stands on the page, character for character.

    `about` is what the fact is about, `date` when it holds or was true (ISO 8601, as exact as the page says), both ""
    where the page does not say. `by` names the model that put it into words; "extract" means that the statement is the
    page's own.
    """

    statement: str
    quote: str
    kind: FactKind = "other"
    about: str = ""
    date: str = ""
    by: str = ""


class Entity(BaseModel):
    """Somebody or something that the page names, as it writes the name."""

    name: str
    kind: EntityKind = "other"


class Understood(BaseModel):
    """All that was understood of a page. What could not be established is empty.

    `dropped` counts the facts that were said and that the page does not bear out.
    """

    kind: PageKind = "other"
    summary: str = ""
    facts: list[Fact] = []
    entities: list[Entity] = []
    audience: str = ""
    questions: list[str] = []
    topics: list[str] = []
    dropped: int = 0
