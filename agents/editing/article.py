"""The post as a page shows it: its HTML with each claim marked, the cards of its evidence, its headings. Pure.

Sanitising is `runs.presentation.markdown`'s; what is put into its output here is made of numbers and fixed words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from django.utils.safestring import SafeString, mark_safe

from agents.editing.evidence import Claim
from agents.editing.marked_text import Marked, Piece, pieces_of, written
from agents.post.assemble import body_of
from ingestion.web.links import place_of
from runs.presentation.markdown import render

WORDS = {
    "supported": ("✓", "supported"),
    "partly": ("◐", "supported in part"),
    "not": ("✕", "not supported"),
    "unchecked": ("?", "not checked"),
}
_WORST = ("not", "partly", "unchecked", "supported")
_OPEN, _SHUT, _CITE, _END = "\ue012", "\ue013", "\ue014", "\ue015"
_PRIVATE = re.compile(f"[{_OPEN}-{_END}]")
_SPAN = re.compile(f"{_OPEN}([0-9]+):([a-z]+){_END}([^{_OPEN}{_SHUT}]*){_SHUT}")
_PLACED = re.compile(f"{_CITE}([0-9]+):([0-9]+){_END}")
_TAG = re.compile(r"<(/?)([a-z0-9]{1,12})[^<>]*>")
_HEADING = re.compile(r"<h2>(.*?)</h2>")


@dataclass(frozen=True, slots=True)
class Source:
    """A source of the post. `where` is host and path, for people."""

    n: int
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class CardQuote:
    """What one source says, and the address of the place where it says so."""

    n: int
    title: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Card:
    """The evidence of one claim, or of several in a row that name the same sources."""

    n: int
    state: str
    mark: str
    word: str
    sentence: str
    whys: tuple[str, ...]
    quotes: tuple[CardQuote, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """What the page shows. `headings` are the sections with their ids."""

    html: SafeString
    cards: list[Card]
    headings: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Row:
    """Sentences of one paragraph that name the same sources, one after another."""

    sentences: tuple[Marked, ...]
    claims: tuple[Claim, ...]


def article_of(markdown: str, claims: Sequence[Claim], sources: Mapping[int, Source]) -> Article:
    """Return the post, its title and list of sources left out, with a card for each claim that there is to show."""
    raised = re.sub(r"(?m)^## ", "# ", _PRIVATE.sub("", body_of(markdown)))
    by_text = {(claim.text, tuple(claim.numbers)): claim for claim in claims}
    cards: list[Card] = []
    pieces = []
    for piece in pieces_of(raised):
        shown: list[Marked] = []
        for row in _rows(piece, by_text):
            card = _card(len(cards) + 1, row, sources)
            if card is not None:
                cards.append(card)
            shown += _shown(row, card)
        pieces.append(Piece(piece.lead, tuple(shown), piece.loose))
    html = _marked(render(written(pieces, lambda sentence: sentence.markdown)))
    headings = [(f"part-{n}", _TAG.sub("", match[1])) for n, match in enumerate(_HEADING.finditer(html), start=1)]
    count = iter(headings)
    html = _HEADING.sub(lambda match: f'<h2 id="{next(count)[0]}">{match[1]}</h2>', html)
    return Article(mark_safe(html), cards, [(name, unescape(text)) for name, text in headings])  # noqa: S308 - see above


def _rows(piece: Piece, claims: Mapping[tuple[str, tuple[int, ...]], Claim]) -> Iterator[_Row]:
    gathered: list[tuple[Marked, Claim]] = []
    for sentence in piece.sentences:
        claim = claims.get((sentence.text, sentence.numbers))
        claim = claim or Claim(text=sentence.text, numbers=list(sentence.numbers), state="unchecked")
        if gathered and (gathered[-1][0].numbers != sentence.numbers or not sentence.numbers):
            yield _row(gathered)
            gathered = []
        gathered.append((sentence, claim))
    if gathered:
        yield _row(gathered)


def _row(gathered: Sequence[tuple[Marked, Claim]]) -> _Row:
    return _Row(tuple(sentence for sentence, _ in gathered), tuple(claim for _, claim in gathered))


def _card(n: int, row: _Row, sources: Mapping[int, Source]) -> Card | None:
    """Return the evidence of a row; None where it names no source and states nothing."""
    states = {claim.state for claim in row.claims}
    state = next((worst for worst in _WORST if worst in states), "supported")
    if not row.sentences[0].numbers and state not in ("not", "partly"):
        return None
    whys = dict.fromkeys(claim.why for claim in row.claims if claim.why)
    found = {(quoted.n, quoted.text) for claim in row.claims for quoted in claim.quotes if quoted.n in sources}
    quotes = tuple(
        CardQuote(number, sources[number].title, text, place_of(sources[number].url, text))
        for number, text in sorted(found)
    )
    return Card(n, state, *WORDS[state], row.sentences[-1].text, tuple(whys), quotes)


def _shown(row: _Row, card: Card | None) -> Iterator[Marked]:
    """Yield the sentences with private marks around claims, and the numbers behind the last one alone."""
    for sentence, claim in zip(row.sentences, row.claims, strict=True):
        raw = sentence.markdown
        if card is not None and claim.state != "none":
            raw = f"{_OPEN}{card.n}:{claim.state}{_END}{raw}{_SHUT}"
        if sentence is row.sentences[-1] and card is not None:
            raw += "".join(f"{_CITE}{card.n}:{number}{_END}" for number in sentence.numbers)
        yield Marked(raw, sentence.text)


def _marked(html: str) -> str:
    return _PRIVATE.sub("", _PLACED.sub(_superscript, _SPAN.sub(_span, html)))


def _span(match: re.Match[str]) -> str:
    """Return the sentence with its mark; without one where the mark would cut through other markup."""
    inner = match[3]
    opened: list[str] = []
    for closing, tag in _TAG.findall(inner):
        if not closing:
            opened.append(tag)
        elif not opened or opened.pop() != tag:
            return inner
    return inner if opened else f'<span class="claim claim-{match[2]}" data-card="evidence-{match[1]}">{inner}</span>'


def _superscript(match: re.Match[str]) -> str:
    label = f"Source {match[2]}: its words, and how they bear this"
    return f'<sup><a href="#evidence-{match[1]}" aria-label="{label}">{match[2]}</a></sup>'
