"""The brief: whom a post is for, what it is to do, in what form and voice, from what, and what it must not say."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator, model_validator

from language.sentences import one_line, shorten

MOST_SOURCES, MOST_FILES, MOST_FORBIDDEN = 10, 5, 30
LONGEST_LINE, LONGEST_SAMPLE, LONGEST_ADDRESS = 300, 4000, 2000
FEWEST_WORDS, MOST_WORDS = 200, 5000
LONGEST_WAIT_MINUTES = 7 * 24 * 60
MOST_TOKENS = 10_000_000
LARGEST_FILES = 2_000_000
"""Bytes of all files: in base64, with all else, the input must fit into one step's record (4 MB)."""
_LONGEST_BASE64 = 2_700_000
_ADDRESS = re.compile(r"https?://[^\s/]+\S*")

Format = Literal["", "how-to", "announcement", "comparison", "opinion", "list"]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_LINE)]


def is_address(text: str) -> bool:
    """Return whether a text is a web address that may be given."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def _address(text: str) -> str:
    if text and not is_address(text):
        raise ValueError(f"“{shorten(text, 60)}” is no web address. Give it whole, such as https://example.com/page")
    return text


Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_ADDRESS), AfterValidator(_address)]

FORMATS: dict[str, str] = {
    "how-to": "a how-to: what is needed, then the steps in the order in which they are done",
    "announcement": "an announcement: what is new first, then for whom, from when, and what it changes",
    "comparison": "a comparison: the same questions asked of each thing, and which one suits whom",
    "opinion": "an opinion: a point of view, marked as one, argued from the facts, the other side included",
    "list": "a list: items of one kind, each with a heading that says it",
}
"""What each format means, as a writer is told."""


class GivenFile(BaseModel):
    """A file to write from: PDF, DOCX, Markdown, HTML or text, its bytes in base64."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    content: Annotated[str, StringConstraints(max_length=_LONGEST_BASE64)]


class Caps(BaseModel):
    """How many tokens each stage may use, 0 for as many as it takes. At its cap it finishes with what is there."""

    research: int = Field(default=0, ge=0, le=MOST_TOKENS)
    outline: int = Field(default=0, ge=0, le=MOST_TOKENS)
    sections: int = Field(default=0, ge=0, le=MOST_TOKENS)
    edit: int = Field(default=0, ge=0, le=MOST_TOKENS)


class Brief(BaseModel):
    """What is wanted of a post. Everything may be left out.

    `words` is the length of the whole post, 0 for as long as its sections make it. `sources` are addresses and `files`
    files that the post must use. The tone is said in words (`tone`), shown (`tone_sample`) or read at `tone_address`;
    without any it is the site's own. `web` searches the web too, where that is set up. `ask` asks at most one screen of
    questions before anything is read. The outline waits `approve_minutes` to be changed or approved, and then stands.
    `caps` limits what each stage may use.
    """

    audience: Line = Field(default="", examples=["people who own their first heat pump"])
    goal: Line = Field(default="", examples=["they check the filter themselves"])
    words: int = Field(default=0, ge=0, le=MOST_WORDS)
    format: Format = ""
    call_to_action: Line = ""
    keyword: Line = ""
    tone: Line = ""
    tone_sample: Annotated[str, StringConstraints(max_length=LONGEST_SAMPLE)] = ""
    tone_address: Address = ""
    sources: list[Address] = Field(default_factory=list, max_length=MOST_SOURCES)
    files: list[GivenFile] = Field(default_factory=list, max_length=MOST_FILES)
    not_say: list[Line] = Field(default_factory=list, max_length=MOST_FORBIDDEN)
    web: bool = False
    ask: bool = False
    approve_minutes: int = Field(default=0, ge=0, le=LONGEST_WAIT_MINUTES)
    caps: Caps = Field(default_factory=Caps)

    @field_validator("words")
    @classmethod
    def _long_enough(cls, words: int) -> int:
        if 0 < words < FEWEST_WORDS:
            raise ValueError(f"A post has at least {FEWEST_WORDS} words; give 0 to leave its length open")
        return words

    @model_validator(mode="after")
    def _not_too_much(self) -> Brief:
        if sum(len(file.content) for file in self.files) > _LONGEST_BASE64:
            raise ValueError("The files may have 2 MB in all. Put larger ones on the web, and give their addresses")
        return self

    @field_validator("not_say", "sources")
    @classmethod
    def _each_once(cls, given: list[str]) -> list[str]:
        return list(dict.fromkeys(item for item in given if item))

    def told(self, voice: str = "") -> str:
        """Return the brief in lines, as a writer is told; empty where nothing was asked for.

        `voice` is the tone that was found: the site's own, or that of the reference address.
        """
        sample = shorten(one_line(self.tone_sample), 1200)
        lines = {
            "Reader": self.audience,
            "The post is to achieve": self.goal,
            "Form": FORMATS.get(self.format, ""),
            "Length of the whole post": f"about {self.words} words" if self.words else "",
            "The close asks the reader to": self.call_to_action,
            "Phrase that title and opening have": self.keyword,
            "Tone": self.tone or ("" if sample else voice),
            "Write in the voice of this sample, with none of its facts": sample,
            "Never say or name": "; ".join(self.not_say),
        }
        return "\n".join(f"{name}: {one_line(value)}" for name, value in lines.items() if value)

    def section_words(self, sections: int) -> int:
        """Return how many words each section has, or 0 where that is open."""
        return round(self.words / max(1, sections)) if self.words else 0
