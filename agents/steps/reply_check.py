"""What a model wrote, held against the evidence it was given."""

from __future__ import annotations

from collections.abc import Sequence

from agents import grounding
from agents.sources.evidence import Evidence
from agents.writing.model import Written
from agents.writing.prompts import Prompt


def check_written(
    written: Written,
    evidence: Sequence[Evidence],
    *requests: Prompt,
    heading: str,
    said: Sequence[str],
    least_words: int = grounding.LEAST_WORDS,
    least_sentences: int = grounding.LEAST_SENTENCES,
) -> grounding.Verdict:
    """Return what of a reply stands; the instructions of its requests must not come back in it."""
    return grounding.check(
        written.text,
        evidence,
        heading=heading,
        instructions="\n".join(prompt.instructions for prompt in requests),
        said=said,
        cut_off=written.cut_off,
        least_words=least_words,
        least_sentences=least_sentences,
    )
