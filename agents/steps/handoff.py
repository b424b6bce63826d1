"""What one step hands to the next. All of it is in the journal: keep it small."""

from __future__ import annotations

from pydantic import BaseModel

from agents.library import ResearchContext
from agents.post.article import Block, Section
from agents.post.citations import Citation
from agents.sources.evidence import Evidence


class Found(BaseModel):
    """What research gives to the rest of the run. `model` is the one that writes this post throughout."""

    context: ResearchContext
    model: str
    questions: list[str]
    evidence: list[Evidence]


class Assignment(BaseModel):
    """A section to write, with its own evidence."""

    heading: str
    covers: str
    evidence: list[Evidence]


class Plan(BaseModel):
    """`shared`: there are fewer passages than sections, so that some have the same ones."""

    title: str
    sections: list[Assignment]
    shared: bool


class SectionTask(BaseModel):
    """One section's work: what it is about, what stands already, how numbers go on."""

    n: int
    title: str
    headings: list[str]
    covers: str
    evidence: list[Evidence]
    shared: bool
    said: list[str]
    cited: list[Citation]
    model: str

    @property
    def heading(self) -> str:
        return self.headings[self.n - 1]


class EditTask(BaseModel):
    title: str
    section: Section
    evidence: list[Evidence]
    said: list[str]
    model: str


class Edited(BaseModel):
    """The post after the edit pass. `lead_by` names the model that wrote the lead, if there is one."""

    sections: list[Section]
    lead: list[Block]
    lead_by: str = ""
