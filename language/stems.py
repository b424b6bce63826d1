"""Words cut to their stems, so that their forms compare as one. Pure.

Snowball's algorithms (snowballstem.org), from the library of its authors, for the languages that it has; in all others
a word is its own stem. English has a few irregular forms more.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import snowballstemmer

from language.normalisation import folded, without_accents
from language.scripts import MARKS

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian",
    "fa": "persian", "ne": "nepali",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_IRREGULAR = {
    "written": "write", "wrote": "write", "ran": "run", "made": "make", "built": "build", "sent": "send",
    "gave": "give", "given": "give", "took": "take", "taken": "take", "knew": "know", "known": "know", "shown": "show",
    "found": "find", "kept": "keep", "held": "hold", "chose": "choose", "chosen": "choose", "broke": "break",
    "broken": "break", "began": "begin", "begun": "begin", "children": "child", "saw": "see", "seen": "see",
    "said": "say", "told": "tell", "thought": "think", "came": "come", "went": "go", "gone": "go", "lost": "lose",
    "meant": "mean", "sold": "sell", "bought": "buy", "grew": "grow", "grown": "grow", "people": "person",
    "men": "man", "women": "woman", "indices": "index", "indexes": "index", "data": "data",
}  # fmt: skip
_LETTERS = re.compile(rf"(?:[^\W\d_]|[{MARKS}])+")
_LONGEST = 40
"""Characters of a word that may still have an ending worth cutting."""


def has_stems(language: str) -> bool:
    """Return whether there are stems in that language (ISO 639-1)."""
    return language in _ALGORITHMS


@lru_cache(maxsize=65536)
def stem(word: str, language: str = "en") -> str:
    """Return what the forms of one word share, folded and without accents: `Installed` and `installation` are one.

    A word with anything but letters in it (`node.js`, `v1.2`) is only folded. An apostrophe's ending goes: `page's`.
    """
    word = folded(word)
    if language == "en":
        word = word.removesuffix("'s").strip("'")
        word = _IRREGULAR.get(word, word)
    if len(word) > _LONGEST or not _LETTERS.fullmatch(word) or language not in _ALGORITHMS:
        return without_accents(word)
    return without_accents(_stemmer(_ALGORITHMS[language]).stemWord(word))


@cache
def _stemmer(algorithm: str) -> Any:
    return snowballstemmer.stemmer(algorithm)
