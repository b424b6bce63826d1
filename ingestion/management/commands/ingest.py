"""`manage.py ingest URL`: reads a site and shows the run in the terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from ingestion.requests import IngestRequest
from runs.terminal.run_command import Order, OrderCommand


class Command(OrderCommand):
    help = "Reads a site: the same run as from the start page, with its progress here. Exit code 0 says success."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="the site's address, such as https://example.com")
        parser.add_argument(
            "--max-pages", type=int, default=settings.INGEST_MAX_PAGES, help="how many pages to read at most"
        )
        super().add_arguments(parser)

    def order(self, options: dict[str, Any]) -> Order:
        site = IngestRequest(url=options["url"], max_pages=options["max_pages"])
        return Order("ingest-site", site, site.url)
