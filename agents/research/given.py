"""Reading what was given for one post: an address or a file becomes a frozen snapshot, cut into passages.

A source that cannot be read fails nothing: it says why in a sentence, which the run tells.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote, urlsplit

from pydantic import BaseModel

from agents.brief.brief import GivenFile
from agents.sources.evidence import GIVEN, GIVEN_EACH, Evidence, given_id
from genisys import GenisysError, Retry, component
from genisys.net import Fetched
from ingestion.content import parsing
from ingestion.content.extracted import Extracted
from ingestion.content.passages import cut
from ingestion.steps.limits import LONGEST_STEP_S
from ingestion.web.reader import SiteBusy, ask

MOST_PASSAGES = 60
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
    """Read one address as it is now. `number` is the source's own in this run, from 1."""
    try:
        fetched = await ask(url)
        fault = _refusal(fetched, url)
        page = Extracted() if fault else await parsing.page(fetched.body, fetched.content_type, fetched.url)
    except SiteBusy as error:
        if not error.permanent:
            raise
        return Given(name=url, fault=error.message)
    except parsing.TooHard as error:
        return Given(name=url, fault=f"{url} could not be read: {error}.")
    except GenisysError as error:
        return Given(name=url, fault=f"{url} could not be read: {error.message}")
    return Given(name=url, fault=fault) if fault else _snapshot(page, url, url, number, standing)


@component(title=lambda file, number: f"Read {file.name}", timeout=LONGEST_STEP_S)
async def read_file(file: GivenFile, number: int) -> Given:
    """Read one file. It is cited by its name."""
    ending = file.name.rpartition(".")[2].lower()
    try:
        body = base64.b64decode(file.content, validate=True)
        page = await parsing.page(body, _TYPES.get(ending, "application/octet-stream"), file.name)
    except (binascii.Error, ValueError):
        return Given(name=file.name, fault=f"{file.name} could not be read: its content is no base64.")
    except parsing.TooHard as error:
        return Given(name=file.name, fault=f"{file.name} could not be read: {error}.")
    return _snapshot(page, file.name, f"urn:file:{quote(file.name)}", number, GIVEN)


def _host(url: str) -> str:
    return urlsplit(url).netloc or url[:80]


def _refusal(fetched: Fetched, url: str) -> str:
    return f"{url} could not be read: it answered {fetched.status}." if fetched.status >= 400 else ""


def _snapshot(page: Extracted, name: str, url: str, number: int, standing: int) -> Given:
    if page.refused:
        return Given(name=name, fault=f"{name} could not be read: it is {page.refused}.")
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
