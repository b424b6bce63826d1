"""The rules put to a claim and its quotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agents.claims.reading import Reading, language_of, read
from agents.claims.rules import RULES
from agents.claims.rules.names import unknown_name
from agents.claims.rules.quantity.amounts import changed_amount
from agents.claims.verdict import Refusal
from language.sentences import sentences

_DAY = re.compile(r"(?:\bam|\bdem|\bvom|\bzum|\bden|\bbis|\bab) \d{1,2}\.$", re.IGNORECASE)


def refusal_by_rules(claim: str, quotes: Iterable[str], language: str = "") -> Refusal | None:
    """Return why the rules refuse a claim against its quotes; None where they do not, which blesses nothing.

    A claim in another language than its quotes is held against their numbers, names and code alone. `language` is that
    of the quotes where they are too short to tell.
    """
    text = "\n".join(quotes)
    language = language_of(text) or language
    said = read(claim, language_of(claim) or language)
    evidence = read_quotes(text, language)
    rules = RULES if said.language == language else (changed_amount, unknown_name)
    for rule in rules:
        if refusal := rule(said, evidence):
            return refusal
    return None


def read_quotes(text: str, language: str) -> Sequence[Reading]:
    """Return the sentences of the quotes as read."""
    return [read(sentence, language) for sentence in _whole(sentences(text))]


def _whole(found: Sequence[str]) -> list[str]:
    """Return the sentences, those put together again that were cut behind the day of a date (`am 2. September`)."""
    whole: list[str] = []
    for sentence in found:
        if whole and _DAY.search(whole[-1]):
            whole[-1] = f"{whole[-1]} {sentence}"
        else:
            whole.append(sentence)
    return whole
