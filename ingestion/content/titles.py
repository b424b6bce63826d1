"""A page's own title: its first heading, og:title and title held against each other, without the site's name. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from language.sentences import one_line
from language.words import word_spans

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
_LAST_PART = re.compile(r"^.*?([^/]*?)(?:\.\w{1,5})?/?$", re.S)
_OF_PARTS = frozenset(
    ["menu", "search", "blog", "posts", "news", "readme", "comments", "メニュー", "検索", "菜单", "搜索"]
)
_NUMBERED = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,5}(?:[.)．] |[、．]|\. ?\w)")
LONGEST_HEADING = 200
ALIKE, ALIKE_LATER = 0.5, 0.75
"""The share of words that a heading and a title of one thing have in common at least, and one that is not the first:
measured on labelled pages."""


def own_title(*, title: str, og_title: str, h1: str, site_name: str, url: str, others: Sequence[str] = ()) -> str:
    """Return the page's own title; the site's name where the page has no other, “” where there is none at all.

    `h1` is the first heading that is no logo, `others` are those of its rank after it. The first that title or og:title
    speaks of is taken. Where they speak of none of several, or the address speaks of the title and not of the one, it
    heads a part of the page (“Search”, “Related products”), and og:title or title is taken.
    """
    names = _names_of_site(site_name, url)
    parts = _without(names, _APART.split(one_line(title)))
    shared = _without(names, _APART.split(one_line(og_title)))
    headings = [each for each in (h1, *others) if 1 < len(each) <= LONGEST_HEADING and _says_something(each, names)]
    numbered = [each for each in headings if _NUMBERED.match(each)]
    if len(numbered) > 1:
        # Sections of one page, each of the highest rank: what it is called stands elsewhere.
        headings = [each for each in headings if each not in numbered] if parts or shared else headings[:1]
    if heading := _of_the_page(headings, [*parts, *shared], url):
        return _fuller(heading, og_title if len(shared) <= 1 else "", names)
    for found in (shared, parts):
        if found:
            return max(found, key=len) if len(found) > 1 and not _key(found[0]) else found[0]
    return title or og_title or h1 or site_name


def _of_the_page(headings: Sequence[str], said: Sequence[str], url: str) -> str:
    """Return the heading that is the page's own; “” where those are of its parts."""
    if not headings or not said:
        return headings[0] if headings else ""
    for place, heading in enumerate(headings):
        if any(_alike(heading, each) >= (ALIKE_LATER if place else ALIKE) for each in (*said, " ".join(said))):
            return heading
    if len(headings) > 1 or _key(headings[0]) in _OF_PARTS:
        return ""
    address = _LAST_PART.sub(r"\1", urlsplit(url).path).replace("-", " ").replace("_", " ")
    of_title = max(len(_words(each) & _words(address)) for each in said)
    return "" if of_title > 1 and not _words(headings[0]) & _words(address) else headings[0]


def _alike(one: str, two: str) -> float:
    """Return the share of the shorter text's words that stand in the other."""
    first, second = _words(one), _words(two)
    return len(first & second) / max(1, min(len(first), len(second)))


def _words(text: str) -> set[str]:
    return {word.text.casefold() for word in word_spans(text)}


def _fuller(heading: str, other: str, names: set[str]) -> str:
    """Return the heading, or what begins with it and says more without the site's name, as og:title may."""
    one, two = _key(heading), _key(other)
    if two.startswith(one) and len(one) < len(two) <= len(one) + 40 and not any(name and name in two for name in names):
        return other if len(one) < 12 else heading
    return heading


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
