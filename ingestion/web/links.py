"""Addresses of pages: as they are asked for, and what tells one page from another. Pure.

An address is asked for exactly as it was found. Whether two addresses are one page is said by their key alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

LONGEST_URL = 2000
FRAGMENT_WORDS = 8

TRACKERS = re.compile(
    r"^(utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|_hs\w+|_ga|_gl|gclid|dclid|gbraid|wbraid|fbclid|msclkid|yclid|twclid|ttclid|"
    r"igshid|mc_[ce]id|mkt_tok|vero_id|ref_src|phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id|cfid|cftoken)$",
    re.I,
)
"""Parameters that say who came from where, and never which page."""
_TOKENS = re.compile(r"^(s|sid|sess|session|ref|token|osCsid|zenid)$", re.I)
_TOKEN = re.compile(r"^(?=.*\d)[\w.-]{16,}$")
_PATH_SESSION = re.compile(r";(jsessionid|sid|phpsessid)=[^/;]*", re.I)
_INDEX = re.compile(r"/(index|default)\.(html?|php|aspx?|jsp)$", re.I)
_BLANKS = re.compile(r"[\t\r\n]")


def canonical(url: str, base: str | None = None) -> str | None:
    """Return the address to ask for: absolute, without its fragment, else as it was found. None if no page has it."""
    url = _BLANKS.sub("", url.strip())
    try:
        return _canonical(urljoin(base, url) if base else url)
    except ValueError:  # a broken IPv6 literal
        return None


@lru_cache(maxsize=4096)  # The pages of a site link to the same places again and again.
def _canonical(absolute: str) -> str | None:
    try:
        parts = urlsplit(absolute)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            return None
        made = urlunsplit((parts.scheme.lower(), _netloc(absolute), parts.path or "/", parts.query, ""))
    except ValueError:  # a port that is no number
        return None
    if absolute.partition("#")[0].endswith("?"):
        made += "?"
    made = quote(made, safe="%/:?#[]@!$&'()*+,;=~|\\^`{}\"<>")  # spaces and what is no ASCII, as browsers send them
    return made if len(made) <= LONGEST_URL else None


def _netloc(absolute: str) -> str:
    parts = urlsplit(absolute)
    host = (parts.hostname or "").lower()
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("a host that cannot be written in ASCII") from None
    if ":" in host:
        host = f"[{host}]"
    default = 443 if parts.scheme.lower() == "https" else 80
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


@lru_cache(maxsize=65536)
def same_page_key(url: str) -> str:
    """Return what all addresses of one page share.

    Scheme, www, index file, last slash, case of the path, order of parameters, and parameters that only follow a
    visitor (trackers, session ids) do not count.
    """
    parts = urlsplit(url)
    path = _INDEX.sub("/", _PATH_SESSION.sub("", parts.path))
    path = re.sub(r"/{2,}", "/", quote(unquote(path), safe="/:@!$&'()*+,;=~").lower()).rstrip("/")
    return f"{site_host(url)}{path}?{urlencode(telling_parameters(url))}"


@lru_cache(maxsize=65536)
def telling_parameters(url: str) -> tuple[tuple[str, str], ...]:
    """Return the parameters that may tell which page it is, in order of name and value."""
    query = urlsplit(url).query
    pairs = parse_qsl(query, keep_blank_values=True) if query else []
    return tuple(sorted(pair for pair in pairs if not _follows(*pair)))


def _follows(name: str, value: str) -> bool:
    return bool(TRACKERS.match(name)) or bool(_TOKENS.match(name) and _TOKEN.match(value))


def site_host(url: str) -> str:
    """Return host and port without a leading “www.”: what makes two addresses the same site."""
    return urlsplit(url).netloc.lower().removeprefix("www.")


def same_site(url: str, home: str, *, sub_domains: bool = False) -> bool:
    """Return whether the address is of the same site as `home`; with `sub_domains`, also of a sub-domain of it."""
    host, of_home = site_host(url), site_host(home)
    return host == of_home or (sub_domains and host.endswith("." + of_home))


def place_of(url: str, text: str, *, most_chars: int | None = None) -> str:
    """Return the address of a quote on its page, as a text fragment (WICG, scroll-to-text-fragment)."""
    start = " ".join(text.split()[:FRAGMENT_WORDS])[:most_chars]
    return f"{url.partition('#')[0]}#:~:text={quote(start, safe='').replace('-', '%2D')}"
