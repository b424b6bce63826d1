"""What the workflow `revise-post` takes, gives, and hands from step to step."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from agents.brief.outlines import OutlinedSection
from agents.post.article import Section
from agents.post.citations import Citation
from agents.sources.evidence import Evidence
from agents.writing.prompts import portion_for

Heading = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00\n]*$")]


def why_nothing_is_rewritten(model: str) -> str:
    """Return why a run with this model rewrites no post, in a sentence; empty where it does."""
    if portion_for(model).edits:
        return ""
    return f"{model} is too small a model to rewrite a post. Nothing was changed; edit it by hand."


class ReviseRequest(BaseModel):
    """What to change in a post, and in which sections (their headings; "" is the opening); in all where none is named.

    `outline` has all sections in a new order, each as its heading alone or with what it is for, its claims and its
    length: what is new, or planned otherwise than before, is written, what is left out goes, and the others stay as
    they are unless `sections` names them. `title` is the post's new one, "" where it keeps its own.
    """

    post_id: str
    instruction: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = Field(
        default="", examples=["Shorter, more on pricing"]
    )
    sections: list[Heading] = Field(default=[], max_length=40)
    outline: list[Heading | OutlinedSection] = Field(default=[], max_length=20)
    title: Heading = ""


class ReviseResult(BaseModel):
    """The new version. `rewritten` are the sections that the run changed, `left` those that stay, each with why."""

    post_id: str
    version: int
    markdown: str
    rewritten: list[str]
    left: dict[str, str]


class Draft(BaseModel):
    """The post as the run found it. `cited` are its sources with the numbers that they keep, `plan` what its sections
    were planned for.
    """

    post_id: str
    title: str
    body: str
    version: int
    site_ids: list[str]
    evidence: list[Evidence]
    cited: list[Citation]
    plan: list[OutlinedSection] = []


class Rewriting(BaseModel):
    """One section to be rewritten, or, where `text` is empty, to be written: what it `covers`, as the `brief` says."""

    n: int
    title: str
    heading: str
    others: list[str]
    text: str
    instruction: str
    evidence: list[Evidence]
    said: list[str]
    model: str
    covers: str = ""
    brief: str = ""


class RevisedPart(BaseModel):
    """A section after a revision. `section` is what was written anew, None where it stays."""

    heading: str
    planned: OutlinedSection | None = None
    section: Section | None = None


class Revision(BaseModel):
    """The new text, what its judges said of its sentences, and the sources that it names.

    `parts` says of each section in its place who wrote it and what it was planned for; `title` is "" where it stays.
    """

    body: str
    why: str
    rulings: dict[str, str]
    citations: list[Citation]
    title: str = ""
    parts: list[RevisedPart] = []
