"""What the workflow `write-post` gives."""

from pydantic import BaseModel

from agents.post.citations import Citation
from agents.post.links import DeadLink
from agents.presenting.presentation import Presentation


class PostResult(BaseModel):
    """The post. `extracts` counts the sections taken word for word from the sources; `dead_links` lead nowhere.

    `left_out` says what the caps of the stages and the brief have kept out of it.
    """

    post_id: str
    title: str
    markdown: str
    citations: list[Citation]
    models: list[str]
    extracts: int
    presentation: Presentation = Presentation()
    left_out: list[str] = []
    dead_links: list[DeadLink] = []
