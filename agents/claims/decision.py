"""What was decided about one sentence of a draft, and how a model's verdicts are read. Pure."""

from __future__ import annotations

from pydantic import BaseModel, Field

from agents.claims.verdict import Judge, Ruling

_STANDS = frozenset({Ruling.SUPPORTED, Ruling.NO_CLAIM})
_RULINGS = {
    "supported": Ruling.SUPPORTED, "partly": Ruling.PARTLY, "not": Ruling.NOT_SUPPORTED,
    "not supported": Ruling.NOT_SUPPORTED, "contradicted": Ruling.CONTRADICTED, "no claim": Ruling.NO_CLAIM,
}  # fmt: skip


class Decision(BaseModel):
    """One sentence: how it stands to its quotes, who said so and why; `instead` replaces it where it was rewritten."""

    sentence: str
    ruling: Ruling
    judge: Judge
    why: str = ""
    kinds: list[str] = Field(default_factory=list)
    passages: list[int] = Field(default_factory=list)
    instead: str = ""

    @property
    def stands(self) -> bool:
        return self.ruling in _STANDS


class Verdict(BaseModel):
    """What the model says of one claim, by its number in the request."""

    n: int
    verdict: str
    words: str = ""

    @property
    def ruling(self) -> Ruling | None:
        """Return the verdict as one of ours; None where the model said something else."""
        return _RULINGS.get(self.verdict.strip().lower().rstrip("."))


class Verdicts(BaseModel):
    """The model's answer as a judge."""

    verdicts: list[Verdict]


class Rewritten(BaseModel):
    """What the model wrote in the place of a sentence; empty to cut it."""

    n: int
    text: str = ""


class Repairs(BaseModel):
    """The model's answer when it mends sentences."""

    sentences: list[Rewritten]
