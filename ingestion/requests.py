"""What the workflow takes and gives, and what its steps hand to each other. All of it is in the journal:
keep it small.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from ingestion.content.extracted import Link
from ingestion.understanding.merging import Known

PAGES = 120
MOST_PAGES = 10_000


class IngestRequest(BaseModel):
    """Which site to read, and how many pages at most. `site_id` names a row made before; else one is made."""

    url: str = Field(
        min_length=1,
        max_length=2000,
        description="The site's address; “example.com” will do",
        examples=["https://example.com/"],
    )
    max_pages: int = Field(default=PAGES, ge=1, le=MOST_PAGES, description="How many pages to read at most")
    site_id: str | None = Field(default=None, description="The site's row, where there is one")


class SiteProfile(BaseModel):
    """What is known of the site after reading. An empty text means: not established.

    `facts` counts all that is known, `known` holds the best borne out of each kind. `what_by` and `audience_by` name
    the model that wrote them; “extract” means words of the site itself.
    """

    site_id: str
    url: str
    title: str = ""
    what: str = ""
    what_by: str = ""
    audience: str = ""
    audience_by: str = ""
    tone: str = ""
    topics: list[str] = []
    known: dict[str, list[Known]] = {}
    facts: int = 0
    pages_read: int = 0
    pages_failed: int = 0
    pages_skipped: int = 0
    models: list[str] = []


class SiteRef(BaseModel):
    """The site's row."""

    site_id: str
    url: str


class PageFound(BaseModel):
    """What came of one request: the row it was kept in, and what the page leads to. Its text is in the database.

    `addresses_model`: something in the page speaks to the model that reads it (`content.injection`).
    """

    page_id: int
    url: str
    outcome: str
    note: str = ""
    title: str = ""
    description: str = ""
    site_name: str = ""
    words: int = 0
    links: list[Link] = []
    addresses_model: bool = False


class GroupOfPages(BaseModel):
    """A part of the site, as the model is shown it."""

    label: str
    count: int
    samples: list[str]


class Choice(BaseModel):
    """In which order the groups matter, by index; `by` names the model, or “rules”."""

    order: list[int]
    by: str


class SitemapPages(BaseModel):
    """Pages that the sitemaps name, junk and other sites left out; `note` says what could not be read."""

    pages: list[str] = []
    files: int = 0
    note: str = ""


class PageNote(BaseModel):
    """What was understood of one page, and by whom."""

    page_id: int
    summary_by: str
    topics: list[str] = []
    facts: int = 0


__all__ = [
    "Choice",
    "GroupOfPages",
    "IngestRequest",
    "PageFound",
    "PageNote",
    "SiteProfile",
    "SiteRef",
    "SitemapPages",
]
