"""Which language an address says that its page is in. Pure.

A word of two letters is a language only where more signs agree: `/it/` may be the IT department, `/no/` a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit

from ingestion.web.links import same_page_key

_CODES = frozenset(
    [
        "af",
        "am",
        "ar",
        "as",
        "az",
        "be",
        "bg",
        "bn",
        "bs",
        "ca",
        "cs",
        "cy",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "eu",
        "fa",
        "fi",
        "fil",
        "fr",
        "ga",
        "gl",
        "gu",
        "he",
        "hi",
        "hr",
        "hu",
        "hy",
        "id",
        "is",
        "it",
        "ja",
        "jv",
        "ka",
        "kk",
        "km",
        "kn",
        "ko",
        "ky",
        "lo",
        "lt",
        "lv",
        "mk",
        "ml",
        "mn",
        "mr",
        "ms",
        "mt",
        "my",
        "nb",
        "ne",
        "nl",
        "nn",
        "no",
        "or",
        "pa",
        "pl",
        "ps",
        "pt",
        "ro",
        "ru",
        "sd",
        "si",
        "sk",
        "sl",
        "so",
        "sq",
        "sr",
        "sv",
        "sw",
        "ta",
        "te",
        "th",
        "tl",
        "tr",
        "tt",
        "uk",
        "ur",
        "uz",
        "vi",
        "xh",
        "yi",
        "yo",
        "zh",
        "zu",
    ]
)
_LOCALE = re.compile(r"^([a-z]{2,3})(?:[-_]([a-z]{2}|[a-z]{4}|\d{3}))?$", re.I)
_PARAMETERS = ("lang", "language", "locale", "hl")


def primary(language: str) -> str:
    """Return the first part of a language tag, in lower case: “pt” of “pt-BR”; "" of what is none."""
    found = _LOCALE.match(language.strip().replace("_", "-")[:11]) if language else None
    return found[1].lower() if found else ""


class Languages:
    """The languages of a site's addresses. `declared` are those that its pages name (hreflang), by page key."""

    def __init__(self, urls: Iterable[str], declared: Mapping[str, str] | None = None) -> None:
        self._declared = dict(declared or {})
        self._keys = {same_page_key(url) for url in urls}
        self._bare_of: dict[str, set[str]] = {}
        for key in self._keys:
            if (split := _split(key)) is not None:
                self._bare_of.setdefault(split[1], set()).add(split[0])

    def of(self, url: str) -> str:
        """Return the language that the address of a page says, as a code such as “de”; "" where it says none."""
        key = same_page_key(url)
        if key in self._declared:
            return self._declared[key]
        for name, value in parse_qsl(urlsplit(url).query):
            if name.lower() in _PARAMETERS and primary(value) in _CODES:
                return primary(value)
        split = _split(key)
        if split is None:
            return ""
        locale, bare = split
        with_region = len(locale) > 3
        has_twin = bare in self._keys or len(self._bare_of.get(bare, ())) > 1
        return primary(locale) if with_region or has_twin or locale in self._locales else ""

    @cached_property
    def _locales(self) -> set[str]:
        """The locales that pages with a translation use: what stands under the same folder is of them too."""
        twins = [each for bare, each in self._bare_of.items() if len(each) > 1 or bare in self._keys]
        known = {locale for each in twins for locale in each}
        return known | {split[0] for key in self._declared if (split := _split(key)) is not None}


def _split(key: str) -> tuple[str, str] | None:
    """Return the locale in a page's key and the key without it; None where no part of it can be one."""
    host, *segments = key.partition("?")[0].split("/")
    query = key.partition("?")[2]
    for place, segment in enumerate(segments[:2]):
        found = _LOCALE.match(segment)
        if found and found[1].lower() in _CODES:
            rest = "/".join([host, *segments[:place], *segments[place + 1 :]])
            return segment.lower(), f"{rest}?{query}"
    label, _, domain = host.partition(".")
    if label in _CODES and "." in domain:
        return label, f"{domain}/{'/'.join(segments)}".rstrip("/") + f"?{query}"
    return None
