"""A sentence read for what its claim turns on: content words, clauses, marks of meaning, amounts. Pure.

Owns the reading, not the judgement. Words are cut to Snowball stems (snowballstemmer, BSD), after a short list of
irregular forms; Japanese and Chinese are read by character. This is the one place to swap for another way of cutting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer

from agents.claims.amounts import Amount, find_amounts
from agents.claims.lexicon import LEXICONS, UNKNOWN, Lexicon
from agents.claims.lexicon.lexicon import Member
from agents.claims.marking import apart, marks_in
from agents.claims.parts import Clause, Mark, Token

_ALGORITHMS = {"en": "english", "de": "german", "fr": "french", "es": "spanish"}
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]")
_CJK_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[a-zA-Z]+|[\u30a1-\u30ffー]+|[\u4e00-\u9fff々]|[、。，；：！？,;:.!?]")
_CAPITAL_ONLY = frozenset({"may", "march", "mar", "sun"})
"""English words that are months or days with a capital alone."""
_ENDS = frozenset(",;:()–—.!?…、。，；：！？")
_LETTERS = re.compile(r"[^\W\d_]+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(slots=True)
class Reading:
    """One sentence as read."""

    text: str
    language: str
    tokens: list[Token]
    clauses: list[Clause]
    marks: list[Mark]
    amounts: list[Amount]

    @property
    def stems(self) -> set[str]:
        return {token.stem for token in self.tokens if token.content}

    @property
    def lexicon(self) -> Lexicon:
        return LEXICONS.get(self.language, UNKNOWN)


def language_of(text: str) -> str:
    """Return the named language that the text is in, by its script and its function words; empty for others."""
    if _KANA.search(text):
        return "ja"
    if len(_HAN.findall(text)) > 2:
        return "zh"
    found = _LETTERS.findall(text.lower())
    counts = {code: sum(word in LEXICONS[code].stop_words for word in found) for code in ("en", "de", "fr", "es")}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= max(1, len(found) // 8) else ""


@lru_cache(maxsize=4096)
def read(text: str, language: str) -> Reading:
    """Return a sentence as read in its language. The result is shared: nobody changes it."""
    lexicon = LEXICONS.get(language, UNKNOWN)
    text = text.replace("’", "'")
    tokens = list(_tokens(text, lexicon))
    amounts = find_amounts(text, language)
    marks = apart(list(marks_in(text, tokens, lexicon)), tokens, amounts, lexicon)
    clauses = _clauses(tokens, marks, lexicon)
    for clause in clauses:
        last = clause.first + len(clause.tokens)
        clause.marks = [mark for mark in marks if clause.first <= mark.place < last]
        if clause.tokens:
            start, end = clause.tokens[0].start, clause.tokens[-1].start + len(clause.tokens[-1].text)
            clause.amounts = [amount for amount in amounts if start <= amount.start < end]
    return Reading(text, language, tokens, clauses, marks, amounts)


def read_all(sentences: Sequence[str], language: str) -> list[Reading]:
    """Return the sentences of a quote as read."""
    return [read(sentence, language) for sentence in sentences]


@lru_cache(maxsize=20_000)
def stem_of(word: str, language: str) -> str:
    """Return the stem of a word in small letters."""
    word = LEXICONS.get(language, UNKNOWN).base_forms.get(word, word)
    stemmer = _stemmer(language)
    return str(stemmer.stemWord(word)) if stemmer else word


@cache
def _stemmer(language: str) -> snowballstemmer.stemmer | None:
    name = _ALGORITHMS.get(language)
    return snowballstemmer.stemmer(name) if name else None


def _tokens(text: str, lexicon: Lexicon) -> Iterator[Token]:
    pattern = _TOKEN if lexicon.spaced else _CJK_TOKEN
    groups = _groups(lexicon.language)
    unspaced = {} if lexicon.spaced else _found_groups(text, lexicon.language)
    for match in pattern.finditer(text):
        for piece, start in _pieces(match, lexicon):
            low = piece.lower()
            if not piece[0].isalnum():
                yield Token(piece, low, start, content=False)
                continue
            stem = stem_of(low, lexicon.language)
            members = groups.get(low) or groups.get(stem, ()) if lexicon.spaced else unspaced.get(start, ())
            if low in _CAPITAL_ONLY and piece[0].islower():
                members = ()
            content = low not in lexicon.stop_words and (len(low) > 1 or not lexicon.spaced) and not low[0].isdigit()
            yield Token(piece, stem, start, content, members)


def _pieces(match: re.Match[str], lexicon: Lexicon) -> Iterator[tuple[str, int]]:
    """Yield the words of a match; French joins an article or a pronoun to what follows (`l'écluse`)."""
    if lexicon.language != "fr" or "'" not in match.group():
        yield match.group(), match.start()
        return
    start = match.start()
    for part in match.group().split("'"):
        if part:
            yield part, start
        start += len(part) + 1


@cache
def _groups(language: str) -> dict[str, tuple[Member, ...]]:
    """Return the groups of opposites that each word and stem belongs to."""
    found: dict[str, list[Member]] = {}
    for group, members in enumerate(LEXICONS.get(language, UNKNOWN).groups):
        for member, words in enumerate(members):
            for word in words:
                for key in {word, stem_of(word, language)}:
                    if (group, member) not in found.setdefault(key, []):
                        found[key].append((group, member))
    return {key: tuple(entries) for key, entries in found.items()}


def _found_groups(text: str, language: str) -> dict[int, tuple[Member, ...]]:
    """Return where words of opposites begin in a text without spaces, the longest first."""
    words = sorted(_groups(language), key=len, reverse=True)
    found: dict[int, tuple[Member, ...]] = {}
    if words:
        place = 0
        while place < len(text):
            word = next((word for word in words if text.startswith(word, place)), "")
            if word:
                found[place] = _groups(language)[word]
            place += max(1, len(word))
    return found


def _clauses(tokens: Sequence[Token], marks: Sequence[Mark], lexicon: Lexicon) -> list[Clause]:
    """Return the clauses: cut at punctuation, and at joining words where both sides say something."""
    found: list[Clause] = []
    forces = {mark.place for mark in marks if mark.kind in ("modal", "neg")}
    first = 0
    for place, token in enumerate(tokens):
        at_mark = token.text in _ENDS and not (token.text == "." and place and tokens[place - 1].text.isdigit())
        names = (
            place > 0
            and place + 1 < len(tokens)
            and tokens[place - 1].text[0].isupper()
            and (tokens[place + 1].text[0].isupper() and lexicon.language != "de")
        )
        joins = token.text.lower() in lexicon.joining and not names
        least = 1 if place + 1 in forces else 2
        at_word = joins and min(_content(tokens[first:place]), _content(tokens[place:])) >= least
        if (at_mark or at_word) and place > first:
            found.append(Clause(list(tokens[first:place]), first))
            first = place
    if first < len(tokens):
        found.append(Clause(list(tokens[first:]), first))
    return [clause for clause in found if any(token.content or token.text.isalnum() for token in clause.tokens)]


def _content(tokens: Sequence[Token]) -> int:
    return sum(token.content or token.text[0].isdigit() for token in tokens)
