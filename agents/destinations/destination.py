"""What a destination can do, and what its refusals are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import BaseModel, Field

from genisys import GenisysError, UserError

State = Literal["draft", "public", "thrown away"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as it is handed over: `html` has no title and no scripts, `slug` is plain ASCII.

    `description` is for search engines, `excerpt` for the blog's own lists.
    """

    title: str
    html: str
    slug: str
    description: str
    excerpt: str


class Remote(BaseModel):
    """A post as it stands there. `changed` is when, in the destination's own writing; `edit_url` is for people.

    The limits are those of the columns that keep it: what goes beyond them is no answer of such a blog.
    """

    id: str = Field(pattern=r"^[\w-]{1,100}$")
    slug: str = Field(pattern=r"^[^\x00]{0,1000}$")
    state: State
    changed: str = Field(pattern=r"^[ -~]{1,60}$")
    edit_url: str


class Destination(Protocol):
    """One blog. Each method raises Refused, Busy, and what the guarded client raises.

    After Busy and after a time that ran out, a draft may have been made or changed all the same.
    """

    async def drafts(self) -> list[Remote]:
        """Return the newest drafts, at most a hundred."""

    async def read(self, remote_id: str) -> Remote | None:
        """Return the post of that id; None where there is none."""

    async def create(self, draft: Draft) -> Remote: ...

    async def update(self, remote: Remote, draft: Draft) -> Remote: ...


class Refused(UserError):
    """The destination will not have it, and the message says what to do."""


class Busy(GenisysError):
    """The destination cannot just now (429 or 5xx); `retry_after` is the wait that it asks for."""
