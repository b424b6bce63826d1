"""Headings, titles and the post as a whole. Pure."""

import re
from collections.abc import Sequence

from agents.grounding.form import is_leak
from agents.grounding.support import STRONG_CLAIMS, is_known_name
from agents.sources.evidence import Evidence
from agents.text.words import content_stems, names, normal, numbers, words


def unfounded_words(heading: str, evidence: Sequence[Evidence]) -> list[str]:
    """Return what a heading or a title says that no evidence does; empty when it may stand."""
    text = " ".join(f"{item.page_title} {item.heading} {item.text}" for item in evidence)
    stems, known = set(content_stems(text)), {word.lower() for word in words(text)}
    found = [number for number in numbers(heading) if number not in numbers(text)]
    found += [word for word in words(heading) if word.lower() in STRONG_CLAIMS and word.lower() not in known]
    strange = [found for found in content_stems(heading) if found not in stems]
    codes = [word for word in names(heading) if not word[1:].islower()]
    found += [word for word in codes if not is_known_name(word, known, stems)]
    return found + (strange if len(strange) > 0.34 * len(content_stems(heading)) else [])


def is_foreign(heading: str, about: str, evidence: Sequence[Evidence]) -> bool:
    """Return whether a heading has nothing to do with the evidence, or brings what is nobody's but a source's to say.

    A heading is its writer's: it may be in quite other words than the sources, ask, promise and count. It may not bring
    a year, an amount, a name or a rank that they do not have. `about` says what the section is for: the heading, or
    that, must share words with the evidence.
    """
    text = " ".join(f"{item.page_title} {item.heading} {item.text}" for item in evidence)
    stems, known = set(content_stems(text)), {word.lower() for word in words(text)}
    if _brings_amount(heading, numbers(text)) or _ranks(heading, known):
        return True
    if any(not is_known_name(word, known, stems) for word in _named_in(heading)):
        return True
    own = set(content_stems(heading))
    return not own & stems and len(set(content_stems(about)) & stems) < 2


_MOST_COUNTED = 31
_RANKED = re.compile(
    r"\b(?:is|are|as|remains?|being)\s+(?:\w+\s+)?(?:the\s+)?(?:world'?s\s+)?"
    r"(?:best|worst|fastest|slowest|easiest|largest|biggest|smallest|newest|oldest|safest|cheapest|leading|only|perfect|"
    r"unique)\b|\b(?:world's|industry's|market)[- ]\w+|"
    r"\b(?:award-winning|number one|no\. ?1|#1|guaranteed|unlimited)\b|"
    r"\b(?:better|faster|safer|cheaper|easier) than\b|\bbeats\b",
    re.IGNORECASE,
)
_SENTENCE_ENDS = (":", "?", "!", ".", "—", "–", "-")


def _brings_amount(heading: str, held: set[str]) -> bool:
    """Return whether there is a number that no source has, other than one that counts items: “5 ways to …”."""
    found = heading.split()
    for place, word in enumerate(found):
        for number in numbers(word):
            following = found[place + 1] if place + 1 < len(found) else ""
            counts = number == word and number.isdigit() and int(number) <= _MOST_COUNTED and following.isalpha()
            if number not in held and any(letter.isdigit() for letter in word) and not counts:
                return True
    return False


def _ranks(heading: str, known: set[str]) -> bool:
    """Return whether the heading puts something above others, with a word that no source has."""
    return any(
        not any(word.lower() in known for word in words(found[0]) if word.lower() in STRONG_CLAIMS | {"beats"})
        for found in _RANKED.finditer(heading)
    )


def _named_in(heading: str) -> list[str]:
    """Return what must be a name by its form: capitals or figures inside a word, or a capital where style has none.

    Short words in capitals alone (FAQ, DIY) are words of any writer, and in title case a capital tells nothing.
    """
    found = words(heading)
    title_case = sum(word[0].isupper() for word in found) > 0.5 * max(1, len(found))
    begins = {part for word in heading.split() if word.endswith(_SENTENCE_ENDS) for part in [_after(heading, word)]}
    named = []
    for word in names(heading):
        if word[1:].islower() or not any(letter.isalpha() for letter in word):
            if not (title_case or _is_plain(word) or word in begins or word.lower() in _CALENDAR):
                named.append(word)
        elif not (word.isupper() and word.isalpha() and len(word) <= 4) and not word.removesuffix("'s")[1:].islower():
            named.append(word)
    return named


_CALENDAR = frozenset({
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february",
    "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    "christmas", "easter",
})  # fmt: skip


def _after(heading: str, word: str) -> str:
    """Return the word that follows, which begins a sentence of its own."""
    rest = words(heading.partition(word)[2])
    return rest[0] if rest else ""


def _is_plain(word: str) -> bool:
    """Return whether a capital inside a heading may be style: one before an ending that names seldom have."""
    return word.lower().endswith(("ing", "ed", "ly", "tion", "ment", "ness", "ies"))


LEAST_HEADINGS = 3


def check_post(title: str, headings: Sequence[str], texts: Sequence[str], *, least: int = LEAST_HEADINGS) -> list[str]:
    """Return what is wrong with a whole post, as sentences; empty when nothing is."""
    problems = []
    if not title.strip():
        problems.append("The post has no title.")
    if len({normal(heading) for heading in headings if heading.strip()}) < least:
        problems.append(f"The post has fewer than {least} different headings.")
    if any(not text.strip() for text in texts):
        problems.append("A section of the post is empty.")
    if any(is_leak(line) for line in [title, *headings]):
        problems.append("A heading holds words of the instructions.")
    return problems
