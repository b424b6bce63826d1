"""Whether a home page is the one that was meant: a domain for sale, or one that leads to somebody else's. Pure."""

from __future__ import annotations

import re

from ingestion.web.links import site_host

WORDS_MOST = 250
_FOR_SALE = re.compile(
    r"\b(this )?domain( name)? (\S+ )?(is|may be) (available )?(for sale|parked)\b|\bbuy this domain\b|"
    r"\bdomain parking\b|"
    r"\bparked (free|domain)\b|\bthis (page|domain|site) is parked\b|\bdomain steht zum verkauf\b|\bdomaine à vendre\b|"
    r"\bdominio en venta\b|\bdominio in vendita\b",
    re.I,
)
_MARKETS = [
    "sedo.com",
    "sedoparking.com",
    "parkingcrew.net",
    "bodis.com",
    "dan.com",
    "afternic.com",
    "hugedomains.com",
    "undeveloped.com",
    "above.com",
    "domainmarket.com",
    "parklogic.com",
    "sav.com",
    "atom.com",
    "uniregistry.com",
]


def looks_parked(title: str, description: str, words: int, url: str) -> bool:
    """Return whether a page only offers its domain: it says so and little else, or a market for domains shows it."""
    host = site_host(url).partition(":")[0]
    if any(host.endswith(f".{market}") for market in _MARKETS):
        return True
    return words < WORDS_MOST and bool(_FOR_SALE.search(f"{title}\n{description}"))


def is_close(url: str, home: str) -> bool:
    """Return whether two hosts are of one name, so that one leads to the other without surprise."""
    one, other = (site_host(each).partition(":")[0] for each in (url, home))
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
