"""Labelled pages, and how an extractor is scored on them."""

from __future__ import annotations

import gzip
import json
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .rivals import Extractor

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page, and what of it is its main text."""

    url: str
    type: str
    html: str
    main: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(slots=True)
class Score:
    """What one extractor did on all pages; `cpu_s` is processor time in seconds."""

    f1: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    leaked: int = 0
    may_leak: int = 0
    missing: int = 0
    may_miss: int = 0
    cpu_s: float = 0.0
    pages: int = 0

    def by_type(self) -> dict[str, float]:
        return {name: statistics.mean(values) for name, values in self.f1.items()}

    @property
    def leaked_share(self) -> float:
        return self.leaked / max(1, self.may_leak)

    @property
    def missing_share(self) -> float:
        return self.missing / max(1, self.may_miss)

    def add(self, page: Labelled, text: str, cpu_s: float) -> None:
        """Count one page."""
        self.f1[page.type].append(f1(text, page.main))
        flat = _flat(text)
        self.leaked += sum(_flat(each) in flat for each in page.must_not)
        self.may_leak += len(page.must_not)
        self.missing += sum(_flat(each) not in flat for each in page.must)
        self.may_miss += len(page.must)
        self.cpu_s += cpu_s
        self.pages += 1


def f1(text: str, main: str) -> float:
    """Return the F1 of lower-cased words, counted as multisets."""
    found, wanted = Counter(words_of(text)), Counter(words_of(main))
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else float(not found and not wanted)


def words_of(text: str) -> list[str]:
    """Return the words that are scored."""
    return _WORD.findall(text.lower())


def _flat(text: str) -> str:
    return " ".join(text.lower().split())


def read(corpus: Path, most: int = 0) -> list[Labelled]:
    """Return the labelled pages by type and id, or so many of each type. Raises OSError, ValueError and KeyError."""
    with gzip.open(corpus / "labels.jsonl.gz", "rt", encoding="utf-8") as lines:
        labels = sorted((json.loads(line) for line in lines), key=lambda each: (each["type"], each["id"]))
    found: list[Labelled] = []
    seen: Counter[str] = Counter()
    for label in labels:
        seen[label["type"]] += 1
        if most and seen[label["type"]] > most:
            continue
        html = gzip.decompress((corpus / "html" / f"{label['id']}.html.gz").read_bytes()).decode("utf-8", "replace")
        must, must_not = (tuple(label[name] or ()) for name in ("with", "without"))
        found.append(Labelled(label["url"], label["type"], html, label["main_content"], must, must_not))
    return found


def scored(labelled: Sequence[Labelled], extractors: Mapping[str, Extractor]) -> dict[str, Score]:
    """Return each extractor's score. They take turns, page by page; none pays for what is loaded at first use."""
    scores = {name: Score() for name in extractors}
    for extract in extractors.values():
        extract(labelled[0].html, labelled[0].url)
    for page in labelled:
        for name, extract in extractors.items():
            begun = time.process_time()
            text = extract(page.html, page.url)
            scores[name].add(page, text, time.process_time() - begun)
    return scores
