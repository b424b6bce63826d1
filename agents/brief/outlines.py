"""An outline as a person changes it: what they may give, and which of its sections were planned before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, field_validator
from pydantic.config import JsonDict

from agents.brief.brief import MOST_WORDS
from agents.text.words import normal
from language.sentences import one_line

FEWEST, MOST, MOST_CLAIMS = 3, 12, 12
LONGEST_HEADING, LONGEST_TEXT = 200, 300
_SAID: JsonDict = {"x-submit": "Approve and write", "x-until": "Left as it is, it will be written in"}
_SOURCES = TypeAdapter(dict[int, str])


Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_HEADING), AfterValidator(one_line)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT), AfterValidator(one_line)]
Heading = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_HEADING), AfterValidator(one_line)
]


class OutlinedClaim(BaseModel):
    """A fact that a section is to state. `sources` are the numbers of the passages that bear it."""

    text: Text
    sources: list[int] = Field(default=[], max_length=50)


class OutlinedSection(BaseModel):
    """A section: its heading, what it is for, its claims, its length in words (0: open).

    Claims and words that are left out stay as they were planned for the section that has this heading or purpose.
    """

    heading: Heading
    covers: Text = ""
    claims: list[OutlinedClaim] | None = Field(default=None, max_length=MOST_CLAIMS)
    words: int | None = Field(default=None, ge=0, le=MOST_WORDS)


class Outlined(BaseModel):
    """An outline as it shall be written. A title that is empty stays as it was."""

    title: Title = ""
    thesis: Text = ""
    sections: list[OutlinedSection] = Field(min_length=FEWEST, max_length=MOST)

    @field_validator("sections")
    @classmethod
    def _differ(cls, sections: list[OutlinedSection]) -> list[OutlinedSection]:
        headings = [normal(section.heading) for section in sections]
        if not all(headings):
            raise ValueError("A section needs a heading that says what it holds")
        twice = next((s.heading for n, s in enumerate(sections) if headings[n] in headings[:n]), "")
        if twice:
            raise ValueError(f"Two sections are called “{twice}”. Give each a heading of its own")
        return sections


def asked_with(outlined: Outlined, sources: Mapping[int, str]) -> type[Outlined]:
    """Return the type of the answer: the outline as it stands where nothing is changed.

    Its schema has under `x-sources` what each passage that a claim names is called.
    """
    return _asked_with(outlined.model_dump_json(), _SOURCES.dump_json(dict(sources)).decode())


@lru_cache(maxsize=64)
def _asked_with(outlined: str, sources: str) -> type[Outlined]:
    planned = Outlined.model_validate_json(outlined)
    named: JsonDict = {str(number): title for number, title in _SOURCES.validate_json(sources).items()}

    class Outline(Outlined):
        model_config = ConfigDict(json_schema_extra={**_SAID, "x-sources": named})

        title: Title = planned.title
        thesis: Text = planned.thesis
        sections: list[OutlinedSection] = Field(default=planned.sections, min_length=FEWEST, max_length=MOST)

    return Outline


def places(before: Sequence[OutlinedSection], after: Sequence[OutlinedSection]) -> list[int]:
    """Return for each section after a change its place in the outline before; -1 for one that is new.

    It is the same section where it keeps its heading, or else what it is for; none is handed on twice.
    """
    by_heading = {normal(section.heading): place for place, section in enumerate(before)}
    by_purpose = {normal(section.covers): place for place, section in reversed(list(enumerate(before)))}
    by_purpose.pop("", None)
    found = [by_heading.get(normal(section.heading), -1) for section in after]
    for n, section in enumerate(after):
        place = by_purpose.get(normal(section.covers), -1)
        if found[n] < 0 and place not in found:
            found[n] = place
    return found


def merged(before: OutlinedSection | None, after: OutlinedSection) -> OutlinedSection:
    """Return a section with what was left out of it taken from the one before."""
    claims = after.claims if after.claims is not None else (before.claims if before else None) or []
    words = after.words if after.words is not None else (before.words if before else None) or 0
    kept = [claim for claim in claims if claim.text]
    return after.model_copy(update={"claims": kept, "words": words})
