"""What stands above a section of a digest: its source's heading, or its page's title where that says nothing. Pure."""

from __future__ import annotations

import re

from agents.digest.chapter import Chapter
from agents.text.words import content_stems
from agents.writing.outline import clean_heading

_GENERIC = re.compile(
    r"^(?:description|synopsis|options?|discussion|details|usage|name|configuration|commands?|basics?|background|"
    r"general|overview|files?|see also|bugs|authors?|history|motivation|caveats?|abstract|preface|notice|features?|"
    r"getting started|faq|q ?& ?a|questions?|answers?|the solution|the problem|beschreibung|übersicht|einführung|"
    r"description générale|introducción|descripción|概要|简介|介绍|はじめに|说明)$",
    re.IGNORECASE,
)
_SECTION_OF_MANUAL = re.compile(r"\(\d\w?\)")
_NUMBER = re.compile(
    r"^(?:chapter|section|part|appendix|kapitel|abschnitt)?\s*(?:\d{1,3}\.)*\d{1,3}[.:)]?\s+", re.IGNORECASE
)
_SITE = re.compile(r"\s(?:[—–|·»]|-)\s")
_LEAST_CAPITALS = 4


def heading_for(chapter: Chapter) -> str:
    """Return the heading; with the page's title before it where it is one word; empty where neither says anything."""
    title = _clean(_SITE.split(chapter.page_title)[0])
    heading = _clean(chapter.heading)
    if not heading or _GENERIC.match(heading):
        return title if not _GENERIC.match(title) else ""
    if " " in heading or not title or _GENERIC.match(title) or set(content_stems(heading)) & set(content_stems(title)):
        return heading
    return clean_heading(f"{title}: {heading}") or heading


def is_under_its_title(chapter: Chapter) -> bool:
    """Return whether the chapter's own heading says nothing, so that the page's title stands above it."""
    heading = _clean(chapter.heading)
    return not heading or bool(_GENERIC.match(heading))


def _clean(text: str) -> str:
    bare = _SECTION_OF_MANUAL.sub("", _NUMBER.sub("", text)).replace(" Manual Page", "")
    if bare.isupper() and sum(letter.isalpha() for letter in bare) >= _LEAST_CAPITALS:
        bare = bare.capitalize()
    return clean_heading(bare)
