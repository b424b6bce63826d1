"""What one page says, as the parsing process found it. Pure."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ingestion.content.passages import Piece
from ingestion.outcomes.evidence import Evidence
from ingestion.outcomes.page import Verdict
from ingestion.web.head import Head


class Link(BaseModel):
    """A link as it stands in the page, made absolute by whoever uses it."""

    href: str
    label: str = ""


class Extracted(BaseModel):
    """What one page says. `text` has one paragraph a line, headings marked “## ”, code between fences.

    `words` counts two characters of a script without spaces as one. `published` and `changed` are days, YYYY-MM-DD.
    `injection` tells what in the page addresses a model, `cut` what a bound left out, in words. `evidence` is what the
    page's outcome is judged by (`ingestion.outcomes`), and stays in the process that parses; `verdict` is what came of
    it. `head` is what the page's head says to a reader of the web. `garbled` tells whether its text is mojibake,
    `refused` why these bytes are no text, as a clause. `pieces` are the text as it is searched, with their terms.
    """

    title: str = ""
    og_title: str = ""
    description: str = ""
    site_name: str = ""
    language: str = ""
    text: str = ""
    words: int = 0
    links: list[Link] = []
    digest: str = ""
    published: str = ""
    changed: str = ""
    injection: list[str] = []
    cut: list[str] = []
    evidence: Evidence = Field(default=Evidence(), exclude=True)
    verdict: Verdict = Verdict("ok")
    head: Head = Head()
    garbled: bool = False
    refused: str = ""
    pieces: list[Piece] = []
