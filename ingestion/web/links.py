"""Addresses of pages: one form for each, which are worth reading, in what order, in which groups. Pure.

These rules cost nothing. Which groups matter most is then asked of the model, once (`choose_pages`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from pydantic import BaseModel
from w3lib.url import canonicalize_url

LONGEST_URL = 2000
DEEPEST_PATH = 10
MOST_PARAMETERS = 3

_TRACKERS = re.compile(
    r"^(utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|_hs\w+|gclid|dclid|fbclid|msclkid|yclid|igshid|mc_[ce]id|vero_id|ref|ref_src|"
    r"source|phpsessid|jsessionid|sid|sessionid|session_id|cfid|cftoken)$",
    re.I,
)
_INDEX = re.compile(r"/(index|default)\.(html?|php|aspx?|jsp)$", re.I)
_NOT_PAGES = re.compile(
    r"\.(7z|aac|apk|atom|avi|bin|bmp|bz2|css|csv|deb|dmg|docx?|eot|epub|exe|gif|gz|ico|ics|iso|jar|jpe?g|js|json|"
    r"map|mjs|mov|mp[34]|msi|odt|ogg|otf|pdf|png|pptx?|ps|rar|rpm|rss|svg|tar|tgz|tiff?|ttf|txt|wasm|wav|webm|webp|"
    r"whl|woff2?|xlsx?|xml|xz|zip)$",
    re.I,
)
_JUNK_SEGMENTS_TEXT = """
    login logout signin sign-in signout sign-out signup sign-up register password-reset forgot-password account
    my-account cart basket checkout wishlist compare search print feed rss atom tag tags wp-json wp-admin wp-login.php
    wp-content wp-includes xmlrpc.php cgi-bin cdn-cgi calendar share embed amp oauth auth admin _sources _static
    _images _downloads genindex print.html genindex.html search.html py-modindex.html modindex.html"""
_JUNK_SEGMENTS = frozenset(_JUNK_SEGMENTS_TEXT.split())
_JUNK_PARAMETERS_TEXT = (
    "action add-to-cart diff do edit export format month oldid print redirect replytocom return_to share sort order "
    "view year"
)
_JUNK_PARAMETERS = frozenset(_JUNK_PARAMETERS_TEXT.split())
_ROLES: tuple[tuple[str, re.Pattern[str], float], ...] = tuple(
    (role, re.compile(rf"(^|[/_.-])({words})([/_.-]|$)", re.I), weight)
    for role, words, weight in (
        ("about", r"about|about-us|company|team|who-we-are|mission", 3.0),
        ("offer", r"products?|features?|services?|solutions?|platform|pricing|plans|how-it-works|overview", 3.0),
        ("proof", r"customers?|case-stud(y|ies)|references|testimonials|showcase|stories", 2.0),
        ("help", r"faqs?|help|support|docs?|documentation|guides?|tutorials?|getting-started|quickstart|intro", 2.0),
        ("contact", r"contact|contact-us|locations?", 1.5),
        ("news", r"blog|news|articles?|posts?|press|resources|insights", 1.0),
        ("small print", r"terms|privacy|cookies?|legal|imprint|impressum|licen[cs]es?|gdpr|dpa", -2.0),
        ("lists", r"page|category|categories|author|authors|archives?|changelog|releases?|jobs?|careers?", -1.5),
        ("machinery", r"_modules|api-reference|autodoc|apidocs?|javadoc", -1.0),
    )
)


class Candidate(BaseModel):
    """A page that could be read. `linked` counts the pages that lead to it; `label` is the text of a link."""

    url: str
    source: str = "link"  # home, sitemap, link
    label: str = ""
    linked: int = 1


class Group(BaseModel):
    """Pages whose addresses begin alike, best first."""

    label: str
    urls: list[str]
    score: float


def canonical(url: str, base: str | None = None) -> str | None:
    """Return the one form in which an address is kept: absolute, no fragment, no tracking. None if no page has it."""
    url = url.strip()
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
        query = urlencode(
            [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKERS.match(pair[0])]
        )
        path = re.sub(r";(jsessionid|sid)=[^/]*", "", parts.path, flags=re.I) or "/"
        host = parts.hostname.lower()
        if ":" in host:
            host = f"[{host}]"
        default = 443 if parts.scheme.lower() == "https" else 80
        netloc = host if parts.port in (None, default) else f"{host}:{parts.port}"
        made: str = canonicalize_url(urlunsplit((parts.scheme.lower(), netloc, path, query, "")))
    except ValueError:  # a port that is no number
        return None
    return made if len(made) <= LONGEST_URL else None


def same_page_key(url: str) -> str:
    """Return what all addresses of one page share: scheme, www, index file and last slash do not count."""
    parts = urlsplit(url)
    path = _INDEX.sub("/", parts.path).rstrip("/")
    return f"{site_host(url)}{path}?{parts.query}"


def site_host(url: str) -> str:
    """Return host and port without a leading “www.”: what makes two addresses the same site."""
    return urlsplit(url).netloc.lower().removeprefix("www.")


def same_site(url: str, home: str) -> bool:
    """Return whether the address belongs to the same site as `home`. Other sub-domains are other sites."""
    return site_host(url) == site_host(home)


def junk(url: str) -> str | None:
    """Return why a page is not worth a request, or None. Looks at the address alone."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.lower().split("/") if segment]
    if _NOT_PAGES.search(parts.path):
        return "not a web page"
    if any(segment in _JUNK_SEGMENTS for segment in segments):
        return "no page to learn from"
    parameters = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if len(parameters) > MOST_PARAMETERS or parameters & _JUNK_PARAMETERS:
        return "a variant of another page"
    if len(segments) > DEEPEST_PATH or any(count > 2 for count in Counter(segments).values()):
        return "the address looks endless"
    return None


class Frontier:
    """All pages found so far, each once, junk and other sites left out. Keeps the order in which they came."""

    def __init__(self, home: str) -> None:
        self.home = home
        self._found: dict[str, Candidate] = {}

    def add(self, url: str, *, base: str | None = None, source: str = "link", label: str = "") -> None:
        """Take in one address as it was found."""
        address = canonical(url, base)
        if address is None or not same_site(address, self.home) or junk(address):
            return
        key = same_page_key(address)
        known = self._found.get(key)
        if known is None:
            self._found[key] = Candidate(url=address, source=source, label=label[:100])
        else:
            known.linked += 1
            known.label = known.label or label[:100]

    def unread(self, read: Iterable[str]) -> list[Candidate]:
        """Return the candidates that are none of these pages."""
        done = {same_page_key(url) for url in read}
        return [candidate for key, candidate in self._found.items() if key not in done]

    def __len__(self) -> int:
        return len(self._found)


def score(candidate: Candidate, home: str) -> float:
    """Return how much a page is worth reading, by its address and where it was found. Higher is better."""
    parts = urlsplit(candidate.url)
    segments = [segment for segment in parts.path.split("/") if segment]
    worth = {"home": 2.0, "sitemap": 0.5}.get(candidate.source, 0.0)
    worth += sum(weight for _, pattern, weight in _ROLES if pattern.search(parts.path))
    worth += min(candidate.linked, 20) * 0.05
    worth -= 0.4 * len(segments) + (1.0 if parts.query else 0.0)
    section = urlsplit(home).path.rpartition("/")[0]
    if section and parts.path.startswith(section + "/"):
        worth += 5.0  # whoever gives an address deep in a site means that part of it
    return round(worth, 3)


def ranked(candidates: Iterable[Candidate], home: str) -> list[Candidate]:
    """Return the candidates, best first; equal ones by address, so that the order is always the same."""
    return sorted(candidates, key=lambda candidate: (-score(candidate, home), candidate.url))


def grouped(candidates: Sequence[Candidate], home: str, most: int = 16) -> list[Group]:
    """Return the pages in groups whose paths begin alike, the largest split further, the best group first."""
    by_label = _split(candidates, 1)
    for depth in (2, 3):
        if len(by_label) >= most:
            break
        large = [label for label, members in by_label.items() if len(members) > max(20, len(candidates) * 0.4)]
        for label in large:
            parts = _split(by_label[label], depth)
            if 1 < len(parts) <= most - len(by_label) + 1:
                del by_label[label]
                by_label.update(parts)
    groups = []
    for label, members in by_label.items():
        best = ranked(members, home)
        top = [score(candidate, home) for candidate in best[:5]]
        groups.append(
            Group(label=label, urls=[candidate.url for candidate in best], score=round(sum(top) / len(top), 3))
        )
    groups.sort(key=lambda group: (-group.score, group.label))
    if len(groups) > most:
        rest = groups[most - 1 :]
        urls = [url for group in rest for url in group.urls]
        groups = [*groups[: most - 1], Group(label="everything else", urls=urls, score=rest[0].score)]
    return groups


def _split(candidates: Sequence[Candidate], depth: int) -> dict[str, list[Candidate]]:
    members: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        segments = [segment for segment in urlsplit(candidate.url).path.split("/") if segment]
        folder = segments[: min(depth, len(segments) - 1)] if len(segments) > 1 else []
        members["/" + "".join(f"{segment}/" for segment in folder)].append(candidate)
    return dict(members)


def choose(groups: Sequence[Group], order: Sequence[int], limit: int) -> list[str]:
    """Return at most `limit` pages. `order` names groups by index, the most important first; the others follow.

    The first groups get the larger shares, yet every group gives its best page while there is room, so that no part of
    the site stays unknown. Indices that name no group are passed over.
    """
    wanted = [index for index in dict.fromkeys(order) if 0 <= index < len(groups)]
    wanted += [index for index in range(len(groups)) if index not in wanted]
    queues = [list(groups[index].urls) for index in wanted]
    chosen: list[str] = [queue.pop(0) for queue in queues if queue][:limit]
    while len(chosen) < limit and any(queues):
        for place, queue in enumerate(queues):
            share = max(1, (limit // 4) >> min(place, 8))
            take = min(share, limit - len(chosen), len(queue))
            chosen += queue[:take]
            del queue[:take]
    return chosen
