"""Asking for a post's links, each once an hour at most, at its host's pace. The workflow `check-links` does that.

Only what is certain counts as dead: an answer of 404 or 410, and a name that does not exist. A server that is busy,
asks for a sign-in or does not answer says nothing about a link.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import BaseModel

from agents.linking import rows
from agents.post.links import DeadLink, told
from genisys import Cache, StepFailed, component, map_concurrent, status, workflow
from genisys.net import FetchUnresolved
from ingestion.web.reader import ask, fetch_context

_GONE = (404, 410)
_AT_ONCE = 4
_EACH_S = 90.0
_KEPT = timedelta(hours=1)


class Checked(BaseModel):
    """The links that lead nowhere, and how many others could not be asked for just now."""

    dead: list[DeadLink] = []
    unknown: int = 0


class CheckRequest(BaseModel):
    """A post whose links are to be asked for."""

    post_id: str


@component(
    title=lambda url: f"Ask for {urlsplit(url).netloc[:80]}",
    timeout=_EACH_S,
    cache=Cache(ttl=_KEPT),
)
async def ask_for_link(url: str) -> str:
    """Return why the address leads nowhere, or nothing where it leads somewhere. Raises what cannot be known."""
    try:
        fetched = await ask(url, max_bytes=1, truncate=True)
    except FetchUnresolved:
        return f"there is no {urlsplit(url).hostname} any more"
    return f"it answers {fetched.status}" if fetched.status in _GONE else ""


@component(title="Check the links")
async def check_links(post_id: str, read: list[str]) -> Checked:
    """Ask for what the post links to, and keep what leads nowhere with it. What was `read` by this run is there."""
    links, dead = await rows.to_ask_for(post_id)
    known = set(read)
    asked = [link for link in links if link.url not in known]
    why: dict[str, str] = {}
    unknown = 0
    async with fetch_context():
        async for done in map_concurrent(ask_for_link, [link.url for link in asked], limit=_AT_ONCE):
            if done.error is not None:
                unknown += 1
            elif done.result:
                why[done.item] = done.result
    dead += [DeadLink(**link.model_dump(), why=why[link.url]) for link in asked if link.url in why]
    await rows.keep(post_id, dead)
    return Checked(dead=dead, unknown=unknown)


async def checked_links(post_id: str, read: Sequence[str] = ()) -> list[DeadLink]:
    """Return the post's links that lead nowhere, and tell them. Where they cannot be checked, that is told instead."""
    try:
        checked = await check_links(post_id, sorted(set(read)))
    except StepFailed as error:
        status(f"The links could not be checked: {error.message}")
        return []
    _tell(checked)
    return checked.dead


@workflow(name="check-links", title=lambda request: "Check a post’s links")
async def check_post_links(request: CheckRequest) -> Checked:
    """Ask for everything that a post links to, and keep with it what leads nowhere."""
    status("Asking for the post’s links")
    checked = await check_links(request.post_id, [])
    if not checked.dead:
        status("All links work")
    _tell(checked)
    return checked


def _tell(checked: Checked) -> None:
    if checked.dead:
        status(told(checked.dead))
    if checked.unknown:
        status(f"{checked.unknown} could not be asked for just now: their servers did not answer, or were busy.")
