"""Scrapy on the same site: `python -m benchmarks.ingestion.rival HOME CONCURRENCY FILE [heeding]`.

It heeds robots.txt, takes the pages from the sitemap, tries again what failed, extracts with the product's own function
in its own process, and writes one line of JSON for each page. It prints the seconds from its first request to its end.
As it comes it takes no notice of `Retry-After`; `heeding` leaves the host alone for that long, as the product does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess

from ingestion.parser.process import page
from ingestion.web.sitemap import parse


class Rival(scrapy.Spider):
    """Reads a site by its sitemap."""

    name = "rival"

    def __init__(self, home: str, file: Path) -> None:
        super().__init__()
        self.home = home
        self.lines = file.open("w")
        self.began = 0.0

    async def start(self) -> AsyncIterator[Any]:
        self.began = time.monotonic()
        yield scrapy.Request(f"{self.home}/sitemap.xml", self.sitemap)

    def sitemap(self, response: Any) -> Iterator[Any]:
        for url in parse(response.body).pages:
            yield scrapy.Request(url, self.page)

    def page(self, response: Any) -> None:
        kind = response.headers.get("Content-Type", b"").decode()
        found = page(response.body, content_type=kind, url=response.url)
        self.lines.write(json.dumps({"url": response.url, "title": found.title, "text": found.text}) + "\n")

    def closed(self, reason: str) -> None:
        self.lines.close()
        print(time.monotonic() - self.began, flush=True)


class Heeding:
    """A downloader middleware: nothing is asked of the host while it wants to be left alone."""

    def __init__(self) -> None:
        self._until = 0.0

    async def process_request(self, request: Any) -> None:
        while (left := self._until - time.monotonic()) > 0:
            await asyncio.sleep(left)

    def process_response(self, request: Any, response: Any) -> Any:
        if after := response.headers.get("Retry-After"):
            self._until = max(self._until, time.monotonic() + float(after))
        return response


RIGHT_AT_THE_DOWNLOADER = 950
"""Behind all of Scrapy's own middlewares: it sees an answer before it is tried again."""


def main(home: str, concurrency: int, file: Path, *, heeding: bool) -> None:
    """Read the site once."""
    process = CrawlerProcess(
        {
            "CONCURRENT_REQUESTS": concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": True,
            "RETRY_TIMES": 2,
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
            "DOWNLOADER_MIDDLEWARES": {Heeding: RIGHT_AT_THE_DOWNLOADER} if heeding else {},
        }
    )
    process.crawl(Rival, home=home, file=file)
    process.start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), heeding="heeding" in sys.argv[4:])
