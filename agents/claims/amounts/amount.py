"""One amount, and when two are the same."""

from __future__ import annotations

from dataclasses import dataclass

Unit = tuple[str, float]
"""A dimension and how many of its base units one of this unit is: a minute is `("time", 60)`."""

_HOUR_SECONDS = 3600
_LOOSE = 0.035
"""Months are not of one length, and a third is no round number of percent."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a text. `values`: `12.500` may be twelve and a half or twelve thousand five hundred.

    `start` and `end` are places in the text; `about` says that the text itself does not claim to be exact.
    """

    values: frozenset[float]
    unit: Unit | None
    text: str
    start: int
    end: int
    about: bool = False
    in_words: bool = False

    @property
    def dimension(self) -> str:
        return self.unit[0] if self.unit else ""

    @property
    def in_base(self) -> set[float]:
        """Return the possible values in the base unit of the dimension."""
        factor = self.unit[1] if self.unit else 1.0
        return {value * factor for value in self.values}

    def equals(self, other: Amount) -> bool:
        """Return whether both may be the same amount; one without a unit may have any."""
        if self.unit and other.unit:
            if {self.dimension, other.dimension} == {"time", "clock"}:
                return self._tells(other) or other._tells(self)
            if self.dimension != other.dimension:
                return False
            return any(self._close(one, two) for one in self.in_base for two in other.in_base)
        return any(_near(one, two, 1e-9) for one in self.values for two in other.values)

    def _tells(self, clock: Amount) -> bool:
        """Return whether so many hours are a time of day as well: `huit heures` may be eight o'clock."""
        hours = self.unit is not None and self.unit[0] == "time" and self.unit[1] == _HOUR_SECONDS
        return (
            hours
            and clock.dimension == "clock"
            and any(value * 60 + half in clock.values for value in self.values for half in (0, 720))
        )

    def _close(self, one: float, two: float) -> bool:
        if self.dimension == "clock":
            return one == two
        return _near(one, two, _LOOSE if self.dimension in ("time", "share", "rate") else 1e-9)

    def rounds(self, other: Amount) -> bool:
        """Return whether this one, said to be rough, stands for the other."""
        if self.unit and other.unit and self.dimension != other.dimension:
            return False
        return any(_near(one, two, 0.08) for one in self.in_base for two in other.in_base)


def _near(one: float, two: float, tolerance: float) -> bool:
    return abs(one - two) <= tolerance * max(abs(one), abs(two))
