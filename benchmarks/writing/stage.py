"""Where `benchmarks.writing` runs posts: pages in a database, the workflow in memory, a scripted provider."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings

from agents.brief.requests import PostRequest
from agents.models import Post
from agents.workflow import write_post
from genisys.host import new_run_id
from genisys.testing import Report, run_in_memory
from genisys.testing.provider import FakeProvider
from ingestion.content.passages import cut
from ingestion.models import Page, Passage, Site
from runs.models import Run

from .briefs import Brief
from .model import Writer

MODEL = "gpt-4.1-mini"
"""The name that the scripted model goes by: one with a price, so that cost can be held against usage."""


@dataclass(frozen=True, slots=True)
class Written:
    """A post as it came out: its report, its Markdown, what its numbers stand for, and how long it took."""

    report: Report
    markdown: str
    snapshots: Mapping[int, Sequence[str]]
    seconds: float


def fill(owner: Any, briefs: Sequence[Brief]) -> dict[str, str]:
    """Put every site with all its pages into the database; return their ids by name."""
    made: dict[str, Site] = {}
    for brief in briefs:
        host = brief.site.lower().replace(" ", "-")
        site = made.get(brief.site) or Site.objects.create(
            owner=owner, url=f"https://{host}.example/", title=brief.site, status="ready"
        )
        made[brief.site] = site
        add_page(site, f"{site.url}{brief.slug}", brief.page_title, brief.page)
    return {name: str(site.pk) for name, site in made.items()}


def add_page(site: Site, url: str, title: str, text: str) -> None:
    """Put a page into the database as ingestion does: its text, and its passages."""
    page = Page.objects.create(site=site, url=url, title=title[:300], text=text, outcome="ok")
    Passage.objects.bulk_create(
        Passage(page=page, ordinal=number, heading=piece.heading[:300], text=piece.text)
        for number, piece in enumerate(cut(text, title))
    )


async def write(owner: Any, site_id: str, topic: str, sections: int, **options: Any) -> Written:
    """Have one post written, in this process."""
    run_id = new_run_id()
    await sync_to_async(Run.objects.create)(pk=run_id, workflow="write-post", owner=owner, deployment="bench", input={})
    request = PostRequest(topic=topic, site_id=site_id, sections=sections)
    began = time.perf_counter()
    report = await run_in_memory(write_post, request, run_id=run_id, **options)
    seconds = time.perf_counter() - began
    if report.error is not None:
        raise RuntimeError(f"“{topic}” was not written: {report.error.message}")
    post = await Post.objects.aget(pk=report.output.post_id)
    snapshots: dict[int, list[str]] = {}
    for item in post.evidence:
        snapshots.setdefault(item["n"], []).append(item["text"])
    return Written(report, report.output.markdown, snapshots, seconds)


def scripted(brief: Brief) -> AbstractAsyncContextManager[FakeProvider]:
    """Let the settings name a provider that writes this brief's post, while the block lasts."""
    return provider(Writer(brief))


@asynccontextmanager
async def provider(writer: Callable[[dict[str, Any]], str]) -> AsyncIterator[FakeProvider]:
    """Let the settings name a provider that answers as `writer` does, while the block lasts."""
    before = (settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.GENISYS_MODEL)
    async with FakeProvider(responder=writer, model=MODEL) as server:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.GENISYS_MODEL = server.base_url, "test", MODEL
        try:
            yield server
        finally:
            settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.GENISYS_MODEL = before
