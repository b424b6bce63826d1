"""What stands around a page's matter though it may be longer: banners for consent, comments under a text, the lines
that lead from one page of a manual to the next. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from ingestion.markup.hidden import remove
from ingestion.markup.names import Sign, signs_of_names
from ingestion.outcomes.evidence import amount_of
from ingestion.outcomes.phrases import CONSENT_TEXT, COOKIE_WORD

MOST_BANNER_WORDS = 900.0
MOST_BANNER_CHARS = 8_000
MOST_BANNER_PIECES = 2_000
MOST_EXAMINED = 200
MOST_SIBLINGS = 20
"""Bounds on work that hostile pages would make endless; real ones stay far below."""
LEAST_MATTER_WORDS = 12.0
MOST_TURNER_CHARS = 400
MOST_TURNERS = 2_000
_TURNS = frozenset(["next", "prev", "previous", "up"])
_TURNING_KEYS = frozenset("npu")
"""By which keys DocBook's and Texinfo's pages lead on."""
_HOLDS_TURNERS = frozenset(["p", "div", "table", "nav", "ul"])
_COMMENTS = re.compile(
    r"(?:^|[\s_-])(?:comments?(?:[_-]?(?:list|area|section|wrapper|container|block|thread|form|respond))?|commentlist|respond|"
    r"disqus[_-]thread|discourse-comments|fb-comments|isso-thread|utterances|giscus|remark42|hyvor-talk-view)(?:$|[\s])",
    re.I,
)
_FORUM = re.compile(
    r"forum|thread|topic|discuss|question|/q/|/t/|community|showthread|viewtopic|/r/|news\.ycombinator|answers", re.I
)
_FORUM_TYPE = re.compile(r"DiscussionForumPosting|QAPage|\"Question\"")


def take_banners(tree: Any) -> str:
    """Remove banners that ask for consent to cookies, and return what they said: it is evidence, not the page."""
    said: list[str] = []
    for element in _elements(tree, _is_named_consent):
        if element.getparent() is None or not _asks_for_consent(element):
            continue
        said.append("\n".join(" ".join(text.split()) for text in element.itertext() if not text.isspace()))
        remove(element)
    return "\n".join(said)


def take_comments(tree: Any, url: str, markup: str) -> None:
    """Remove the comments under a text. Where people's posts are the page, as in a forum, they stay."""
    if _FORUM.search(url) or _FORUM_TYPE.search(markup):
        return
    for element in _elements(tree, _is_named_comments):
        if element.getparent() is not None and _follows_matter(element):
            remove(element)


def take_page_turners(tree: Any) -> None:
    """Remove short pieces with two links or more that lead to the next page, the one before or the one above, by what
    the page itself says of them. A manual on one page has such a line over each of its sections."""
    turners: dict[Any, set[str]] = {}
    for link in islice((each for each in tree.iter("a") if _turns(each)), MOST_TURNERS):
        holder = next((each for each in link.iterancestors() if each.tag in _HOLDS_TURNERS), None)
        if holder is not None:
            turners.setdefault(holder, set()).add(link.get("href"))
    for holder, targets in turners.items():
        if len(targets) > 1 and holder.getparent() is not None and _is_short(holder):
            remove(holder)


def _turns(link: Any) -> bool:
    if not link.get("href"):
        return False
    rel = (link.get("rel") or "").lower().split()
    return not _TURNS.isdisjoint(rel) or link.get("accesskey") in _TURNING_KEYS


def _is_short(element: Any) -> bool:
    chars = 0
    for piece in element.itertext():
        chars += len(" ".join(piece.split()))
        if chars > MOST_TURNER_CHARS:
            return False
    return True


def _elements(tree: Any, wanted: Any) -> Iterator[Any]:
    """Yield the outermost elements of a kind before those in them, at most MOST_EXAMINED of them."""
    found = (
        each for each in tree.iter("div", "section", "aside", "form", "dialog", "ol", "ul", "footer") if wanted(each)
    )
    yield from list(islice(found, MOST_EXAMINED))


_COOKIE = int(Sign.COOKIE)


def _is_named_consent(element: Any) -> bool:
    return any((named := element.get(name)) and signs_of_names(named) & _COOKIE for name in ("class", "id"))


def _asks_for_consent(element: Any) -> bool:
    if next(element.iter("h1", "main", "article"), None) is not None:
        return False
    pieces: list[str] = []
    for piece in element.itertext():
        pieces.append(piece)
        if len(piece) > MOST_BANNER_CHARS or len(pieces) > MOST_BANNER_PIECES:
            return False
    text = " ".join(" ".join(pieces).split())
    if len(text) > MOST_BANNER_CHARS:
        return False
    turns = {found.group().lower() for found in CONSENT_TEXT.finditer(text)}
    return len(turns) >= 2 and bool(COOKIE_WORD.search(text)) and amount_of(text) < MOST_BANNER_WORDS


def _is_named_comments(element: Any) -> bool:
    return any((named := element.get(name)) and _names_comments(named) for name in ("class", "id"))


@lru_cache(maxsize=20_000)
def _names_comments(names: str) -> bool:
    return _COMMENTS.search(names) is not None


def _follows_matter(element: Any) -> bool:
    """Return whether a text of the page's own comes before, in what stands beside it or beside what is around it."""
    around = element
    for _ in range(4):
        for before in islice(around.itersiblings(preceding=True), MOST_SIBLINGS):
            if before.tag in ("nav", "header", "aside", "script", "style", "footer"):
                continue
            text = " ".join(
                each
                for part in before.iter("p", "article", "div", "section")
                for each in (part.text, part.tail)
                if each
            )
            if amount_of(text) >= LEAST_MATTER_WORDS:
                return True
        around = around.getparent()
        if around is None or around.tag in ("body", "html"):
            return False
    return False
