"""What was found of one part of an installation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a part stands. Only BAD keeps the product from working."""

    GOOD = "good"
    RISKY = "risky"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one part, and one about what to do where it is not as it should be."""

    part: str
    level: Level
    says: str
    todo: str = ""

    def as_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


def good(part: str, says: str) -> Finding:
    return Finding(part, Level.GOOD, says)


def risky(part: str, says: str, todo: str) -> Finding:
    return Finding(part, Level.RISKY, says, todo)


def bad(part: str, says: str, todo: str) -> Finding:
    return Finding(part, Level.BAD, says, todo)
