"""Whether a question that ends a section lost its answer, or leads on to what comes next. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agents.grounding.source import Source
from agents.text.words import content_stems, numbers

_Place = tuple[int, int]
_SHARED = 2
"""Words or numbers that a sentence must share with one of a source to be about the same thing."""


def answer_is_lost(before: Sequence[str], lost: Sequence[str], sources: Sequence[Source]) -> bool:
    """Return whether any sentence that was taken out behind a question may have answered it.

    One that told again, and wrongly, what stands `before` the question is no answer: the question was about what
    follows.
    """
    told = {_place_of(sentence, sources) for sentence in before} - {None}
    return any(_place_of(sentence, sources) not in told for sentence in lost)


def _place_of(sentence: str, sources: Sequence[Source]) -> _Place | None:
    """Return the sentence of a source that this one comes closest to; None where it comes close to none."""
    own = _parts(sentence)
    shared = {
        (source.id, place): len(own & _parts(text)) for source in sources for place, text in enumerate(source.sentences)
    }
    best = max(shared, key=lambda place: shared[place], default=None)
    return best if best is not None and shared[best] >= min(_SHARED, len(own)) else None


def _parts(sentence: str) -> set[str]:
    return {*content_stems(sentence), *numbers(sentence)}
