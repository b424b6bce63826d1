"""The form in which a person changes an outline. It works without a script: its buttons post what was typed.

Sections stand in the order in which their fields are sent; each has a number of its own in the names of its fields, so
that a script that moves a section need not rename anything. A claim is taken out by emptying its line.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from pydantic import ValidationError

from agents.brief.outlines import LONGEST_HEADING, LONGEST_TEXT, MOST, MOST_CLAIMS, Outlined, OutlinedSection

TEMPLATE = "agents/_outline_form.html"
APPROVE = "approve"
_MOST_SENT = 40
_IN_WORDS = {
    "string_too_long": f"Too long: a heading has at most {LONGEST_HEADING} characters, another text {LONGEST_TEXT}.",
    "string_too_short": "A section needs a heading.",
    "int_parsing": "Give the length as a whole number of words.",
    "less_than_equal": "A section has at most 5,000 words.",
    "greater_than_equal": "A length is 0 or more.",
}


@dataclass(slots=True)
class ClaimField:
    """A line for a claim. `told` says what bears it, `is_gone` that something it names is not there any more."""

    text: str = ""
    sources: list[int] = field(default_factory=list)
    told: str = ""
    is_gone: bool = False

    @property
    def named(self) -> str:
        return ",".join(map(str, self.sources))


@dataclass(slots=True)
class SectionField:
    """The fields of a section; `key` is its number in the names of its fields."""

    key: int
    heading: str = ""
    covers: str = ""
    words: str = ""
    claims: list[ClaimField] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        claims = [{"text": claim.text, "sources": claim.sources} for claim in self.claims if claim.text.strip()]
        words = self.words.strip() or "0"
        return {"heading": self.heading, "covers": self.covers, "claims": claims, "words": words}


class OutlineForm:
    """Like a Django form: `answer` is the outline as JSON data once it is valid, `outline` the same as its type.

    `titles` are those of the passages that claims name, `gone` the numbers of those that are not there any more.
    """

    most, most_claims = MOST, MOST_CLAIMS
    longest_heading, longest_text = LONGEST_HEADING, LONGEST_TEXT

    def __init__(
        self,
        outlined: Outlined,
        sent: QueryDict | None = None,
        *,
        titles: Mapping[int, str] | None = None,
        gone: Collection[int] = (),
        auto_id: str = "id_%s",
    ) -> None:
        self.is_bound = sent is not None
        self.answer: dict[str, Any] = {}
        self.outline: Outlined | None = None
        self._auto_id, self._wrong = auto_id, list[str]()
        self._act = _typed(sent.get("do")) if sent is not None else ""
        if sent is None:
            self.title, self.thesis = outlined.title, outlined.thesis
            self.sections = [_drawn(key, section) for key, section in enumerate(outlined.sections)]
        else:
            self.title, self.thesis = _typed(sent.get("title")), _typed(sent.get("thesis"))
            self.sections = [_read(sent, key) for key in dict.fromkeys(_all(sent, "section"))]
            self._rearrange()
        self._tell(titles or {}, gone)

    @property
    def id(self) -> str:
        return (self._auto_id % "outline").replace(".", "-")

    @property
    def rearranging(self) -> bool:
        """Return whether the form was sent to be shown again, with a section moved, added or taken out."""
        return self._act not in ("", APPROVE)

    @property
    def errors(self) -> list[str]:
        return [*self._wrong, *(said for section in self.sections for said in section.wrong)]

    def non_field_errors(self) -> list[str]:
        return self._wrong

    def add_error(self, name: str | None, said: str) -> None:
        self._wrong.append(said)

    def is_valid(self) -> bool:
        """Read what was typed; what is wrong is said at its section, or above all of them."""
        data = {"title": self.title, "thesis": self.thesis, "sections": [each.as_data() for each in self.sections]}
        try:
            self.outline = Outlined.model_validate(data)
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                self._note(fault["loc"], fault["type"], fault["msg"])
        else:
            self.answer = self.outline.model_dump()
        return not self.errors

    @property
    def typed(self) -> str:
        """Return what was typed as text, for a page that can no longer take it."""
        lines = [self.title, self.thesis]
        for section in self.sections:
            claims = [f"- {claim.text}" for claim in section.claims if claim.text]
            lines += ["", section.heading, section.covers, *claims]
        return "\n".join(lines).strip()

    def _note(self, loc: tuple[Any, ...], kind: str, message: str) -> None:
        said = _IN_WORDS.get(kind, f"{message.removeprefix('Value error, ')}.")
        if len(loc) == 1 and kind in ("too_short", "too_long"):
            said = f"A post has from 3 to {MOST} sections; this outline has {len(self.sections)}. Add or remove some."
        place = loc[1] if len(loc) > 1 and loc[0] == "sections" else None
        if kind == "too_long" and len(loc) > 2:
            said = f"A section has at most {MOST_CLAIMS} planned claims."
        wrong = self.sections[place].wrong if isinstance(place, int) else self._wrong
        if said not in wrong:
            wrong.append(said)

    def _rearrange(self) -> None:
        act, _, key = self._act.partition("-")
        places = {str(section.key): place for place, section in enumerate(self.sections)}
        if act == "add" and len(self.sections) >= MOST:
            self._wrong.append(f"A post has at most {MOST} sections.")
        elif act == "add":
            self.sections.append(SectionField(key=1 + max((section.key for section in self.sections), default=-1)))
        elif key in places and act == "remove":
            del self.sections[places[key]]
        elif key in places and act in ("up", "down"):
            place = places[key]
            other = max(0, place - 1) if act == "up" else min(len(self.sections) - 1, place + 1)
            self.sections.insert(other, self.sections.pop(place))

    def _tell(self, titles: Mapping[int, str], gone: Collection[int]) -> None:
        for section in self.sections:
            for claim in section.claims:
                lost = [number for number in claim.sources if number in gone]
                claim.is_gone = bool(lost)
                claim.told = _told(claim, titles, lost)
            if len(section.claims) < MOST_CLAIMS:
                section.claims.append(ClaimField())


def _told(claim: ClaimField, titles: Mapping[int, str], lost: Collection[int]) -> str:
    if not claim.sources:
        return "No source named: one is looked for, else the claim is left out."
    named = list(dict.fromkeys(titles[n] for n in claim.sources if n in titles and n not in lost))
    there = f"From {', '.join(f'“{title}”' for title in named)}." if named else ""
    if not lost:
        return there or f"{len(claim.sources)} source{'s' if len(claim.sources) > 1 else ''}."
    what = "The source that it names is" if len(lost) == 1 else f"{len(lost)} sources that it names are"
    return f"{there} {what} no longer among your pages: another one is looked for.".strip()


def _drawn(key: int, section: OutlinedSection) -> SectionField:
    claims = [ClaimField(claim.text, list(claim.sources)) for claim in section.claims or []]
    return SectionField(key, section.heading, section.covers, str(section.words or ""), claims)


def _read(sent: QueryDict, key: str) -> SectionField:
    number = int(key) if key.isdecimal() and len(key) < 6 else 0
    texts, named = _all(sent, f"{key}-claim"), _all(sent, f"{key}-sources")
    claims = [
        ClaimField(_typed(text), _numbers(named[place] if place < len(named) else ""))
        for place, text in enumerate(texts)
        if text.strip()
    ]
    heading, covers, words = (_typed(sent.get(f"{key}-{name}")) for name in ("heading", "covers", "words"))
    return SectionField(number, heading, covers, words, claims)


def _all(sent: QueryDict, name: str) -> list[str]:
    return [str(text) for text in sent.getlist(name)[:_MOST_SENT]]


def _typed(text: object) -> str:
    return str(text or "").replace("\x00", "").replace("\r\n", "\n")


def _numbers(text: str) -> list[int]:
    found = [part.strip() for part in text.split(",")]
    return [int(part) for part in found if part.removeprefix("-").isdecimal() and len(part) < 19][:50]
