"""What a model wrote, held against the evidence it was given: claim by claim, or word by word for a weak model."""

from __future__ import annotations

from collections.abc import Sequence

from agents import grounding
from agents.grounding import Judged
from agents.sources.evidence import Evidence
from agents.steps.verify import Verified
from agents.writing.model import Written
from agents.writing.prompts import SMALL, Prompt, portion_for


async def check_written(
    written: Written,
    evidence: Sequence[Evidence],
    *requests: Prompt,
    model: str,
    heading: str,
    said: Sequence[str],
    least_words: int = grounding.LEAST_WORDS,
    least_sentences: int = grounding.LEAST_SENTENCES,
    verified: Verified | None = None,
) -> grounding.Verdict:
    """Return what of a reply stands; the instructions of its requests must not come back in it.

    `verified` has what was decided about an earlier draft from the same evidence: it is not paid for again.
    """

    def checked(decide: grounding.Decide | None) -> grounding.Verdict:
        return grounding.check(
            written.text,
            evidence,
            heading=heading,
            instructions="\n".join(prompt.instructions for prompt in requests),
            said=said,
            cut_off=written.cut_off,
            least_words=least_words,
            least_sentences=least_sentences,
            decide=decide,
        )

    if portion_for(model) is SMALL:
        return checked(None)
    claims: dict[str, tuple[int, ...]] = {}

    def note(sentence: str, cited: Sequence[int]) -> Judged:
        claims.setdefault(sentence, tuple(cited))
        return Judged(sentence, tuple(cited))

    checked(note)
    verified = verified or Verified(evidence, model)
    await verified.verify(list(claims.items()))
    return checked(verified.judged)
