"""What a judge says of a claim."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Judge(StrEnum):
    """Who decided."""

    RULES = "rules"
    SEARCH = "search"
    MODEL = "model"
    WORDS = "words"


class Ruling(StrEnum):
    """How a claim stands to its quotes. Rules say `REFUSED` or nothing: they never bless a paraphrase."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    NOT_SUPPORTED = "not"
    CONTRADICTED = "contradicted"
    NO_QUOTE = "no quote"
    NO_CLAIM = "no claim"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a rule refuses a claim: its name, the claim's words, and the source's that they stand against."""

    rule: str
    claimed: str
    sourced: str

    @property
    def reason(self) -> str:
        """Return one sentence for the reader."""
        if not self.sourced:
            return f"“{self.claimed}” is not in the source."
        return f"It says “{self.claimed}” where the source says “{self.sourced}”."
