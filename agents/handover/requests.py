"""What the workflow `hand-over-post` takes and gives."""

from __future__ import annotations

from pydantic import BaseModel

from agents.post.links import DeadLink


class HandOverRequest(BaseModel):
    """A post, and the blog that is to have it as a draft. `replace`: put it over what was changed there since."""

    post_id: str
    blog_id: str
    replace: bool = False


class HandedOver(BaseModel):
    """The draft as it stands in the blog. `is_new`: it was made by this run, and not changed.

    `dead_links` are the post's own that lead nowhere: mend them before you publish it there.
    """

    post_id: str
    blog: str
    edit_url: str
    version: int
    is_new: bool
    dead_links: list[DeadLink] = []
