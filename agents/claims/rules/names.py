"""A name, a code word or an address that the evidence does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from agents.claims.amounts.units import SCALES, UNITS
from agents.claims.parts import Token
from agents.claims.reading import Reading, stem_of
from agents.claims.verdict import Refusal
from agents.text.vocabulary import word_set

_RULE = "name"
_CODE = re.compile(
    r"`([^`]{1,200})`|(?<![\w-])(--?[a-z][\w-]{1,40})|(?<!\w)([a-z]{1,30}(?:_[a-z0-9]{1,30}){1,6}|[a-z][a-z0-9]{0,40}\(\))"
)
_STRANGE = re.compile(r"https?://\S+|\b\w+\.(?:com|org|net|io|dev|py|js|yaml|json|toml|txt)\b")
_OPENERS = frozenset('.:!?“"«„(–—…')
_WORD = re.compile(r"\w+")
_SPACES = re.compile(r"\s+")
_ENDINGS = word_set(
    """
    s es ies y n an ian ians ean ish ese er ers ic al ing ed ly ation ation's isch ische ischen ais aise ien ienne és
    o a os as i e's
    """
) | {""}
"""How a name and the word made of it may end: `Poland`, `Polish`. Other ends make another name: `Falk`, `Falke`."""
_PLAIN = word_set(
    """
    api url id faq pdf cpu ram ok http https html ui os it tv i
    """
)
_PEOPLES = {
    "dutch": "netherlands", "british": "britain", "welsh": "wales", "danish": "denmark", "swiss": "switzerland",
    "greek": "greece", "spanish": "spain", "finnish": "finland", "irish": "ireland", "french": "france",
    "german": "germany", "thai": "thailand",
}  # fmt: skip
"""English words of peoples and countries that do not begin alike."""
_LONG_END = 2
_PLACE_WORDS = frozenset({"nach", "aus", "in"})


def unknown_name(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse a claim with a name that no quote has; German capitals tell names and nouns apart only in places."""
    text = " ".join(sentence.text for sentence in evidence)
    if refusal := _unknown_code(claim.text, text):
        return refusal
    known = _words_of(evidence)
    for token in names_in(claim):
        if not _is_known(token, claim.language, known, text):
            return Refusal(_RULE, token.text, "")
    if refusal := _other_first_name(claim, evidence):
        return refusal
    return _other_place(claim, evidence, known) if claim.language == "de" else None


def _unknown_code(claim: str, text: str) -> Refusal | None:
    low = text.lower()
    for match in [*_CODE.finditer(claim), *_STRANGE.finditer(claim)]:
        found = next(filter(None, match.groups()), match.group()) if match.re is _CODE else match.group()
        pieces = [piece.strip("()") for piece in found.lower().rstrip(".,;").split()]
        if not all(piece in low for piece in pieces) or _put_together(pieces, low):
            return Refusal(_RULE, found, "")
    return None


def _put_together(pieces: Sequence[str], text: str) -> bool:
    """Return whether a command joins words that stand apart in the source: options alone may be set where they go."""
    plain = [piece for piece in pieces if not piece.startswith("-")]
    joined = " ".join(_SPACES.split(text))
    return any(f"{one} {two}" not in joined for one, two in pairwise(pieces) if one in plain and two in plain)


def names_in(claim: Reading) -> Iterator[Token]:
    """Yield the words that name something by their capital, or by their letters in a script without capitals."""
    if claim.language in ("ja", "zh"):
        yield from (
            token for token in claim.tokens if token.text.isascii() and token.text.isalpha() and len(token.text) > 1
        )
        return
    letters = [token for token in claim.tokens if token.text[0].isalpha()]
    if claim.language not in ("en", "fr", "es", "") or sum(t.text[0].isupper() for t in letters) > 0.6 * len(letters):
        return
    for before, token in zip([None, *claim.tokens], claim.tokens, strict=False):
        if before is None or before.text in _OPENERS or not token.text[0].isupper() or token.members:
            continue
        yield token


def _is_known(token: Token, language: str, known: frozenset[str], text: str) -> bool:
    low = token.text.lower().removesuffix("'s")
    stem = stem_of(low, language)
    forms = {low, f"{low}s", low.removesuffix("s")} | ({stem} if low != f"{stem}e" else set())
    if any(one in known for one, two in _PEOPLES.items() if two == low) or _PEOPLES.get(low) in known:
        return True
    if forms & known or low in _PLAIN or low in UNITS or low in SCALES:
        return True
    if token.text.isupper() and _has_initials(token.text, text):
        return True
    return len(low) >= 4 and any(_is_form_of(low, other) for other in known)


def _is_form_of(low: str, other: str) -> bool:
    """Return whether two words are one name, or a name and a word made of it."""
    size = max(4, len(low) - 3)
    if other[:size] != low[:size]:
        return False
    shared = next((at for at, (one, two) in enumerate(zip(low, other, strict=False)) if one != two), None)
    shared = min(len(low), len(other)) if shared is None else shared
    return low[shared:] in _ENDINGS and (other[shared:] in _ENDINGS or len(other) - shared > _LONG_END)


def _has_initials(name: str, text: str) -> bool:
    initials = "".join(word[0] for word in _WORD.findall(text) if word[0].isupper())
    return name in initials


def _other_first_name(claim: Reading, evidence: Sequence[Reading]) -> Refusal | None:
    """Refuse `Emil Voss` where the evidence has a Voss by another first name alone, and an Emil by himself."""
    if claim.language not in ("en", "fr", "es"):
        return None
    pairs = [pair for sentence in evidence for pair in _capital_pairs(sentence)]
    for first, last in _capital_pairs(claim):
        others = {one for one, two in pairs if two == last}
        if others and first not in others:
            return Refusal(_RULE, f"{first} {last}", f"{sorted(others)[0]} {last}")
    return None


def _capital_pairs(sentence: Reading) -> list[tuple[str, str]]:
    words = sentence.tokens
    return [
        (one.text, two.text)
        for one, two in pairwise(words)
        if one.text[0].isupper()
        and two.text[0].isupper()
        and one.content
        and two.content
        and one.text[1:].islower()
        and two.text[1:].islower()
    ]


def _other_place(claim: Reading, evidence: Sequence[Reading], known: frozenset[str]) -> Refusal | None:
    """Refuse `nach Zürich` for `nach Basel`, where all the rest of the clause stands in the source as it is."""
    for clause in claim.clauses:
        for before, token in zip(clause.tokens, clause.tokens[1:], strict=False):
            if before.text.lower() not in _PLACE_WORDS or not token.text[0].isupper() or token.stem in known:
                continue
            rest = clause.stems - {token.stem}
            for sentence in evidence:
                rivals = [
                    after.text
                    for word, after in zip(sentence.tokens, sentence.tokens[1:], strict=False)
                    if word.text.lower() == before.text.lower() and after.text[0].isupper()
                ]
                if rivals and len(rest) >= 2 and rest <= sentence.stems:
                    return Refusal(_RULE, token.text, rivals[0])
    return None


def _words_of(evidence: Sequence[Reading]) -> frozenset[str]:
    """Return every word of the evidence in small letters, and its stem."""
    found: set[str] = set()
    for sentence in evidence:
        for token in sentence.tokens:
            found |= {token.text.lower().removesuffix("'s"), token.stem}
    return frozenset(found)
