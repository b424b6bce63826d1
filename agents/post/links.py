"""What a post links to, and a link that leads nowhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape

from pydantic import BaseModel

from agents.post.assemble import body_of
from runs.presentation.markdown import render

MOST = 100
"""Links of one post that are asked for."""
_LINK = re.compile(r'<a href="(https?://[^"<>]{1,4096})"')

IN_THE_TEXT, TO_LINK_TO = "a link in the text", "a page to link to"


class Link(BaseModel):
    """An address and where the post has it."""

    url: str
    where: str


class DeadLink(Link):
    """A link that leads nowhere, and why, as the end of a sentence."""

    why: str


def links_of(markdown: str, sources: Mapping[int, str], related: Iterable[str] = ()) -> list[Link]:
    """Return what the post links to, each address once: its sources first, as it cites them, then all else.

    `sources` are addresses by their numbers, `related` those of pages that are to be linked to.
    """
    found: dict[str, str] = {}
    for n, url in sorted(sources.items()):
        if url.startswith(("http://", "https://")):
            found.setdefault(_asked(url), f"source {n}")
    for match in _LINK.finditer(render(body_of(markdown))):
        found.setdefault(_asked(unescape(match[1])), IN_THE_TEXT)
    for url in related:
        found.setdefault(_asked(url), TO_LINK_TO)
    return [Link(url=url, where=where) for url, where in found.items()][:MOST]


def still_linked(dead: list[dict[str, str]], markdown: str, sources: Mapping[int, str]) -> list[dict[str, str]]:
    """Return which of these dead links (as they are kept) a changed post still has; pages to link to stay."""
    if not dead:
        return []
    there = {link.url for link in links_of(markdown, sources)}
    return [link for link in dead if link["url"] in there or link["where"] == TO_LINK_TO]


def told(dead: Iterable[DeadLink]) -> str:
    """Return in sentences which links lead nowhere; "" where none does."""
    listed = [f"{link.where}, {link.url}: {link.why}" for link in dead]
    if not listed:
        return ""
    ones = "One link leads" if len(listed) == 1 else f"{len(listed)} links lead"
    return f"{ones} nowhere: {'; '.join(listed)}."


def _asked(url: str) -> str:
    """Return the address without its fragment, which no server is told."""
    return url.partition("#")[0]
