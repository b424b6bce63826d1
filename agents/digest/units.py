"""A chapter's lines as what a reader sees: paragraphs, lists, tables, code, each with what announces it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.digest.standing import points_on
from ingestion.text.marks import FENCE
from language.sentences import split_sentences

_ITEM = re.compile(r"^\s{0,12}(?:[-*•–]|\d{1,3}[.)]|[a-z][.)])\s+(?=\S)")
CELLS = re.compile(r"\s\|\s")


@dataclass(slots=True)
class Unit:
    """A paragraph's sentences, with the items, the rows of a table or the code that its last sentence announces."""

    sentences: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    code: str = ""

    @property
    def announces(self) -> bool:
        return bool(self.sentences) and points_on(self.sentences[-1])

    @property
    def holds(self) -> bool:
        """Return whether something stands under its sentences."""
        return bool(self.items or self.rows or self.code)

    @property
    def asks(self) -> bool:
        """Return whether it is a question and nothing else: what comes next answers it."""
        return len(self.sentences) == 1 and self.sentences[0].endswith(("?", "？")) and not self.holds


def units_of(text: str) -> list[Unit]:
    """Return a chapter as units, in order. What nothing announces is a unit without sentences."""
    found: list[Unit] = []
    for kind, lines in _runs(text):
        if kind == "prose":
            for line in lines:
                if found and found[-1].asks:
                    found[-1].sentences += split_sentences(line)
                else:
                    found.append(Unit(sentences=split_sentences(line)))
            continue
        if not (found and found[-1].announces and not found[-1].holds):
            found.append(Unit())
        if kind == "list":
            found[-1].items = [_ITEM.sub("", line).strip() for line in lines]
        elif kind == "table":
            found[-1].rows = lines
        elif kind == "code":
            found[-1].code = "\n".join(lines)
    return found


def _runs(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield neighbouring lines of one kind: prose, list, code, table."""
    kind, lines, in_code = "", list[str](), False
    for line in text.splitlines():
        if line.strip() == FENCE:
            in_code = not in_code
            if lines:
                yield kind, lines
            kind, lines = ("code" if in_code else ""), []
            continue
        if not in_code and not line.strip():
            continue
        now = "code" if in_code else _kind(line)
        if lines and now != kind:
            yield kind, lines
            lines = []
        kind = now
        lines.append(line.rstrip() if in_code else line.strip())
    if lines and not in_code:
        # Code whose end was cut away with the chapter's is not shown.
        yield kind, lines


def _kind(line: str) -> str:
    if CELLS.search(line):
        return "table"
    return "list" if _ITEM.match(line) else "prose"
