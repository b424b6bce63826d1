"""A page's own title: its first heading, og:title and title held against each other, without the site's name. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from language.sentences import one_line

_APART = re.compile(r" [|·•»«›‹—–-] | ?(?:\||::|»|«|｜) ?| -{2,} ")
"""Between the parts of a title on one line, each of its gaps one space."""
_NO_WORD = re.compile(r"\W+")
_OF_NO_PAGE = frozenset(
    [
        "home",
        "homepage",
        "welcome",
        "index",
        "startseite",
        "accueil",
        "inicio",
        "start",
        "page",
        "untitled",
        "главная",
        "ホーム",
        "首页",
        "홈",
    ]
)
LONGEST_HEADING = 200


def own_title(*, title: str, og_title: str, h1: str, site_name: str, url: str) -> str:
    """Return the page's own title; the site's name where the page has no other, “” where there is none at all.

    `h1` is the first heading that is no logo.
    """
    names = _names_of_site(site_name, url)
    parts = _without(names, _APART.split(one_line(title)))
    shared = _without(names, _APART.split(one_line(og_title)))
    heading = h1 if 1 < len(h1) <= LONGEST_HEADING and _says_something(h1, names) else ""
    if heading:
        return _fuller(heading, og_title if len(shared) <= 1 else "", names)
    for found in (shared, parts):
        if found:
            return max(found, key=len) if len(found) > 1 and not _key(found[0]) else _joined(found)
    return title or og_title or h1 or site_name


def _fuller(heading: str, other: str, names: set[str]) -> str:
    """Return the heading, or what begins with it and says more without the site's name, as og:title may."""
    one, two = _key(heading), _key(other)
    if two.startswith(one) and len(one) < len(two) <= len(one) + 40 and not any(name and name in two for name in names):
        return other if len(one) < 12 else heading
    return heading


def _joined(parts: list[str]) -> str:
    return parts[0]


def _says_something(text: str, names: set[str]) -> bool:
    key = _key(text)
    return bool(key) and key not in names and key not in _OF_NO_PAGE


def _without(names: set[str], parts: list[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip() and _says_something(part, names)]


def _names_of_site(site_name: str, url: str) -> set[str]:
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    names = {_key(site_name), _key(host), _key(labels[0]), _key(labels[-2]) if len(labels) > 1 else ""}
    return names - {""}


def _key(text: str) -> str:
    return _NO_WORD.sub("", text).lower()
