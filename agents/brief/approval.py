"""An outline as a person changes it: lines of text, and what a changed text makes of the planned sections. Pure.

A section is a line, “Heading | what it is for”. Lines may be moved, changed, taken out and added; one that keeps its
heading, or what it is for, is the same section and keeps the claims that were planned for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator

from agents.text.words import normal
from language.sentences import one_line

BETWEEN = " | "
FEWEST_LINES, MOST_LINES = 3, 12
LONGEST_HEADING, LONGEST_PURPOSE, LONGEST_TEXT = 110, 300, 6000


@dataclass(frozen=True, slots=True)
class Line:
    """A section of an outline: its heading and what it is for. `was` is its place in the outline before, -1 if new."""

    heading: str
    covers: str
    was: int = -1


class Approved(BaseModel):
    """A person's answer: the outline as it shall be written."""

    model_config = ConfigDict(json_schema_extra={"x-submit": "Approve and write"})

    title: str = ""
    sections: str = ""

    @field_validator("sections")
    @classmethod
    def _enough(cls, text: str) -> str:
        if text.strip() and len(changed([], text)) < FEWEST_LINES:
            raise ValueError(f"A post has at least {FEWEST_LINES} sections with different headings")
        return text


@lru_cache(maxsize=64)
def asked_with(title: str, text: str) -> type[Approved]:
    """Return the type of the answer, which has the outline as it stands where nothing is changed."""
    fields: dict[str, Any] = {
        "title": (str, Field(default=title, max_length=LONGEST_HEADING, title="Title")),
        "sections": (
            str,
            Field(
                default=text,
                max_length=LONGEST_TEXT,
                title="Sections, one a line",
                description="Move, change, take out or add lines. What a section is for stands behind the “|”.",
            ),
        ),
    }
    return create_model("Outline", __base__=Approved, **fields)


def as_text(lines: Sequence[Line]) -> str:
    """Return the sections as a person sees and changes them."""
    return "\n".join(f"{line.heading}{BETWEEN}{line.covers}" if line.covers else line.heading for line in lines)


def changed(before: Sequence[Line], text: str) -> list[Line]:
    """Return the outline that the text says; the one before where it has no line left.

    A heading stands once; what is too long is cut.
    """
    by_heading = {normal(line.heading): place for place, line in reversed(list(enumerate(before)))}
    by_purpose = {normal(line.covers): place for place, line in reversed(list(enumerate(before))) if line.covers}
    found: dict[str, Line] = {}
    for row in text.splitlines():
        heading, _, covers = (one_line(part) for part in row.strip(" -*#\t").partition(BETWEEN.strip()))
        key = normal(heading)
        if not key or key in found or len(found) == MOST_LINES:
            continue
        was = by_heading.get(key, by_purpose.get(normal(covers), -1) if covers else -1)
        if was in [line.was for line in found.values()]:
            was = -1
        found[key] = Line(heading[:LONGEST_HEADING], covers[:LONGEST_PURPOSE], was)
    return list(found.values()) or [Line(line.heading, line.covers, place) for place, line in enumerate(before)]
