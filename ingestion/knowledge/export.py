"""A knowledge base as a file: JSON for programs, Markdown for people. Written piece by piece, whatever its size."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from ingestion.knowledge.known import facts, known_of
from ingestion.models import Page, Site
from ingestion.understanding.understood import Fact as FactData

FORMAT = 1
"""Of the JSON; it changes when a reader of the one before would misread it."""
_PAGE_FIELDS = ("url", "title", "outcome", "note", "kind", "summary", "summary_by", "topics", "audience", "questions")


async def as_json(site: Site) -> AsyncIterator[str]:
    """Yield one JSON object: the site's profile, and each page with its text and facts."""
    head = {"format": FORMAT, "url": site.url, "title": site.title, "read_at": _iso(site.read_at)}
    yield _json({**head, "profile": site.profile})[:-1] + ',"pages":['
    between = ""
    async for page in site.pages.prefetch_related("facts").order_by("pk").aiterator(chunk_size=100):
        yield between + _json(_page(page))
        between = ",\n"
    yield "]}\n"


async def as_markdown(site: Site) -> AsyncIterator[str]:
    """Yield the profile, what is known with its sources, and what each page says."""
    yield f"# {_line(site.title or site.host)}\n\n<{site.url}>\n"
    for fact in facts(site.profile):
        if fact["text"]:
            yield f"\n**{fact['label']}:** {_line(fact['text'])}\n"
    for group in known_of(site.profile):
        yield f"\n## {group['label']}\n\n"
        for known in group["facts"]:
            places = ", ".join(f"<{source['url']}>" for source in known["sources"])
            against = "".join(f" ({other['words']}: {_line(other['statement'])})" for other in known["against"])
            yield f"- {_line(known['statement'])}{against} {places}\n"
    yield "\n## Pages\n"
    async for page in site.pages.filter(outcome=Page.Outcome.OK).order_by("pk").aiterator(chunk_size=100):
        yield f"\n### {_line(str(page))}\n\n<{page.url}>\n\n{_line(page.summary)}\n"


def _page(page: Page) -> dict[str, Any]:
    fields = {name: getattr(page, name) for name in _PAGE_FIELDS}
    kept = [{name: getattr(fact, name) for name in FactData.model_fields} for fact in page.facts.all()]
    return {**fields, "read_at": _iso(page.read_at), "entities": page.entities, "facts": kept, "text": page.text}


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _line(text: str) -> str:
    """Return the text on one line, with the signs that Markdown would read as its own made harmless."""
    line = " ".join(text.split())
    return line.translate(_SIGNS)


_SIGNS = {ord(sign): f"\\{sign}" for sign in "\\`*_[]<>#|"}
