"""What a model says of pages, held against the pages; and the pages' own words where that fails. Pure.

The same checks for every model: a sentence stays only if its words and numbers are in its source.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from ingestion.content.passages import prose_lines
from ingestion.describing.prompts import CUT_OFF, SUMMARY_CHARS
from ingestion.text.echoes import Echo
from ingestion.text.fencing import MARKS
from ingestion.text.legal import is_legal
from language.scripts import HAN, has_unspaced
from language.scripts import MARKS as LETTER_MARKS
from language.sentences import is_complete, joined, split_sentences
from language.stems import stem
from language.terms import is_stop_word
from language.words import count_words
from language.words import words as cut_words

WORDS_FOUND_LEAST = 0.75
LONGEST_EXTRACT = 300
_OPENING = 12
"""Sentences at the beginning of a page among which the one that says what it is about is looked for."""
EXTRACT = "extract"
"""Stands for the model's name where sentences of the pages themselves are shown."""

_PART = re.compile(rf"(?:[^\W\d_]|[{LETTER_MARKS}])+")
_NUMBER = re.compile(r"\d[\d.,]*")
_HAN_WORD = re.compile(rf"(?<![{HAN}])[{HAN}]{{2,4}}(?![{HAN}])")
_INLINE_HEADING = re.compile(r"(?:^|\s)#{1,6}\s")
_ENDS = (".", "!", "?")
_CLOSERS = '"”’)'
_OPENS_MORE = (",", ";", ":", "-", "–", "—", "(")
_NEVER_LAST_TEXT = """
    a an and are as at be because but by for from has have in into is its nor of on or our that the their this to was
    were which who whose with your"""
_NEVER_LAST = frozenset(_NEVER_LAST_TEXT.split())


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, headings and code left out."""
    lines = (line.strip("-•*· \t") for line in prose_lines(text))
    return [part.strip() for line in lines for part in split_sentences(line) if part.strip()]


class Source:
    """A text that answers are held against. Its words and numbers are cut out once, for all that is said of it.

    `asked` is our question without the text: what is made of its words is no answer.
    """

    def __init__(self, text: str, asked: str = "") -> None:
        self.text = text
        self._asked = asked

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of all its words."""
        return frozenset(stem(word) for word in _words(self.text))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(number.strip(".,") for number in _NUMBER.findall(self.text))

    @cached_property
    def echo(self) -> Echo:
        """What tells its own words from our question handed back."""
        return Echo(self._asked, self.text, telling_words)


def is_grounded(sentence: str, source: str, *, asked: str = "") -> bool:
    """Return whether the sentence's meaningful words, but for a few, and all its numbers stand in the source.

    One with a mark of our prompt or of a heading, or made of the words of what was `asked`, repeats our question: it is
    not grounded.
    """
    return holds(sentence, Source(source, asked))


def holds(sentence: str, source: Source, *, least: float = WORDS_FOUND_LEAST) -> bool:
    """Return what `is_grounded` does, for many sentences of one source; `least` is the share of words to be found."""
    if MARKS.search(sentence) or _INLINE_HEADING.search(sentence) or source.echo.heard_in(sentence):
        return False
    words = [word for word in telling_words(sentence) if word not in _OF_ANY_SUMMARY]
    if not words or sum(word in source.stems for word in words) < least * len(words):
        return False
    return all(number.strip(".,") in source.numbers for number in _NUMBER.findall(sentence))


def adds_to(sentence: str, title: str) -> bool:
    """Return whether the sentence says something that the title does not."""
    words = set(telling_words(sentence)) - _OF_ANY_SUMMARY
    return len(words - Source(title).stems) >= 2


def grounded_text(said: Any, source: str, *, asked: str = "", title: str = "", most: int = 3) -> str:
    """Return the sentences of what was said that are true to the source and more than the title; "" if none is.

    `asked` is our question without the source: a sentence made of its words is not kept.
    """
    return true_sentences(said, Source(source, asked), title=title, most=most)


def true_sentences(
    said: Any, source: Source, *, title: str = "", most: int = 3, least: float = WORDS_FOUND_LEAST
) -> str:
    """Return what `grounded_text` does; `least` is the share of words to be found."""
    if not isinstance(said, str):
        return ""
    kept = dict.fromkeys(
        sentence
        for sentence in sentences(whole(said, SUMMARY_CHARS))
        if count_words(sentence) >= 4 and holds(sentence, source, least=least) and adds_to(sentence, title)
    )
    text = joined(list(kept)[:most])
    return text if not text or is_complete(text) else text + "."


def whole(said: str, limit: int) -> str:
    """Return what was said on one line, without headings and without an end that breaks off in mid-sentence.

    `limit` is the most that the model could say: what reaches it without a full stop was cut off there. An end
    without a full stop stays only where it is all there is, and reads like an end.
    """
    said = " ".join(" ".join(line for line in said.splitlines() if not line.lstrip().startswith("#")).split())
    if not said or _ended(said):
        return said
    *before, last = split_sentences(said)
    if before:
        return said[: len(said) - len(last)].rstrip()
    broken = len(said) >= limit - 1 or said.endswith((CUT_OFF, *_OPENS_MORE)) or said.split()[-1].lower() in _NEVER_LAST
    return "" if broken else said


def _ended(text: str) -> bool:
    return text.rstrip(_CLOSERS).endswith(_ENDS)


def grounded_topics(said: Any, source: Source, *, most: int = 4) -> list[str]:
    """Return the topics that the source speaks of; where none is left, its most frequent telling words."""
    topics: dict[str, str] = {}
    for topic in said if isinstance(said, list) else []:
        words = _words(topic) if isinstance(topic, str) and not source.echo.heard_in(topic) else []
        if 0 < len(words) <= 5 and len(topic) <= 40 and all(stem(word.lower()) in source.stems for word in words):
            topics.setdefault(topic.strip().lower(), topic.strip())
    return list(topics.values())[:most] or frequent_words([source.text], most=3)


def frequent_words(texts: Iterable[str], *, most: int) -> list[str]:
    """Return the telling words found in most of the texts; of equal ones, those found most often."""
    spread: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for text in texts:
        words = _may_be_topics(text.lower())
        total.update(words)
        spread.update(set(words))
    order = sorted(total, key=lambda word: (-spread[word], -total[word], word))
    return [word for word in order if total[word] > 1][:most]


def extractive_summary(description: str, text: str, title: str) -> str:
    """Return what a page is about in its own words: its description, else two whole sentences, else its title.

    The first of its sentences are looked at: the one that begins with what the title names, else speaks of it, comes
    first, with the one behind it; what licences say is passed over. All three must be the page's own: the result is
    shown as its words.
    """
    if count_words(description) >= 5:
        return _shortened(description)
    found = [each for each in sentences(text) if count_words(each) >= 6 and is_complete(each) and not is_legal(each)]
    found = found[:_OPENING]
    if not found:
        return title
    named = {stem(word) for word in _telling_words(title)}

    def worth(place: int) -> tuple[bool, int, int]:
        begins = bool(named.intersection(map(stem, cut_words(found[place])[:1])))
        return begins, len(named.intersection(telling_words(found[place]))), -place

    start = max(range(len(found)), key=worth)
    kept = _shortened(found[start])
    for after in found[start + 1 : start + 2]:
        if len(kept) + len(after) < LONGEST_EXTRACT:
            kept = joined([kept, after])
    return kept


def _shortened(text: str) -> str:
    """Return the text, one that is too long cut after a whole sentence, else after a whole word."""
    if len(text) <= LONGEST_EXTRACT:
        return text
    *sentences_, _ = split_sentences(text[:LONGEST_EXTRACT])
    if sentences_:
        return text[: text.index(sentences_[-1]) + len(sentences_[-1])]
    return text[: LONGEST_EXTRACT - 1].rpartition(" ")[0] + "…"


def tone_of(texts: Sequence[str]) -> str:
    """Return how the texts speak, from what can be counted. Empty where there is too little to count."""
    spoken = [sentence for text in texts for sentence in sentences(text) if is_complete(sentence)]
    lengths = [length for sentence in spoken if (length := count_words(sentence)) >= 4]
    if len(lengths) < 5:
        return ""
    words = Counter(word for sentence in spoken for word in _words(sentence.lower()))
    you = sum(words[word] for word in ("you", "your", "yours"))
    we = sum(words[word] for word in ("we", "our", "ours", "us"))
    per_100 = 100 / max(1, sum(words.values()))
    parts = []
    if you * per_100 >= 0.7:
        parts.append("speaks to the reader as “you”")
    if we * per_100 >= 0.7:
        parts.append("speaks of itself as “we”")
    if not parts:
        parts.append("impersonal")
    average = round(sum(lengths) / len(lengths))
    size = "short" if average <= 13 else "long" if average >= 22 else "middling"
    parts.append(f"{size} sentences ({average} words on average)")
    shouted = sum(sentence.endswith("!") for sentence in spoken)
    parts.append(
        "no exclamation marks" if not shouted else f"an exclamation mark in {shouted} of {len(spoken)} sentences"
    )
    sentence = ", ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."


def telling_words(text: str) -> list[str]:
    """Return the stems of the words of a text that carry meaning, in order."""
    return [stem(word) for word in _telling_words(text)]


def _telling_words(text: str) -> list[str]:
    return [word for word in _words(text) if _is_telling(word)]


def _is_telling(word: str) -> bool:
    return (len(word) > 1 or has_unspaced(word)) and not is_stop_word(word)


def _long_enough(word: str) -> bool:
    return len(word) > 3 or (len(word) > 1 and has_unspaced(word))


def _may_be_topics(text: str) -> list[str]:
    """Return the words of a text that may be its topics.

    Of scripts without spaces one sign alone is mostly a particle or an ending: there it is what stands between those.
    """
    words = [word for word in _telling_words(text) if _long_enough(word) and word not in _OF_ANY_SITE]
    return words + _HAN_WORD.findall(text)


def _words(text: str) -> list[str]:
    """Return the words of a text, the parts of compound ones alone, without numbers."""
    found: list[str] = []
    for word in cut_words(text):
        if word.isalpha():  # most are, and are their only part
            found.append(word)
        else:
            found.extend(_PART.findall(word))
    return found


_OF_ANY_SUMMARY_TEXT = """
    page pages site website article text document describes discusses explains covers provides offers
    gives shows contains includes including about information topics summary overview guide various different"""
_OF_ANY_SUMMARY = frozenset(stem(word) for word in _OF_ANY_SUMMARY_TEXT.split())
_OF_ANY_SITE_TEXT = """
    this that with from have will your more page home also which when where what they them their there here
    these those then than into onto only some such over under about following using used uses click read next
    previous menu search chapter section appendix part"""
_OF_ANY_SITE = frozenset(_OF_ANY_SITE_TEXT.split())
