"""One piece of evidence: a passage of a page that was read, as the writer sees it."""

from urllib.parse import quote, unquote

from pydantic import BaseModel

OWN, GIVEN, WEB = 3, 2, 1
"""Standing of sources: pages of the person's sites, what they gave for this post, what a web search found."""
_FILE = "urn:file:"
GIVEN_EACH = 1000
"""Numbers that each given source has for its passages."""


class Evidence(BaseModel):
    """A passage with what a citation of it needs.

    `passage_id` is its id in the knowledge base; below zero for a passage of a source that was given for this run
    alone,
    whose text is in the run's record and nowhere else. `date` is the page's own, ISO 8601, empty where it gives none;
    `standing` says which of two sources is to be believed where no date decides; `score` is how much of its question it
    answers, 0 to 1.
    """

    passage_id: int
    page_url: str
    page_title: str
    heading: str = ""
    text: str
    date: str = ""
    standing: int = OWN
    score: float = 0.0


def file_url(name: str) -> str:
    """Return the address under which a given file is cited: it has none on the web."""
    return f"{_FILE}{quote(name)}"


def file_of(url: str) -> str:
    """Return the name of the given file that is cited under this address; empty for a page."""
    return unquote(url.removeprefix(_FILE)) if url.startswith(_FILE) else ""


def given_id(source: int, place: int) -> int:
    """Return the number of a passage of a source that was given for this run; both count from 1."""
    return -(source * GIVEN_EACH + place)


def given_source(passage_id: int) -> int:
    """Return which given source the passage is of, from 1; 0 for a passage of the knowledge base."""
    return -passage_id // GIVEN_EACH if passage_id < 0 else 0
