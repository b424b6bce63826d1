"""What the workflow takes and gives, and what its steps hand to each other. All of it is in the journal:
keep it small.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ingestion.content.extracted import Extracted, Link
from ingestion.understanding.merging import Known

PAGES = 120
MOST_PAGES = 10_000
MOST_FEEDS, MOST_LANGUAGES = 5, 100


Pattern = Annotated[str, Field(min_length=1, max_length=300)]


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
    include: list[Pattern] = Field(
        default=[],
        max_length=50,
        description="Paths to read, and no others; * stands for anything",
        examples=[["/docs/*"]],
    )
    exclude: list[Pattern] = Field(
        default=[], max_length=50, description="Paths not to read; * stands for anything", examples=[["/archive/*"]]
    )
    languages: list[str] = Field(
        default=[],
        max_length=20,
        description="Languages to read, such as “en”; none means that of the home page, “all” means any",
    )
    sub_domains: bool = Field(default=False, description="Whether pages of sub-domains are read too")
    depth: int | None = Field(default=None, ge=0, le=50, description="How many parts below the start a path may have")
    schedule: Literal["off", "day", "week", "month"] | None = Field(
        default=None, description="How often the site is read again; null leaves it as it is"
    )

    def options(self) -> dict[str, Any]:
        """Return how the site is read, for its next reading to be asked alike."""
        return self.model_dump(include={"max_pages", "include", "exclude", "languages", "sub_domains", "depth"})


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

    `feeds` and `languages` (of translations, by address) are what its head names. `unchanged`: the server said that it
    is as it was read before; `understood`: a model has described that text.

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
    language: str = ""
    feeds: list[str] = []
    languages: dict[str, str] = {}
    unchanged: bool = False
    understood: bool = False

    @classmethod
    def of(cls, page: Extracted, **came_of_it: Any) -> PageFound:
        """Return what came of a page that says this."""
        return cls(
            title=page.title,
            description=page.description,
            site_name=page.site_name,
            words=page.words,
            links=page.links,
            addresses_model=bool(page.injection),
            language=page.language,
            feeds=page.head.feeds[:MOST_FEEDS],
            languages=dict(list(page.head.languages.items())[:MOST_LANGUAGES]),
            **came_of_it,
        )


class GroupOfPages(BaseModel):
    """A part of the site, as the model is shown it. `rules` is how many of its pages the rules would read."""

    label: str
    count: int
    samples: list[str]
    rules: int = 1


class Choice(BaseModel):
    """How many pages each group gets; `by` names the model, or “rules”. `reasons` are the model's, "" for none."""

    budgets: list[int]
    by: str
    reasons: list[str] = []


class SitemapPages(BaseModel):
    """Pages that the sitemaps, feeds and llms.txt name, as they stand there, those of other sites left out.

    `newest` are those with the latest dates, newest first. `note` says what was left out or could not be read.
    """

    pages: list[str] = []
    of_feeds: list[str] = []
    of_llms: list[str] = []
    newest: list[str] = []
    files: int = 0
    note: str = ""


class LeftOutRow(BaseModel):
    """A page that is not read. `alike` counts those that this row stands for."""

    url: str
    reason: str
    note: str
    group: str = ""
    alike: int = 1


class Wishes(BaseModel):
    """What the person has asked for since: pages to take in, pages never to read. `known` were read before, the ones
    that the last reading did not find first.
    """

    take: list[str] = []
    never: list[str] = []
    known: list[str] = []


class PageNote(BaseModel):
    """What was understood of one page, and by whom. `said` are the keys of its facts (`merging.key_of`)."""

    page_id: int
    summary_by: str
    topics: list[str] = []
    facts: int = 0
    said: list[str] = []


__all__ = [
    "Choice",
    "GroupOfPages",
    "IngestRequest",
    "LeftOutRow",
    "PageFound",
    "PageNote",
    "SiteProfile",
    "SiteRef",
    "SitemapPages",
    "Wishes",
]
