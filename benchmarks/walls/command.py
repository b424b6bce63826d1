"""`python -m benchmarks.walls`: walls, errors, parked domains and shells told apart from pages that look like them.

    --json      end with one line, an object of the figures
    --held-out  only the third that nothing was tuned on
    --wrong     name the fixtures that were judged otherwise, of those that may be tuned on

At least 40 fixtures of each kind, half of them innocent, made after how the real ones look, in several languages. Each
goes the way of a page: its HTML is parsed, its text told apart, its outcome judged.

`precision` is the share of what was called a wall that is one, of whatever kind; `recall` that of the walls which were
called by their own kind; `innocent_kept` that of the look-alikes which were kept.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.content.extraction import extract_page
from ingestion.outcomes.verdict import OK, Verdict, verdict

from . import errors, gates, kinds
from .frames import Fixture

KINDS = {**kinds.KINDS, **errors.KINDS, **gates.KINDS}
HELD_OUT = 3
"""Of each kind every third is held out."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A fixture, what it was judged to be, and whether it is held out."""

    fixture: Fixture
    found: Verdict
    held_out: bool

    @property
    def right(self) -> bool:
        return self.found.outcome == self.fixture.outcome


def fixtures(kind: str) -> list[tuple[Fixture, bool]]:
    """Return the fixtures of a kind, walls and look-alikes, and of each whether it is held out."""
    return [(each, n % HELD_OUT == HELD_OUT - 1) for make in KINDS[kind] for n, each in enumerate(make())]


def judged(kinds: Sequence[str] = tuple(KINDS)) -> list[Judged]:
    """Return what becomes of every fixture."""
    found = []
    for kind in kinds:
        for each, held_out in fixtures(kind):
            page = extract_page(each.html, each.url)
            found.append(Judged(each, verdict(page.evidence, each.url, each.status), held_out))
    return found


def figures(found: Sequence[Judged]) -> dict[str, float]:
    """Return precision, recall and the share of the innocent that was kept."""
    walls = [each for each in found if each.fixture.outcome != OK]
    innocent = [each for each in found if each.fixture.outcome == OK]
    called = [each for each in found if each.found.outcome != OK]
    return {
        "precision": sum(each.fixture.outcome != OK for each in called) / max(1, len(called)),
        "recall": sum(each.right for each in walls) / max(1, len(walls)),
        "innocent_kept": sum(each.right for each in innocent) / max(1, len(innocent)),
    }


def _print_kinds(found: Sequence[Judged]) -> None:
    print(f"{'kind':<14}{'fixtures':>9}{'precision':>11}{'recall':>9}{'innocent kept':>15}")
    for kind in KINDS:
        own = [each for each in found if each.fixture.kind == kind]
        shown = figures(own)
        print(
            f"{kind:<14}{len(own):>9}{shown['precision']:>11.3f}{shown['recall']:>9.3f}{shown['innocent_kept']:>15.3f}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Judge and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walls")
    parser.add_argument("--json", action="store_true", help="end with one line, an object of the figures")
    parser.add_argument("--held-out", action="store_true", help="only the third that nothing was tuned on")
    parser.add_argument("--wrong", action="store_true", help="name those judged otherwise, held-out ones aside")
    given = parser.parse_args(argv)
    found = [each for each in judged() if each.held_out or not given.held_out]
    _print_kinds(found)
    for each in found:
        if given.wrong and not each.right and not each.held_out:
            print(
                f"  {each.fixture.outcome} judged {each.found.outcome} ({each.found.reason}): {each.fixture.html[:220]}"
            )
    held = figures([each for each in found if each.held_out])
    print("held out:", "  ".join(f"{name} {value:.3f}" for name, value in held.items()))
    total = {name: round(value, 4) for name, value in figures(found).items()}
    print(json.dumps(total) if given.json else "  ".join(f"{name} {value:g}" for name, value in total.items()))
    return 0
