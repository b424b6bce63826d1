"""Whether a page is what the site gives for an address that does not exist: a soft 404. Pure.

Many sites answer each unknown address with status 200 and a page that says so in words that no list of phrases knows.
One such address is asked for once (`ingestion.web.missing`), and what came is held against the pages that are read.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from urllib.parse import urlsplit

from ingestion.web.links import same_page_key
from ingestion.web.missing import Missing
from language.normalisation import folded
from language.words import words

ALIKE = 0.9
"""Of the pairs of words in two texts: with so many in common they are one text."""
LEAST_WORDS = 5
MOST_WORDS = 600


def what_is_missing(address: str, url: str, title: str, text: str, *, home: str, home_text: str) -> Missing:
    """Return what to hold pages against, after what came for the address, from `url`.

    A site that shows its home page at each address says nothing by that, and so does one whose home page has no text.
    """
    leads_to = "" if same_page_key(url) in (same_page_key(address), same_page_key(home)) else url
    said, at_home = _words(text, address), _words(home_text, home)
    tells = len(said) >= LEAST_WORDS and bool(at_home) and not _alike(said, at_home)
    return Missing(address=address, leads_to=leads_to, title=title, text=text if tells else "")


def says_the_same(missing: Missing, asked: str, url: str, title: str, text: str) -> str:
    """Return why this page is the one for addresses that do not exist, as a clause; "" where it is not.

    Its text must be that page's and its title, too: a template whose own text was not found may look alike otherwise.
    """
    if missing.leads_to and same_page_key(url) == same_page_key(missing.leads_to) != same_page_key(asked):
        return "leads to where the site sends those who ask for what does not exist"
    if not missing.text or not _same_title(missing, asked, title):
        return ""
    if _alike(_words(text, asked), _words(missing.text, missing.address)):
        return "is what the site shows at an address that does not exist"
    return ""


def _same_title(missing: Missing, asked: str, title: str) -> bool:
    """Return whether the titles are one, the asked address aside where the missing page's title repeats it.

    Only there: a real page's title mostly has the words of its address.
    """
    without = _words(missing.title, missing.address)
    repeats = without != _words(missing.title, "")
    return _words(title, asked if repeats else "") == without


def _words(text: str, address: str) -> list[str]:
    """Return the words of a text without those of the address that was asked for, which such a page may repeat."""
    own = {folded(each) for each in words(urlsplit(address).path.replace("-", " ").replace("_", " "))}
    own.add(folded(urlsplit(address).path.strip("/")))
    return [word for each in words(text[: MOST_WORDS * 10]) if (word := folded(each)) not in own][:MOST_WORDS]


def _alike(one: list[str], other: list[str]) -> bool:
    """Return whether the texts have nearly all pairs of neighbouring words in common (Dice's coefficient)."""
    pairs, others = Counter(pairwise(["", *one])), Counter(pairwise(["", *other]))
    total = pairs.total() + others.total()
    return bool(total) and 2 * (pairs & others).total() >= ALIKE * total
