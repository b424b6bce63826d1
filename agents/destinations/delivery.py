"""Handing a draft over without ever making two of it, and without losing what people changed there.

Before the first request that makes a draft, the ids of those that are there are written down (`Known.seen`). Whoever
tries again, after a crash or a time that ran out, takes the one that has come since under our slug, and makes another
only where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from pydantic import BaseModel

from agents.destinations.destination import Destination, Draft, Refused, Remote

_NUMBERED = re.compile(r"-\d{1,4}$")


class Known(BaseModel):
    """What is known of an earlier hand-over of this post to this blog.

    `remote_id` and `changed` are of the draft as we left it; `seen` are the drafts that were there before we made ours,
    None where none is being made; `slug` is the one that it is made under. `unsure`: this same run may have sent
    something of which it never heard the answer.
    """

    remote_id: str = ""
    changed: str = ""
    seen: list[str] | None = None
    slug: str = ""
    unsure: bool = False


Intend = Callable[[Known], Awaitable[None]]


async def deliver(there: Destination, draft: Draft, known: Known, intend: Intend, *, replace: bool) -> Remote:
    """Return the draft as it stands there now: made, or changed where it was there already.

    `intend` writes down what is about to be done, before it is. Raises Refused where the post is published by now, or
    may have been changed there since we left it and `replace` is not set.
    """
    if known.remote_id:
        remote = await there.read(known.remote_id)
        if remote is not None and remote.state != "thrown away":
            _may_change(remote, known, replace=replace)
            await intend(known)
            return await there.update(remote, draft)
    drafts = await there.drafts()
    if known.seen is not None:
        ours = next((each for each in drafts if each.id not in known.seen and _is_named(each.slug, known.slug)), None)
        if ours is not None:
            _may_adopt(ours, known, replace=replace)
            return await there.update(ours, draft)
    await intend(Known(seen=[each.id for each in drafts], slug=draft.slug))
    return await there.create(draft)


def _may_change(remote: Remote, known: Known, *, replace: bool) -> None:
    if remote.state == "public":
        raise Refused(
            "This post is no draft there any more: it was published or scheduled. Nothing was changed. Change it there "
            f"({remote.edit_url}), or make it a draft again and hand it over once more."
        )
    if remote.changed != known.changed and not known.unsure and not replace:
        raise Refused(
            f"The draft was changed there since it was handed over ({remote.edit_url}). Nothing was overwritten. To put"
            " this version over those changes, hand it over again and ask for that."
        )


def _may_adopt(ours: Remote, known: Known, *, replace: bool) -> None:
    if not known.unsure and not replace:
        raise Refused(
            f"An earlier hand-over made this draft and never heard so ({ours.edit_url}). It may have been changed there"
            " since, so nothing was overwritten. To put this version over it, hand it over again and ask for that."
        )


def _is_named(slug: str, ours: str) -> bool:
    """Return whether a slug is ours, as it is or with the number that tells it from another of that name."""
    return slug == ours or _NUMBERED.sub("", slug) == ours
