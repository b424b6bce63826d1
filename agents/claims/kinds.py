"""What kinds of claims a sentence makes; none for a transition, a question, an opinion marked as one. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from agents.claims.reading import Reading, language_of, read
from agents.claims.rules.names import names_in

_QUESTION = re.compile(r"[?？][\"”»)]*$")
_MARKED_OPINION = re.compile(
    r"^(?:in (?:my|our) (?:view|opinion)|(?:i|we) (?:think|believe|feel|suspect|recommend|suggest)|to (?:my|our) mind|"
    r"meiner meinung|unserer meinung|(?:ich|wir) (?:finden?|glauben?|meinen?)|à (?:mon|notre) avis|(?:je|nous) pens|"
    r"en (?:mi|nuestra) opinión|(?:creo|creemos) que)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"^(?:let(?:'|’)?s|let us|imagine|picture|suppose|consider|think of|take a (?:look|moment)|here(?:'|’)s|now for|"
    r"now that|so[,:]? |with that|that(?:'|’)s (?:all|it|where|why|the)|that (?:brings|leads|leaves|is where)|"
    r"this (?:brings|leads|leaves|is where)|which brings|ready|welcome|before we|next(?:,| up)|first things first|"
    r"first, |finally, |to sum up|in short|in other words|put simply|all (?:in all|told)|the (?:good|bad) news|"
    r"the (?:short answer|rest is|next step|point is|upshot|catch)|there(?:'|’)s (?:more|a catch)|"
    r"sehen wir|schauen wir|werfen wir|stellen sie sich|kurz gesagt|zum schluss|nun zu|damit (?:sind|kommen) wir|"
    r"imaginons|voyons|passons|en bref|en résumé|reste à|veamos|imagina|pasemos|en resumen|dicho esto)",
    re.IGNORECASE,
)
_OF_THE_TEXT = re.compile(
    r"\b(?:(?:one|two|three|four|five|a second|a third|the (?:first|second|third)) (?:\w+ )?"
    r"(?:things?|points?|questions?|sides?|thoughts?|remarks?)|"
    r"half (?:of )?the (?:story|truth|battle|answer|picture)|"
    r"(?:zwei|drei|vier|fünf) (?:dinge|punkte|fragen|seiten)|die halbe (?:wahrheit|geschichte|antwort)|"
    r"(?:deux|trois|quatre|cinq) (?:choses|points|questions|côtés)|la moitié de (?:l'histoire|la vérité|la réponse)|"
    r"(?:dos|tres|cuatro|cinco) (?:cosas|puntos|preguntas|lados)|la mitad de la (?:historia|verdad|respuesta))\b|"
    r"一つずつ|一つ注意|(?:点|こと)が[一二三四五]つ|有一点|第[二三]点|[两三四]点(?:需要|值得)",
    re.IGNORECASE,
)
"""What counts the text's own parts and no thing of the world: “two points deserve a closer look”."""
_SHORT = 14
"""Words up to which an address to the reader may be a transition; a longer one says something."""
_FEW_KNOWN = 0.34


def kinds_of(sentence: str, subject: Collection[str] = (), language: str = "") -> frozenset[str]:
    """Return the kinds of claims in a sentence; empty where it claims nothing that a source could bear.

    `subject` are the stems of the evidence: a sentence of address with hardly a word of them is a transition.
    """
    language = language or language_of(sentence)
    reading = read(_OF_THE_TEXT.sub("", sentence), language)
    kinds = _marked_kinds(reading)
    if _QUESTION.search(sentence) or _MARKED_OPINION.search(sentence):
        return frozenset()
    if not reading.stems and not kinds & {"number", "date", "name"}:
        return frozenset()  # “That is only half of the story.”
    if kinds & {"number", "quantity", "date", "name"}:
        return frozenset(kinds)
    words = len(reading.tokens)
    known = len(reading.stems & set(subject)) / len(reading.stems) if reading.stems else 0.0
    if words <= _SHORT and _ADDRESS.search(sentence) and known <= 0.5:
        return frozenset()
    if words <= _SHORT and subject and known <= _FEW_KNOWN / 2 and not kinds:
        return frozenset()
    return frozenset(kinds or {"statement"})


def _marked_kinds(reading: Reading) -> set[str]:
    """Return what the marks, amounts and names of a sentence make it."""
    kinds: set[str] = set()
    for amount in reading.amounts:
        kinds.add(
            "date"
            if amount.dimension == "clock" or (not amount.unit and 1000 <= max(amount.values) <= 2100)
            else "number"
        )
    named = {
        "neg": "negation", "modal": "modality", "bound": "number", "quant": "quantity", "order": "order",
        "cause": "cause", "than": "comparison", "from": "direction", "only": "quantity",
    }  # fmt: skip
    kinds |= {named[mark.kind] for mark in reading.marks if mark.kind in named and mark.kind not in ("from", "quant")}
    if not reading.amounts:
        kinds.discard("number")  # A limit without an amount is none: “below”, “sooner or later”.
    if any(mark.kind == "quant" and mark.value in ("most", "few") for mark in reading.marks):
        kinds.add("quantity")
    if any(True for _ in names_in(reading)):
        kinds.add("name")
    return kinds
