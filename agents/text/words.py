"""Words, their stems, numbers and names: what the checks of a post compare.

Owns how a sentence is cut up. What counts as a fault in it is left to `agents.grounding`.
"""

import re

import re2

from agents.text.vocabulary import NEGATIONS, NUMBER_WORDS, STOP_WORDS
from ingestion.text.sentences import one_line
from ingestion.text.stems import family_stem

_WORD = re.compile(r"[^\W_]+(?:[._'’+/@:-]+[^\W_]+)*[+#]*|\w+", re.UNICODE)
_CODE_SPAN = re2.compile(r"`+([^`]+)`+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def words(text: str) -> list[str]:
    """Return the words as they stand; code names, versions and addresses stay in one piece."""
    return _WORD.findall(text.replace("’", "'"))


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order and with repetitions; numbers are left out."""
    found: list[str] = []
    for word in words(text):
        low = word.lower()
        if low in STOP_WORDS or low.partition("'")[0] in STOP_WORDS:
            continue
        if _NUMBER.fullmatch(low) or low in NUMBER_WORDS:
            continue
        if _CJK.search(low):
            found.extend(_pairs(low))
        elif re.search(r"[-/]", low) and not re.search(r"[.@:\d]", low):
            found.extend(family_stem(part) for part in re.split(r"[-/]", low) if part and part not in STOP_WORDS)
        elif len(low) > 1:
            found.append(family_stem(low))
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


def _pairs(text: str) -> list[str]:
    """Return every two neighbouring characters: Chinese, Japanese and Korean put no spaces between words."""
    return [text] if len(text) < 2 else [text[place : place + 2] for place in range(len(text) - 1)]


def _plain_number(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    return number.rstrip(".,:")
