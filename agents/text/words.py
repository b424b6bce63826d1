"""Words, their stems, numbers and names: what the checks of a post compare.

How text is cut is left to `language`; what counts as a fault in it is left to `agents.grounding`.
"""

import re
from collections.abc import Iterator

import re2

from agents.text.vocabulary import NEGATIONS, NUMBER_WORDS, STOP_WORDS
from language.scripts import has_hangul, stretches
from language.sentences import one_line
from language.stems import stem
from language.terms import is_stop_word, terms
from language.words import words as cut_words

_CODE_SPAN = re2.compile(r"`+([^`]+)`+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def words(text: str) -> list[str]:
    """Return the words as they stand; code names, versions and addresses stay in one piece."""
    return cut_words(text.replace("’", "'"))


def content_stems(text: str, language: str = "en") -> list[str]:
    """Return the stems of the words that carry meaning, in order and with repetitions; numbers are left out.

    What stands in a script without spaces gives pairs of neighbouring signs (`language.terms`).
    """
    found: list[str] = []
    text = text.replace("’", "'")
    for start, end, unspaced in stretches(text):
        if unspaced:
            found.extend(terms(text[start:end], language))
            continue
        for word in cut_words(text[start:end]):
            found.extend(_stems_of(word.lower(), language))
    return found


def numbers(text: str) -> set[str]:
    """Return every number in the text, digits or words, in one spelling: `1,000`, `1000` and `thousand` are one."""
    found = {_plain_number(match) for match in _NUMBER.findall(text)}
    found |= {NUMBER_WORDS[word] for word in (w.lower() for w in words(text)) if word in NUMBER_WORDS}
    return found


def counted(text: str) -> list[tuple[str, set[str]]]:
    """Return every number with the stems next to it on either side, which say what it counts."""
    found = words(text)
    names = []
    for place, word in enumerate(found):
        for number in numbers(word):
            before = next((stems for w in reversed(found[:place]) if (stems := content_stems(w))), [])
            after = next((stems for w in found[place + 1 :] if (stems := content_stems(w))), [])
            names.append((number, {*before[-1:], *after[:1]}))
    return names


def code_spans(text: str) -> list[str]:
    """Return what stands between backticks."""
    return [one_line(span) for span in _CODE_SPAN.findall(text)]


def names(sentence: str) -> list[str]:
    """Return the words that name something: capitalised inside the sentence, written as code, or an address."""
    found = words(sentence)
    return [word for place, word in enumerate(found) if _is_name(word, first=place == 0)]


def negated(text: str) -> bool:
    """Return whether the text denies something."""
    return any(word.lower() in NEGATIONS or word.lower().endswith("n't") for word in words(text))


def normal(sentence: str) -> str:
    """Return the sentence reduced to its words in lower case: equal for sentences in the same words."""
    return " ".join(word.lower() for word in words(sentence))


def _is_name(word: str, *, first: bool) -> bool:
    if word.lower() in STOP_WORDS or _NUMBER.fullmatch(word):
        return False
    if re.search(r"[._@/:+#\d]", word) and re.search(r"[^\W\d_]", word):
        return True
    if any(letter.isupper() for letter in word[1:]):
        return True
    return not first and word[0].isupper()


def _stems_of(low: str, language: str) -> Iterator[str]:
    if low in STOP_WORDS or low.partition("'")[0] in STOP_WORDS or is_stop_word(low, language):
        return
    if _NUMBER.fullmatch(low) or low in NUMBER_WORDS:
        return
    if re.search(r"[-/]", low) and not re.search(r"[.@:\d]", low):
        yield from (stem(part, language) for part in re.split(r"[-/]", low) if part and part not in STOP_WORDS)
    elif len(low) > 1:
        yield from terms(low, language) if has_hangul(low) else (stem(low, language),)


def _plain_number(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    return number.rstrip(".,:")
