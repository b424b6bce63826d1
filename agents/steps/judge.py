"""Judge 3: the model, asked about claims and quotes alone. One call a batch, kept by content."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from agents.claims import Quote, Repairs, Verdicts
from agents.writing import judging
from agents.writing.judging import Question
from agents.writing.model import Model
from genisys import Cache, component

_KEPT = timedelta(days=30)


class Asked(BaseModel):
    """A claim as it travels: its words, its quotes with their passages, and what was wrong with it."""

    claim: str
    quotes: list[tuple[int, str]]
    fault: str = ""

    @property
    def listed(self) -> tuple[Quote, ...]:
        return tuple(Quote(number, text, 1.0) for number, text in self.quotes)

    def question(self) -> Question:
        return Question(self.claim, self.listed, self.fault)


class Batch(BaseModel):
    """The claims of one request, and the model that is asked. A second `attempt` is not answered from the cache."""

    claims: list[Asked]
    model: str
    attempt: int = 1


def _content(batch: Batch) -> str:
    return batch.model_dump_json()


@component(title=lambda batch: f"Check {len(batch.claims)} claims", cache=Cache(ttl=_KEPT, key=_content))
async def judge_claims(batch: Batch) -> Verdicts:
    """Return the model's verdicts on a batch; none where its answer was no list of verdicts."""
    questions = [claim.question() for claim in batch.claims]
    async with Model(batch.model) as model:
        found = await model.answer(judging.judge(questions), judging.judge_schema(), Verdicts)
    return found or Verdicts(verdicts=[])


@component(title=lambda batch: f"Mend {len(batch.claims)} sentences")
async def mend_sentences(batch: Batch) -> Repairs:
    """Return sentences in the place of those that did not stand; none where the answer was no list of them."""
    questions = [claim.question() for claim in batch.claims]
    async with Model(batch.model) as model:
        found = await model.answer(judging.repair(questions), judging.repair_schema(), Repairs)
    return found or Repairs(sentences=[])
