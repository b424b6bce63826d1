"""What the words of the evidence are, for rules that look for one."""

from __future__ import annotations

from collections.abc import Sequence

from agents.claims.reading import Reading


def words_of(evidence: Sequence[Reading]) -> frozenset[str]:
    """Return every word of the evidence in small letters, and its stem."""
    found: set[str] = set()
    for sentence in evidence:
        for token in sentence.tokens:
            found |= {token.text.lower().removesuffix("'s"), token.stem}
    return frozenset(found)
