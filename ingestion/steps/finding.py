"""What a site's own files name: sitemaps, feeds, llms.txt. A file that is missing or broken is never a fault."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import accumulate
from urllib.parse import urlsplit

from genisys import component
from genisys.net import Fetched, FetchError
from ingestion.parser import parsing
from ingestion.requests import SitemapPages
from ingestion.steps.limits import LONGEST_STEP_S
from ingestion.web import sitemap
from ingestion.web.links import canonical, same_page_key, same_site
from ingestion.web.reader import SiteBusy, ask
from ingestion.web.sitemap import Sitemap

MOST_SITEMAP_PAGES = 20_000
MOST_CHARS = 2_000_000
"""Of all addresses together: a step's record is refused over 4 MB."""
LONGEST_S = 120.0
"""How long files are asked for: a site that wants ten seconds between requests gives twelve of them."""
LLMS_TXT = "/llms.txt"


@dataclass(slots=True)
class Finding:
    """The files of one site, as they are read. `queues` hold the pages of each, in the order of the files."""

    home: str
    sub_domains: bool
    queues: list[list[str]] = field(default_factory=list)
    dated: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    named: int = 0
    left: int = 0
    since: float = field(default_factory=time.monotonic)

    async def file(self, url: str) -> Sitemap:
        """Return what one file holds, and note what is wrong with it."""
        try:
            fetched = await ask(url, max_bytes=sitemap.MOST_BYTES, truncate=True)
            if fetched.status != 200:
                return Sitemap()
            found = await parsing.addresses(fetched.body)
        except (FetchError, SiteBusy) as error:
            self.notes.append(error.message)
            return Sitemap()
        except parsing.TooHard as error:
            self.notes.append(f"{path_of_file(url)} was given up: {error}.")
            return Sitemap()
        return self._absolute(found, fetched)

    def _absolute(self, found: Sitemap, fetched: Fetched) -> Sitemap:
        """Return what was found with whole addresses, those of other sites left out."""
        pages = self._ours(found.pages, fetched.url)
        self.named += len(pages)
        notes = [*([found.note] if found.note else []), *(["it is larger than is read"] if fetched.truncated else [])]
        if notes and (pages or found.sitemaps or not found.note.startswith("it is a web page")):
            self.notes.append(f"{path_of_file(fetched.url)}: {', '.join(notes)}; what it holds was taken.")
        return Sitemap(pages, self._ours(found.sitemaps, fetched.url), self._ours(found.dated, fetched.url))

    def _ours(self, urls: list[str], base: str) -> list[str]:
        absolute = (canonical(url, base) for url in urls)
        return [url for url in absolute if url and same_site(url, self.home, sub_domains=self.sub_domains)]

    @property
    def is_late(self) -> bool:
        return time.monotonic() - self.since > LONGEST_S

    async def sitemaps(self, named: list[str]) -> int:
        """Read the sitemaps and those that they name, level by level; return how many held something."""
        files = named or sitemap.usual_places(self.home)
        seen: set[str] = set()
        read = asked = 0
        for level in range(sitemap.DEEPEST + 1):
            fresh = [url for each in files if (url := canonical(each, self.home)) and url not in seen]
            files, following = sitemap.by_kind(fresh, max(0, sitemap.MOST_FILES - asked)), []
            self.left += len(set(fresh)) - len(files)
            for place, url in enumerate(files):
                if self.is_late:
                    self.left += len(files) - place
                    break
                seen.add(url)
                asked += 1
                found = await self.file(url)
                self._take(found)
                following += found.sitemaps
                read += bool(found.pages or found.sitemaps)
                if not named and level == 0 and read:
                    break  # a usual place that has one; the others would say the same
            files = following
        if self.left:
            self.notes.insert(0, f"{asked:,} of {asked + self.left:,} sitemaps were read, in turns over their kinds.")
        return read

    def _take(self, found: Sitemap) -> None:
        if found.pages:
            self.queues.append(found.pages)
        if found.dated:
            self.dated.append(found.dated)

    def bounded(self) -> list[str]:
        """Return the pages of all sitemaps, in turns across the files, to the bound, which is said where it is met."""
        pages = within(sitemap.in_turns(self.queues, MOST_SITEMAP_PAGES), MOST_CHARS)
        total = len({url for queue in self.queues for url in queue})
        if total > len(pages):
            said = f"{len(pages):,} of the {total:,} addresses in the sitemaps were taken, in turns across the files."
            self.notes.insert(0, said)
        return pages


def within(urls: list[str], most_chars: int) -> list[str]:
    """Return the first of the addresses, as many as have so many characters together."""
    ends = accumulate(len(url) for url in urls)
    return [url for url, end in zip(urls, ends, strict=True) if end <= most_chars]


def path_of_file(url: str) -> str:
    """Return how a file of the site is named in a note."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@component(title="Read the sitemap", timeout=LONGEST_STEP_S)
async def read_sitemaps(
    home: str, named: list[str], feeds: list[str] | None = None, sub_domains: bool = False
) -> SitemapPages:
    """Collect the pages that the site's sitemaps, feeds and llms.txt name."""
    finding = Finding(home, sub_domains)
    read = await finding.sitemaps(named)
    pages = finding.bounded()
    of_feeds = [url for feed in (feeds or [])[:3] if not finding.is_late for url in (await finding.file(feed)).pages]
    of_llms = await _of_llms(finding) if not finding.is_late else []
    newest = dict.fromkeys([*of_feeds, *sitemap.in_turns(finding.dated, 60)])
    return SitemapPages(
        pages=pages,
        of_feeds=of_feeds[:200],
        of_llms=of_llms[:500],
        newest=[url for url in newest if same_page_key(url) != same_page_key(home)][:60],
        files=read,
        note=" ".join(dict.fromkeys(finding.notes))[:500],
    )


async def _of_llms(finding: Finding) -> list[str]:
    """Return the pages that the site's llms.txt names, if it has one; a soft 404, which is HTML, is none."""
    parts = urlsplit(finding.home)
    try:
        fetched = await ask(f"{parts.scheme}://{parts.netloc}{LLMS_TXT}", max_bytes=sitemap.MOST_BYTES, truncate=True)
    except (FetchError, SiteBusy):
        return []
    if fetched.status != 200 or fetched.body.lstrip()[:1] == b"<":
        return []
    found = sitemap.links_of_text(sitemap.decoded(fetched.body))
    absolute = (canonical(url, fetched.url) for url in found)
    return [url for url in absolute if url and same_site(url, finding.home, sub_domains=finding.sub_domains)]
