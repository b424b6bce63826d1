"""One form for the same text: as it is stored, and as it is compared. Pure."""

from __future__ import annotations

import re
import unicodedata

from language.scripts import MARKS

# Unicode's Default_Ignorable_Code_Point but for the joiners inside words of Indic and Arabic scripts (they are dropped
# in comparing alone), and the marks of direction: none of them is seen, and each would hide a word.
_UNSEEN = re.compile(
    r"[\u00AD\u034F\u061C\u115F\u1160\u180B-\u180F\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFE00-\uFE0F\uFEFF]"
)
_JOINERS = re.compile(r"[\u200C\u200D]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "＇": "'", "‐": "-", "‑": "-", "−": "-", "–": "-"})
# A letter with its marks; Hangul's letters, which compose, count as marks here, and half-width kana's signs of voice.
_CLUSTER = re.compile(f".[{MARKS}\u1160-\u11ff\uff9e\uff9f]*", re.DOTALL)
_ARABIC_MARKS = re.compile(r"[\u064B-\u0652\u0670\u0640]")


def stored(text: str) -> str:
    """Return the text as it is kept: composed (NFC), without soft hyphens and other signs that nobody sees.

    Ligatures and full-width letters stay as their author wrote them. Zero-width spaces stay too, as line ends of
    scripts without spaces do; `folded` drops them.
    """
    return unicodedata.normalize("NFC", text.replace("\u00ad", "").replace("\ufeff", "").replace("\u2060", ""))


def folded(text: str) -> str:
    """Return the text as it is compared: NFKC and case folding (UAX 15, 44), nothing that is not seen, plain quotes.

    `ﬁle`, `FILE` and `fi-le` with a soft hyphen are `file`; full-width letters and digits are the plain ones.
    """
    if text.isascii():
        return text.lower()
    bare = _JOINERS.sub("", _UNSEEN.sub("", text))
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold()).translate(_QUOTES)
    return _ARABIC_MARKS.sub("", plain)


def folded_with_places(text: str) -> tuple[str, list[int]]:
    """Return `folded` text and, for each of its characters, the offset in `text` of the one that it stands for.

    For finding a quote in a page and showing it there. It folds by clusters (a letter with its marks), so it is slower
    than `folded`.
    """
    parts: list[str] = []
    places: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        said = folded(cluster.group())
        parts.append(said)
        places.extend([cluster.start()] * len(said))
    return "".join(parts), places


def without_accents(text: str) -> str:
    """Return Latin and Greek letters without their accents: `café` is `cafe`. Other scripts stay as they are."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub(r"\1", unicodedata.normalize("NFD", text)))


_ACCENTS = re.compile("([a-zA-Zıøæœß\u0370-\u03ff])[\u0300-\u036f]+")
