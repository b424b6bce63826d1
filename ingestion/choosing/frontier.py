"""All pages found so far, each once; and what of them is left out, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ingestion.choosing.scope import LeftOutReason, Scope
from ingestion.choosing.traps import READ_OF_MANY, alike, trapped
from ingestion.choosing.weights import Candidate, ranked
from ingestion.web.languages import Languages
from ingestion.web.links import canonical, same_page_key, telling_parameters


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A page that was found and is not read, and why."""

    url: str
    reason: LeftOutReason


class Frontier:
    """The pages that were found. Addresses of one page are one; the one without trackers is the one that is asked.

    `languages` are those to read, as codes; none of them means all. `declared` says what hreflang says, by page key.
    """

    def __init__(self, home: str, scope: Scope | None = None, languages: Iterable[str] = ()) -> None:
        self.home = home
        self.scope = scope or Scope(home)
        self.languages = frozenset(languages)
        self.declared: dict[str, str] = {}
        self._found: dict[str, Candidate] = {}
        self._linked_by: dict[str, str] = {}
        self._wanted: set[str] = set()
        self._unwanted: set[str] = set()

    def add(self, url: str, *, base: str | None = None, source: str = "link", label: str = "") -> None:
        """Take in one address as it was found, on the page `base`."""
        address = canonical(url, base)
        if address is None or not self.scope.belongs(address):
            return
        key = same_page_key(address)
        by, before = base or source, self._linked_by.get(key)
        self._linked_by[key] = by
        known = self._found.get(key)
        if known is None:
            self._found[key] = Candidate(url=address, source=source, label=label[:100])
            return
        # The last one tells whether this page was counted, since the links of one page come together: a set of all that
        # lead to a page of the navigation would grow with each page that is read.
        known.linked += by != before
        known.label = known.label or label[:100]
        if len(address) < len(known.url) and same_page_key(known.url) == key and _is_cleaner(address, known.url):
            known.url = address

    def want(self, url: str) -> None:
        """Take in a page that the person asked for; no reason leaves it out but robots.txt."""
        address = canonical(url, self.home)
        if address is not None:
            key = same_page_key(address)
            self._found[key] = Candidate(url=address, source="person")
            self._wanted.add(key)
            self._unwanted.discard(key)

    def refuse(self, url: str) -> None:
        """Leave out a page that the person does not want."""
        key = same_page_key(url)
        self._unwanted.add(key)
        self._wanted.discard(key)

    def is_wanted(self, url: str) -> bool:
        return same_page_key(url) in self._wanted

    def is_refused(self, url: str) -> bool:
        return same_page_key(url) in self._unwanted

    def declare(self, languages: Mapping[str, str]) -> None:
        """Note which language pages are said to be in (hreflang)."""
        self.declared.update({same_page_key(url): code for url, code in languages.items()})

    def sorted_out(
        self, asked: Iterable[str], may_choose: Callable[[str], bool]
    ) -> tuple[list[Candidate], list[LeftOut]]:
        """Return what may still be read, best first, and what is left out, pages asked for already in neither."""
        asked_keys = {same_page_key(url) for url in asked}
        all_urls = [candidate.url for candidate in self._found.values()]
        traps, languages = trapped(all_urls), Languages(all_urls, self.declared)
        read_of = _counted(candidate.url for key, candidate in self._found.items() if key in asked_keys)
        stay: list[Candidate] = []
        left: list[LeftOut] = []
        for candidate in ranked((found for key, found in self._found.items() if key not in asked_keys), self.home):
            reason = self._reason(candidate.url, traps, languages, read_of)
            if reason is None and not may_choose(candidate.url):
                reason = LeftOutReason("robots", "robots.txt asks us not to read it")
            if reason is None:
                stay.append(candidate)
            else:
                left.append(LeftOut(candidate.url, reason))
        return stay, left

    def _reason(
        self,
        url: str,
        traps: Mapping[str, str],
        languages: Languages,
        read_of: dict[tuple[str, str], int],
    ) -> LeftOutReason | None:
        key = same_page_key(url)
        if key in self._wanted:
            return None
        if key in self._unwanted:
            return LeftOutReason("excluded", "you left it out")
        if (outside := self.scope.outside(url)) is not None:
            return outside
        language = languages.of(url)
        if self.languages and language and language not in self.languages:
            asked = ", ".join(sorted(self.languages))
            return LeftOutReason("language", f"it is in another language ({language}) than is read ({asked})")
        if url in traps and (of := alike(url)) is not None:
            if read_of.get(of, 0) >= READ_OF_MANY:
                return LeftOutReason("alike", f"{traps[url]}; {READ_OF_MANY} of them are read")
            read_of[of] = read_of.get(of, 0) + 1
        return None

    def __len__(self) -> int:
        return len(self._found)


def _counted(urls: Iterable[str]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for url in urls:
        if (of := alike(url)) is not None:
            counts[of] = counts.get(of, 0) + 1
    return counts


def _is_cleaner(address: str, than: str) -> bool:
    """Return whether an address says the same page with fewer parameters that only follow a visitor."""
    return telling_parameters(address) == telling_parameters(than)
