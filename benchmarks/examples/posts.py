"""The scripts of the examples, as they stand in `data` (its README says what each mark means)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and words of the source that bear it; none for one that claims nothing."""

    text: str
    quote: str = ""


@dataclass(slots=True)
class Part:
    """A section, the opening or the close: its claims for the outline, and its paragraphs."""

    heading: str
    covers: str = ""
    claims: list[Line] = field(default_factory=list)
    paragraphs: list[list[Line]] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    """A post, and where its sources are: pages of a folder of one of Debian's packages."""

    said: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    sections: list[Part] = field(default_factory=list)
    lead: Part = field(default_factory=lambda: Part("lead"))
    close: Part = field(default_factory=lambda: Part("close"))

    @property
    def lines(self) -> Iterator[Line]:
        return (line for part in (self.lead, *self.sections, self.close) for lines in part.paragraphs for line in lines)


def names() -> list[str]:
    """Return the examples that can be made."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def script(name: str) -> Script:
    """Return the script of one example."""
    return read((FOLDER / f"{name}.txt").read_text("utf-8"))


def read(text: str) -> Script:
    """Return the script in a file's text."""
    found, part, opens = Script(), Part(""), False
    for line in map(str.strip, text.splitlines()):
        mark, _, rest = line.partition(" ")
        if mark == "--":
            part, opens = found.lead if rest == "lead" else found.close, True
        elif mark == "==":
            part, opens = Part(rest), True
            found.sections.append(part)
        elif mark in ("+", "~"):
            if opens:
                part.paragraphs.append([])
            part.paragraphs[-1].append(_line(rest))
            opens = False
        elif not mark:
            opens = True
        elif mark == "covers:":
            part.covers = rest
        elif mark == "claim:":
            part.claims.append(_line(rest))
        elif mark == "question:":
            found.questions.append(rest)
        else:
            found.said[mark.removesuffix(":")] = rest
    return found


def _line(rest: str) -> Line:
    text, _, quote = rest.partition(" | ")
    return Line(text, quote)
