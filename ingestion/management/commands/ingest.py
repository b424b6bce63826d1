"""`manage.py ingest URL`: reads a site and shows the run in the terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from ingestion.models import Site
from ingestion.requests import IngestRequest
from runs.terminal.run_command import Order, OrderCommand


class Command(OrderCommand):
    help = "Reads a site: the same run as from the start page, with its progress here. Exit code 0 says success."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="the site's address, such as https://example.com")
        parser.add_argument(
            "--max-pages", type=int, default=settings.INGEST_MAX_PAGES, help="how many pages to read at most"
        )
        parser.add_argument(
            "--include", action="append", default=[], help="a path to read, such as /docs/*; repeatable"
        )
        parser.add_argument("--exclude", action="append", default=[], help="a path not to read; repeatable")
        parser.add_argument("--language", action="append", default=[], help="a language to read, or “all”; repeatable")
        parser.add_argument("--sub-domains", action="store_true", help="read pages of sub-domains too")
        parser.add_argument("--depth", type=int, help="how many parts below the start a path may have")
        parser.add_argument(
            "--schedule",
            choices=Site.Schedule.values,
            help="how often to read it again from now on; as it is by default",
        )
        super().add_arguments(parser)

    def order(self, options: dict[str, Any]) -> Order:
        site = IngestRequest(
            url=options["url"],
            max_pages=options["max_pages"],
            include=options["include"],
            exclude=options["exclude"],
            languages=options["language"],
            sub_domains=options["sub_domains"],
            depth=options["depth"],
            schedule=options["schedule"],
        )
        return Order("ingest-site", site, site.url)
