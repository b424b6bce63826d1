"""What the workflow `write-post` is asked."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from agents.brief.brief import Brief
from agents.brief.outlines import Outlined

LONGEST_TOPIC = 300
FEWEST_SECTIONS, SECTIONS, MOST_SECTIONS = 3, 4, 8


class PostRequest(BaseModel):
    """A post to write. Without `site_id` it is written from all of its owner's sites.

    `brief` says what is wanted of it. `outlines` are changes of its outline, each in the place of the one before: a
    fork with one more writes anew what that changed, and keeps the other sections.
    """

    topic: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST_TOPIC)] = Field(
        examples=["How a heat pump is looked after"]
    )
    site_id: str | None = None
    sections: int = Field(default=SECTIONS, ge=FEWEST_SECTIONS, le=MOST_SECTIONS)
    post_id: str | None = None
    brief: Brief = Field(default_factory=Brief)
    outlines: list[Outlined] = Field(default_factory=list, max_length=50)
