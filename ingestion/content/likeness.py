"""Whether two pages say the same, but for what a print version, a mirror or a session leaves in the text. Pure.

Only pages of one title are held against each other. What differs may be a few words, such as a line that only the print
version has; but a figure or a name that stands in place of another one makes two pages: they say two things.
"""

from __future__ import annotations

from collections import Counter

SHORTEST_WORDS = 40
"""Below this a few words are much of what the page says."""
SHARE = 0.03
LEAST = 4
SESSION_LETTERS = 16
"""An id that no person reads is at least so long, and of letters and figures mixed."""


def words_between(words: int) -> tuple[int, int]:
    """Return how many words, at least and at most, a page that says the same as one of so many has."""
    few = _few(words)
    return words - few, words + few


def says_the_same(one: str, other: str) -> bool:
    """Return whether two texts say the same, in any order of their lines."""
    first, second = _words(one), _words(other)
    total = min(first.total(), second.total())
    only_first, only_second = first - second, second - first
    if total < SHORTEST_WORDS or (only_first + only_second).total() > _few(total):
        return False
    return not (only_first and only_second)


def _few(words: int) -> int:
    return max(LEAST, int(words * SHARE))


def _words(text: str) -> Counter[str]:
    return Counter(word for word in text.split() if not _is_session(word.strip(".,;:()[]")))


def _is_session(word: str) -> bool:
    return len(word) >= SESSION_LETTERS and word.isalnum() and not word.isalpha() and not word.isdigit()
