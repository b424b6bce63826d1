"""What the workers of `benchmarks.ingestion` run: the reading of a site as the product does it, and no model.

The database is the one that `DATABASE_URL` names.
"""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
django.setup()

from pydantic import BaseModel  # noqa: E402 - Django must be set up before its models are imported

from genisys import workflow  # noqa: E402
from genisys_site.management.commands.worker import SWITCH_S  # noqa: E402
from ingestion.reading import Reading  # noqa: E402
from ingestion.requests import IngestRequest  # noqa: E402
from ingestion.steps.site import open_site, read_home, read_robots  # noqa: E402
from ingestion.web.reader import fetch_context  # noqa: E402
from runs.live.resources import keep_connections  # noqa: E402

# As `manage.py worker` does.
keep_connections()
sys.setswitchinterval(SWITCH_S)


class ReadingAlone(Reading):
    """A reading that asks no model about its pages."""

    async def _understand(self, page_id: int, url: str) -> None:
        return


class ReadPages(BaseModel):
    """How many pages were kept, and how many could not be."""

    read: int
    failed: int
    skipped: int


@workflow(name="bench-read-site")
async def read_site(request: IngestRequest) -> ReadPages:
    """Find, choose, fetch, extract and keep the pages of a site: all of `ingest-site` that Scrapy has a like of."""
    async with fetch_context() as current:
        rules = await read_robots([request.url])
        site = await open_site(None, request.url, request.options(), request.schedule)
        current.rules, current.home = rules, rules.start_url
        home = await read_home(site.site_id, rules.start_url)
        reading = ReadingAlone(site, home, rules, request)
        await reading.plan()
        await reading.read()
        return ReadPages(read=reading.read_count, failed=reading.failed, skipped=reading.skipped)
