"""Which addresses belong to a reading: what the person asked for, held against an address. Pure.

A pattern is a path with `*` for anything, as in robots.txt: `/docs/*`, `/blog/`, `*.pdf`. One without `*` means what
begins so. Only what stands outside the scope is excluded here; a word in a path never is a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from ingestion.choosing.traps import endless
from ingestion.web.links import same_page_key, same_site

_NO_TEXT = re.compile(
    r"\.(7z|aac|apk|avi|bin|bmp|bz2|deb|dmg|eot|exe|flac|gif|gz|ico|iso|jar|jpe?g|m4[av]|mov|mp[34]|msi|ogg|og[av]|"
    r"otf|png|rar|rpm|svg|tar|tgz|tiff?|ttf|wasm|wav|webm|webp|whl|woff2?|xz|zip)$",
    re.I,
)
_DOORS = re.compile(
    r"^/(login|logout|signin|signout|sign-in|sign-out|log-in|log-out|signup|sign-up|cart|basket|checkout|wishlist|"
    r"wp-login\.php|xmlrpc\.php|(wp-admin|cgi-bin|cdn-cgi)/.*)/?$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class LeftOutReason:
    """Why a page is left out: a `code` for programs, and the reason in words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What the person wants read. `depth` is the most parts that a path below the start may have; None: any."""

    home: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sub_domains: bool = False
    depth: int | None = None

    def outside(self, url: str) -> LeftOutReason | None:
        """Return why an address is not among those to choose from, None where it is."""
        path = _path(url)
        if same_page_key(url) == same_page_key(self.home):
            return None
        for pattern in self.exclude:
            if matches(pattern, path):
                return LeftOutReason("excluded", f"you excluded {pattern}")
        if any(matches(pattern, path) for pattern in self.include):
            return None
        if self.include:
            return LeftOutReason(
                "not_included", f"it is not among what you asked for ({', '.join(self.include)[:200]})"
            )
        if self.depth is not None and self._deep(url) > self.depth:
            return LeftOutReason("depth", f"it lies deeper than {self.depth} below the start")
        return by_address(url)

    def belongs(self, url: str) -> bool:
        """Return whether the address is of this site."""
        return same_site(url, self.home, sub_domains=self.sub_domains)

    def _deep(self, url: str) -> int:
        start = [part for part in urlsplit(self.home).path.rpartition("/")[0].split("/") if part]
        parts = [part for part in urlsplit(url).path.split("/") if part]
        return len(parts) - (len(start) if parts[: len(start)] == start else 0)


def by_address(url: str) -> LeftOutReason | None:
    """Return why an address alone shows that there is no page to learn from, None where it does not."""
    path = urlsplit(url).path
    if (found := _NO_TEXT.search(path)) is not None and "/" not in path[found.start() :] and ":" not in path:
        return LeftOutReason("no_text", f"no page but a file of the kind {found[0].lower()}")
    if _DOORS.match(path):
        return LeftOutReason("door", "a door to an account or a shop's basket, by its address")
    if said := endless(url):
        return LeftOutReason("endless", said)
    return None


def matches(pattern: str, path: str) -> bool:
    """Return whether a path with its query fits a pattern."""
    return _compiled(pattern).match(path) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.strip()
    if "://" in pattern:
        pattern = _path(pattern)
    if not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    pattern = re.sub(r"\*+", "*", pattern)  # two in a row would say the same, and cost much
    anything = ".*".join(re.escape(piece) for piece in pattern.rstrip("$").split("*"))
    ends = pattern.endswith("$") or re.search(r"\*\.\w+$", pattern)
    return re.compile(f"{anything}{'$' if ends else ''}", re.I | re.S)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
