"""How many syllables an English word has, by its spelling. Pure.

Groups of vowels are counted, silent letters taken off and vowels that are spoken apart added, by rules of English
spelling and without a list of words. It is meant for sums over a text: a few words of a hundred are off by one.
"""

from __future__ import annotations

import re

_PARTS = re.compile(r"[^\W\d_]+")
_GLIDE = re.compile(r"(?<=[aeiou])y(?=[aeiou])")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(
    r"(?<=[^aeiouy])(?:(?<![^aeiouy]l)e$|(?<![cgsxz])(?<![cs]h)(?<![^aeiouy]l)es$|(?<![dt])(?<![^aeiouy][lr])ed$)"
    r"|(?<=[a-z]{2}[^aeiouy])e(?=ly$)|(?<=[a-z][^aeiouy])e(?=ful|less|ness)|(?<=[tvgr])e(?=ments?$)"
    r"|(?<=nc)e(?=ments?$)|(?<=^som)e(?=[^aeiou])|(?<=^ther)e(?=[bf])"
)
_APART = re.compile(
    r"(?<![cgstx])i(?:[au]|o(?!n))|(?<=[bdmpr])ion|eo(?!ple|ne?s?$|us)|(?<=[aeiou][a-z])eas?$|(?<=cr)eat(?!u)"
    r"|(?<=^r)ea(?=c[^h])|(?<![qg])ua(?!y)|(?<![qg])ue(?=[lnt])|(?<!q)u(?=it[yi])|[eo]ing|(?<![aeiou])ying"
    r"|(?<=[a-z]{2})ie(?=rs?$|st$|ty)|(?<!t)(?<![^s]c)ie(?=n[ct]|t$)|sm$|thm$|[ds](?=nt$)"
)


def syllables(word: str) -> int:
    """Return how many syllables a word has, at least one; the parts of a compound are added up."""
    low = word.lower().replace("n't", "nt").replace("n’t", "nt")
    return sum(map(_of_part, _PARTS.findall(low))) or 1


def _of_part(part: str) -> int:
    plain = _GLIDE.sub("-", part)
    apart = len(_APART.findall(plain)) if len(part) > 3 else 0
    return max(1, len(_VOWELS.findall(plain)) - len(_SILENT.findall(plain)) + apart)
