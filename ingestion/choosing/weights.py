"""What a page is worth reading, by its address and by where it was found. Words weigh; they exclude nothing. Pure."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel

from ingestion.web.links import telling_parameters

_WORTH = (
    (3.0, "about company team mission pricing plans product products feature features service services solution "
          "solutions platform overview how-it-works ueber-uns uber-uns a-propos quienes-somos chi-siamo preise tarifs "
          "precios prezzi produkte produits productos leistungen"),
    (2.0, "customers case-study case-studies references testimonials showcase stories faq faqs help support docs doc "
          "documentation guide guides tutorial tutorials getting-started quickstart intro introduction manual "
          "hilfe aide ayuda handbuch"),
    (1.5, "contact contact-us location locations kontakt contacto contatti"),
    (1.0, "blog news article articles post posts press resources insights learn changelog"),
    (-1.5, "category categories author authors archive archives job jobs career careers tag tags feed rss atom print "
           "share embed amp calendar compare wishlist _modules apidocs javadoc genindex py-modindex modindex"),
    (-2.0, "terms privacy cookie cookies legal imprint impressum license licenses gdpr dpa datenschutz agb"),
    (-3.0, "login logout signin signout sign-in sign-out signup sign-up register password-reset forgot-password "
           "account my-account cart basket checkout search wp-json wp-admin wp-login wp-content wp-includes xmlrpc "
           "cgi-bin cdn-cgi oauth _sources _static _images _downloads"),
)  # fmt: skip
_WEIGHTS = {word: weight for weight, words in _WORTH for word in words.split()}
_VARIANT = frozenset(
    [
        "action",
        "add-to-cart",
        "diff",
        "do",
        "edit",
        "export",
        "format",
        "month",
        "oldid",
        "print",
        "redirect",
        "replytocom",
        "return_to",
        "share",
        "sort",
        "order",
        "view",
        "year",
        "page",
        "paged",
    ]
)
_NO_HTML = re.compile(r"\.(js|mjs|css|json|xml|rss|atom|ics|map|csv|txt|md|ps|odt|docx?|pptx?|xlsx?|epub)$", re.I)
_EXTENSION = re.compile(r"\.(html?|xhtml|php|aspx?|jsp)$", re.I)
OWN_PART = 5.0
LINKS_MOST = 2.5


class Candidate(BaseModel):
    """A page that could be read. `linked` counts the pages that lead to it; `label` is the text of a link."""

    url: str
    source: str = "link"  # home, sitemap, feed, llms, link, person
    label: str = ""
    linked: int = 1


@lru_cache(maxsize=65536)  # a large site is ranked anew after each round
def words_of(url: str) -> tuple[str, ...]:
    """Return the segments of a path, in lower case, the last one without its extension."""
    path = unquote(urlsplit(url).path).lower()
    return tuple(_EXTENSION.sub("", segment) for segment in path.split("/") if segment)


def score(candidate: Candidate, home: str) -> float:
    """Return how much a page is worth reading. Higher is better."""
    parts = urlsplit(candidate.url)
    segments = words_of(candidate.url)
    worth = {"person": 50.0, "home": 2.0, "llms": 1.5, "feed": 0.5, "sitemap": 0.5}.get(candidate.source, 0.0)
    worth += _by_words(segments)
    worth += min(LINKS_MOST, 0.6 * math.log2(max(1, candidate.linked)))
    worth += 0.2 if candidate.label else 0.0
    worth -= 0.4 * len(segments)
    parameters = telling_parameters(candidate.url)
    worth -= 1.0 * bool(parameters) + 0.5 * sum(name.lower() in _VARIANT for name, _ in parameters)
    worth -= 1.5 * bool(_NO_HTML.search(parts.path))
    section = urlsplit(home).path.rpartition("/")[0]
    if section and parts.path.startswith(section + "/"):
        worth += OWN_PART  # whoever gives an address deep in a site means that part of it
    return round(worth, 3)


def _by_words(segments: tuple[str, ...]) -> float:
    """Return what the words of a path weigh: the last one in full, those of the folders by half."""
    weights = [_WEIGHTS.get(segment, 0.0) for segment in segments]
    if not weights:
        return 0.0
    folders = [weight / 2 for weight in weights[:-1]]
    return weights[-1] + max(folders, default=0.0) + min(0.0, min(folders, default=0.0))


def ranked(candidates: Iterable[Candidate], home: str) -> list[Candidate]:
    """Return the candidates, best first; equal ones in an order that follows from no name, and is always the same."""
    return sorted(candidates, key=lambda candidate: (-score(candidate, home), spread(candidate.url)))


def spread(url: str) -> bytes:
    """Return a key by which equal pages are put in order: neither by name nor by when they were found."""
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=8).digest()
