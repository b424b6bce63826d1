"""What the workflow `revise-post` takes, gives, and hands from step to step."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from agents.post.citations import Citation
from agents.sources.evidence import Evidence

Heading = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00\n]*$")]


class ReviseRequest(BaseModel):
    """What to change in a post, and in which sections (their headings; "" is the opening); in all where none is named.

    `outline` names all headings in a new order: those that are new are written, those left out go, and the others stay
    as they are unless `sections` names them.
    """

    post_id: str
    instruction: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = Field(
        default="", examples=["Shorter, more on pricing"]
    )
    sections: list[Heading] = Field(default=[], max_length=40)
    outline: list[Heading] = Field(default=[], max_length=20)


class ReviseResult(BaseModel):
    """The new version. `rewritten` are the sections that the run changed, `left` those that stay, each with why."""

    post_id: str
    version: int
    markdown: str
    rewritten: list[str]
    left: dict[str, str]


class Draft(BaseModel):
    """The post as the run found it. `cited` are its sources with the numbers that they keep."""

    post_id: str
    title: str
    body: str
    version: int
    site_ids: list[str]
    evidence: list[Evidence]
    cited: list[Citation]


class Rewriting(BaseModel):
    """One section to be rewritten, or to be written where `text` is empty."""

    n: int
    title: str
    heading: str
    others: list[str]
    text: str
    instruction: str
    evidence: list[Evidence]
    said: list[str]
    model: str


class Revision(BaseModel):
    """The new text, what its judges said of its sentences, and the sources that it names."""

    body: str
    why: str
    rulings: dict[str, str]
    citations: list[Citation]
