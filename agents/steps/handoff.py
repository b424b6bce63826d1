"""What one step hands to the next. All of it is in the journal: keep it small."""

from __future__ import annotations

from pydantic import BaseModel

from agents.post.article import Block, Section
from agents.post.citations import Citation
from agents.research.notes import Note
from agents.research.rows import ResearchContext
from agents.sources.evidence import Evidence
from agents.writing.outline import PlannedClaim


class Found(BaseModel):
    """What research gives to the rest of the run. `model` is the one that writes this post throughout.

    `given` are more passages of sources that stand in no knowledge base, which sections may look through. `voice` is
    the tone that was found for it. `lacking` says in a sentence that there is too little to write from, and is empty
    where there is enough. `left_out` says what a cap kept it from, here and in what follows.
    """

    context: ResearchContext
    model: str
    questions: list[str]
    evidence: list[Evidence]
    given: list[Evidence] = []
    notes: list[Note] = []
    voice: str = ""
    lacking: str = ""
    left_out: list[str] = []

    @property
    def alone(self) -> list[Evidence]:
        """Return the passages that stand in this run's record and nowhere else, each once, as they were read."""
        known = {item.passage_id: item for item in [*self.given, *self.evidence] if item.passage_id < 0}
        return list(known.values())


class Assignment(BaseModel):
    """A section to write. `planned` are the claims that it is to make, `words` its length.

    `evidence` is its own; empty until the outline stands.
    """

    heading: str
    covers: str
    evidence: list[Evidence] = []
    planned: list[PlannedClaim] = []
    words: int = 0

    @property
    def subject(self) -> str:
        """Return what to look for on the section's behalf: its own words and those of its claims."""
        return " ".join(filter(None, [self.heading, self.covers, *(claim.text for claim in self.planned)]))

    def told(self) -> str:
        """Return in lines what is planned for the section, as its writer is told."""
        claims = [f"Planned for this section: {claim.text}" for claim in self.planned]
        return "\n".join([*claims, *([f"Length of this section: about {self.words} words"] if self.words else [])])


class Conflict(BaseModel):
    """Statements of sources that contradict each other: the one in force, if one is, and those not used."""

    kept: str
    kept_from: int
    dropped: list[str]
    year: int = 0
    older_year: int = 0

    @property
    def why(self) -> str:
        """Return in a sentence why the others are not used."""
        if not self.kept:
            return "The sources contradict each other here and nothing says which is newer, so neither is used."
        if not self.year:
            return (
                f"“{self.kept}” is said by the source that counts for more; what another says against it is left out."
            )
        return f"A source of {self.year} says “{self.kept}”; the statement of {self.older_year} is out of date."

    def told(self) -> str:
        """Return what a writer is told, so that the post can say what changed."""
        dropped = " ".join(self.dropped)
        if not self.year:
            return f"Sources contradict each other, and this one is to be believed: {self.kept} Not so: {dropped}"
        then = f"until then (in {self.older_year})"
        return f"In force since {self.year}: {self.kept} What held {then} is no longer so: {dropped}"


class Plan(BaseModel):
    """`shared`: there are fewer passages than sections, so that some have the same ones.

    `changes` counts how often a person changed it once sections were being written.
    """

    title: str
    thesis: str = ""
    sections: list[Assignment]
    shared: bool
    conflicts: list[Conflict] = []
    left_out: list[str] = []
    changes: int = 0

    def block(self, n: int) -> str:
        """Return the name of a section's text on the page: after a change it is another one than before."""
        return f"section-{n}.{self.changes}" if self.changes else f"section-{n}"


class SectionTask(BaseModel):
    """One section's work: what it is about, what stands already, how numbers go on, and its block on the page."""

    n: int
    title: str
    headings: list[str]
    covers: str
    evidence: list[Evidence]
    shared: bool
    said: list[str]
    cited: list[Citation]
    model: str
    conflicts: list[Conflict] = []
    brief: str = ""
    thesis: str = ""
    block: str = ""

    @property
    def heading(self) -> str:
        return self.headings[self.n - 1]

    @property
    def depends_on(self) -> str:
        """Return what the text is written for and from. Its place, and what stands around it, may change: it stays."""
        from_what = [f"{item.passage_id} {item.text}" for item in self.evidence]
        return "\n".join([self.heading, self.covers, self.brief, self.model, *from_what])


class EditTask(BaseModel):
    title: str
    section: Section
    evidence: list[Evidence]
    said: list[str]
    model: str


class Digest(BaseModel):
    """A post without a model: its plan, which holds the evidence of each section, and its sections."""

    plan: Plan
    sections: list[Section]


class Edited(BaseModel):
    """The post after the edit pass. `lead_by` names the model that wrote the lead, if there is one."""

    sections: list[Section]
    lead: list[Block]
    lead_by: str = ""
    left_out: list[str] = []
