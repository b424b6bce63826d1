"""Has an example written: a package's pages as a site, the workflow in memory, the scripted provider."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model

from agents.models import Post
from ingestion.models import Passage, Site
from ingestion.parser.process import page

from ..writing.stage import add_page, provider, write
from .posts import Script
from .writer import Writer


async def make(script: Script, folder: Path) -> tuple[str, list[str]]:
    """Return the post's Markdown, and its trace in lines. Raises FileNotFoundError where a page is missing."""
    owner = await sync_to_async(get_user_model()._default_manager.create)(username="writer")
    site, trace = await sync_to_async(_fill)(owner, script, folder / script.said["folder"])
    writer = Writer(script)
    async with provider(writer) as server:
        written = await write(owner, str(site.pk), script.said["topic"], len(script.sections))
        calls = len(server.requests)
    trace += [event["text"] for event in written.report.events if event["type"] == "status"]
    post = await Post.objects.aget()
    changes = [f"{part.get('heading')}: {each}" for part in post.parts or [] for each in part.get("changes") or []]
    return written.markdown, [*trace, f"{calls} calls", *(changes or ["nothing was taken out"]), *writer.missed]


def _fill(owner: Any, script: Script, folder: Path) -> tuple[Site, list[str]]:
    address = script.said["address"]
    site = Site.objects.create(owner=owner, url=address, title=script.said["site"], status="ready")
    names = script.said["pages"].split()
    for name in names:
        html = (folder / f"{name}.html").read_bytes()
        read = page(html, content_type="text/html", url=f"{address}{name}.html")
        add_page(site, f"{address}{name}.html", read.title, read.text)
    return site, [f"{len(names)} pages, {Passage.objects.count()} passages"]
