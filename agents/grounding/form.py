"""Faults of form: those that show in the sentence alone, without its sources. Pure."""

import re
from collections import Counter
from collections.abc import Sequence

from agents.text.vocabulary import word_set
from agents.text.words import words

_POINTING = word_set(
    """
    it its this these those they them their he she his her such that both
    """
)
_JOINING = word_set(
    """
    however therefore thus hence instead moreover furthermore additionally also similarly likewise
    nevertheless consequently then otherwise
    """
)
_HANGING = re.compile(
    r"so\b(?! far\b|-)|(?:in (?:return|exchange|turn|that|this|such)|as (?:such|a result)|for (?:that|this)|"
    r"after (?:that|this)|"
    r"because of (?:that|this)|by contrast|on the other hand)\b",
    re.IGNORECASE,
)
"""Openings of more than one word that point at the sentence before."""
_NOTHING_MEANT = re.compile(
    r"it(?:'s| is| was| may be| might be)? (?:(?:not|also|often|always|usually) )?(?:"
    r"(?:possible|impossible|important|necessary|essential|advisable|recommended|tempting|time|no wonder) (?:to|that)|"
    r"(?:true|clear) that|"
    r"(?:pays|makes sense|goes without saying|turns out|follows) (?:to|that)|comes down to)\b",
    re.IGNORECASE,
)
"""An “it” that stands for nothing said before: “it pays to …”."""
_HANDS_OVER = re.compile(
    r"so,? (?!(?:it|they|he|she|this|these|those|that)\b)|(?:and |but )?(?:that|this|which) (?:brings|leads|leaves)\b|"
    r"(?:that|this) is (?:where|when)\b|then,? (?:there (?:is|are)|comes?)\b|with (?:that|this)\b",
    re.IGNORECASE,
)
_LEAKS = re.compile(
    r"<\|?[a-z_]+\|?>|\[/?INST\]|^(?:user|assistant|system|human|ai)\s*:|as an ai\b|language model|"
    r"\b(?:the|these|this|your|numbered|following|given|provided|above)\s+(?:sources?|passages?|evidence)\b"
    r"(?=.*\b(?:above|below|provided|numbered|given|section|write)\b)|"
    r"\bhere(?:'s| is| are)\s+(?:the|a|an|your|my|some)\b.*\b(?:section|post|article|paragraph|draft|text)|"
    r"^(?:sure|certainly|of course|absolutely)\b[,!.]|\b(?:lorem ipsum|insert .{1,30} here)\b|"
    r"\bin this (?:section|blog post|post|article)\b|\bthis (?:section|blog post) (?:will|covers|explains)\b|"
    r"\b(?:the|this|that) (?:original |above |given |provided )?(?:text|article|passage|paragraph|notes?)\b"
    r" (?:\w+ ){0,2}(?:says?|states?|tells?|mentions?|provides?|discusses|highlights?|explains?|describes?|talks)|"
    r"\b(?:original|rewritten|revised|shortened) (?:text|version)\b|\bversion of the text\b|"
    r"\b(?:subject|topic) of (?:the|this) (?:text|article|passage)\b|"
    r"\b(?:system|user) prompt\b|^(?:section|heading|title|topic|subject|sources?|passages?|notes?)\s*(?:\d+\s*)?:",
    re.IGNORECASE,
)


def is_leak(text: str) -> bool:
    """Return whether the text has the marks of a prompt, or of a model talking about its task."""
    return bool(_LEAKS.search(text))


def is_loop(text: str) -> bool:
    """Return whether the text says the same words over and over."""
    found = [word.lower() for word in words(text)]
    if len(found) >= 6 and max(Counter(shingles_in_order(found, 2)).values()) >= 3:
        return True
    if len(found) >= 10 and max(Counter(shingles_in_order(found, 4)).values()) >= 2:
        return True
    return len(found) >= 16 and len(set(found)) / len(found) < 0.45


def shingles_in_order(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return every run of `size` neighbours, repeated ones as often as they occur."""
    return [tuple(items[place : place + size]) for place in range(len(items) - size + 1)]


def points_back(sentence: str) -> bool:
    """Return whether the sentence opens with a word that points at the one before: it cannot stand without that."""
    found = [word.lower() for word in words(sentence)[:2]]
    if _NOTHING_MEANT.match(sentence.replace("’", "'")):
        return False
    if _HANGING.match(sentence):
        return True
    return bool(found) and (found[0] in _POINTING or found[0] in _JOINING or found == ["for", "example"])


def hands_over(sentence: str) -> bool:
    """Return whether a transition leads on from all that was said so far: “So how do you choose?”."""
    return bool(_HANDS_OVER.match(sentence.replace("’", "'")))
