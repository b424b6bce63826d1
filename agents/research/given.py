"""Reading what was given for one post: an address or a file becomes a frozen snapshot, cut into passages.

A source that cannot be read fails nothing: it says why in a sentence, which the run tells.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

from django.conf import settings
from pydantic import BaseModel

from agents.brief.brief import GivenFile
from agents.sources.evidence import GIVEN, GIVEN_EACH, WEB, Evidence, file_url, given_id
from genisys import GenisysError, Retry, component
from genisys.net import FetchFailed, FetchTimeout
from ingestion.content.extracted import Extracted
from ingestion.content.passages import cut
from ingestion.models import Page
from ingestion.parser import parsing
from ingestion.steps.fetching import judge
from ingestion.steps.limits import LONGEST_STEP_S
from ingestion.steps.site import read_robots
from ingestion.web.reader import SiteBusy, ask
from ingestion.web.robots import allows

MOST_PASSAGES = 60
_USABLE = {
    GIVEN: (Page.Outcome.OK, Page.Outcome.THIN, Page.Outcome.NOINDEX),  # who names a page means it
    WEB: (Page.Outcome.OK, Page.Outcome.THIN),
}
_TYPES = {
    "pdf": "application/pdf", "md": "text/markdown", "markdown": "text/markdown", "html": "text/html",
    "htm": "text/html", "txt": "text/plain",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


class Given(BaseModel):
    """A source as it was read. `fault` says in a sentence why it has no passages; empty where it has some."""

    name: str
    title: str = ""
    passages: list[Evidence] = []
    fault: str = ""


@component(title=lambda url, number, standing: f"Read {_host(url)}", retry=Retry(attempts=2), timeout=LONGEST_STEP_S)
async def read_address(url: str, number: int, standing: int) -> Given:
    """Read one address as it is now; walls and pages of error are no source.

    `number` is the source's own in this run, from 1; `standing` is GIVEN or WEB.
    """
    try:
        # What a person names is read as a browser would; what a search found, only where the site's rules let us.
        if standing == WEB and not allows(await read_robots([url]), url, settings.INGEST_USER_AGENT):
            return _unread(url, "its robots.txt asks us not to")
        fetched = await ask(url)
        if fetched.status >= 400:
            return _unread(url, f"it answered {fetched.status}")
        page = await parsing.page(fetched.body, fetched.content_type, fetched.url, status=fetched.status, asked=url)
    except parsing.TooHard as error:
        return _unread(url, str(error))
    except GenisysError as error:
        if not error.permanent and isinstance(error, SiteBusy | FetchFailed | FetchTimeout):
            raise
        return _unread(url, error.message.rstrip("."))
    judged = judge(page, fetched)
    if judged.outcome not in _USABLE[standing] and not page.refused:
        return _unread(url, judged.note)
    return _snapshot(page, url, url, number, standing)


@component(title=lambda file, number: f"Read {file.name}", timeout=LONGEST_STEP_S)
async def read_file(file: GivenFile, number: int) -> Given:
    """Read one file. It is cited by its name."""
    ending = file.name.rpartition(".")[2].lower()
    try:
        body = base64.b64decode(file.content, validate=True)
        page = await parsing.page(body, _TYPES.get(ending, "application/octet-stream"), file.name)
    except (binascii.Error, ValueError):
        return _unread(file.name, "its content is no base64")
    except parsing.TooHard as error:
        return _unread(file.name, str(error))
    return _snapshot(page, file.name, file_url(file.name), number, GIVEN)


def _host(url: str) -> str:
    return urlsplit(url).netloc or url[:80]


def _unread(name: str, why: str) -> Given:
    return Given(name=name, fault=f"{name} could not be read: {why}.")


def _snapshot(page: Extracted, name: str, url: str, number: int, standing: int) -> Given:
    if page.refused:
        return _unread(name, f"it is {page.refused}")
    title = page.title or name
    pieces = [piece for piece in cut(page.text, title) if piece.text.strip()][: min(MOST_PASSAGES, GIVEN_EACH - 1)]
    if not pieces:
        return Given(name=name, title=title, fault=f"{name} holds no text that could be used.")
    passages = [
        Evidence(
            passage_id=given_id(number, place),
            page_url=url,
            page_title=title,
            heading=piece.heading if piece.heading != title else "",
            text=piece.text,
            date=page.changed or page.published,
            standing=standing,
        )
        for place, piece in enumerate(pieces, start=1)
    ]
    return Given(name=name, title=title, passages=passages)
