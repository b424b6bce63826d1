"""How each sentence of a post stands to the sources that it names. Pure, and without a model.

A verdict that a model gave stays with its sentence while that and its sources stay. A changed one is read by the rules:
they refuse, and bless what is close to the source's words; what lies between is said to be unchecked, never supported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from agents.claims import Quotes, kinds_of, refusal_by_rules
from agents.editing.marked_text import Marked, sentences_in
from agents.grounding import supports
from agents.sources.evidence import Evidence
from language.sentences import one_line

State = Literal["supported", "partly", "not", "unchecked", "none"]

NO_SOURCE = "It states something and names no source."
SILENT = "The source that it names does not speak of it."
UNREAD = "The rules find nothing against it; no model has judged it."
_RULED: dict[str, State] = {"supported": "supported", "partly": "partly", "no claim": "none"}


class Snapshot(Evidence):
    """A passage as it was when the post was written, with the number of its source in the post."""

    n: int


class Quoted(BaseModel):
    """Words of a source, as they stand there."""

    n: int
    text: str


class Claim(BaseModel):
    """A sentence, the sources it names, how it stands to them, why, and what they say."""

    text: str
    numbers: list[int] = Field(default_factory=list)
    state: State
    why: str = ""
    quotes: list[Quoted] = Field(default_factory=list)


def claims_of(markdown: str, snapshots: Sequence[Snapshot], known: Sequence[Claim] = ()) -> list[Claim]:
    """Return every sentence of the text with how it stands; `known` are verdicts that stay where nothing changed."""
    earlier = {(claim.text, tuple(claim.numbers)): claim for claim in known}
    kept: dict[tuple[int, ...], tuple[list[Snapshot], Quotes]] = {}
    found = []
    for sentence in sentences_in(markdown):
        if claim := earlier.get((sentence.text, sentence.numbers)):
            found.append(claim)
            continue
        if sentence.numbers not in kept:
            cited = [item for item in snapshots if item.n in sentence.numbers]
            kept[sentence.numbers] = cited, Quotes(cited)
        found.append(_assessed(sentence, *kept[sentence.numbers]))
    return found


def ruled(rulings: Mapping[str, str], claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims with what the run's judges said of them (`supported (model)`), by the sentence's text."""
    return [_ruled(claim, rulings.get(claim.text, "")) for claim in claims]


def counts(claims: Sequence[Claim]) -> dict[str, int]:
    """Return how many sentences stand how, of those that state something."""
    states = [claim.state for claim in claims if claim.state != "none"]
    return {state: states.count(state) for state in ("supported", "partly", "not", "unchecked")} | {"all": len(states)}


def _ruled(claim: Claim, ruling: str) -> Claim:
    state = _RULED.get(ruling.partition(" (")[0])
    return claim if state is None else claim.model_copy(update={"state": state, "why": ""})


def _assessed(sentence: Marked, cited: Sequence[Snapshot], quotes: Quotes) -> Claim:
    text, best = sentence.text, quotes.best(sentence.text, 4)
    by_id = {item.passage_id: item for item in cited}
    said = [Quoted(n=by_id[quote.passage_id].n, text=quote.text) for quote in best]
    state, why = _standing(text, cited, quotes)
    return Claim(text=text, numbers=list(sentence.numbers), state=state, why=why, quotes=_one_each(said))


def _standing(text: str, cited: Sequence[Snapshot], quotes: Quotes) -> tuple[State, str]:
    if any(one_line(text) in one_line(item.text) for item in cited):
        return "supported", ""
    if not kinds_of(text, quotes.stems):
        return "none", ""
    if not cited:
        return "not", NO_SOURCE
    best = quotes.best(text, 3)
    if not best:
        return "not", SILENT
    whole = {item.passage_id: item.text for item in cited}
    if refusal := refusal_by_rules(text, [whole[quote.passage_id] for quote in best]):
        return "not", refusal.reason
    return ("supported", "") if supports(text, cited).fault is None else ("unchecked", UNREAD)


def _one_each(quotes: Sequence[Quoted]) -> list[Quoted]:
    """Return the best quote of each source."""
    return list({quote.n: quote for quote in reversed(quotes)}.values())[::-1]
