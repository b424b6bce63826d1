"""One piece of evidence: a passage of a page that was read, as the writer sees it."""

from pydantic import BaseModel


class Evidence(BaseModel):
    """A passage with what a citation of it needs. `passage_id` is its id in the knowledge base."""

    passage_id: int
    page_url: str
    page_title: str
    heading: str = ""
    text: str
