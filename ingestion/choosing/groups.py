"""Pages in groups whose addresses are made alike: what the model, the person and the budgets see of a site. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import BaseModel

from ingestion.choosing.weights import Candidate, ranked, score, spread

MOST_GROUPS = 16
EVERYTHING_ELSE = "everything else"


class Group(BaseModel):
    """Pages made after one template, best first."""

    label: str
    urls: list[str]
    score: float


def grouped(candidates: Sequence[Candidate], home: str, most: int = MOST_GROUPS) -> list[Group]:
    """Return the pages in groups whose paths begin alike, the largest split further, the best group first."""
    by_label = _split(candidates, 1, home)
    for depth in (2, 3, 4):
        if len(by_label) >= most:
            break
        large = [label for label, members in by_label.items() if len(members) > max(20, len(candidates) * 0.4)]
        for label in large:
            parts = _split(by_label[label], depth, home)
            if 1 < len(parts) <= most - len(by_label) + 1:
                del by_label[label]
                by_label.update(parts)
    groups = [_group(label, members, home) for label, members in by_label.items()]
    groups.sort(key=lambda group: (-group.score, -len(group.urls), spread(group.label)))
    if len(groups) > most:
        rest = groups[most - 1 :]
        urls = [url for group in rest for url in group.urls]
        groups = [*groups[: most - 1], Group(label=EVERYTHING_ELSE, urls=urls, score=rest[0].score)]
    return groups


def template_of(url: str, depth: int, home: str) -> str:
    """Return the template of an address: its host where that is another, its folders, numbers as #, and “*”."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    folder = segments[: min(depth, len(segments) - 1)] if len(segments) > 1 else []
    host = "" if parts.netloc == urlsplit(home).netloc else f"//{parts.netloc}"
    return host + "/" + "".join(f"{_number(segment)}/" for segment in folder) + "*"


def _number(segment: str) -> str:
    return re.sub(r"\d+", "#", segment) if re.fullmatch(r"[\d._-]+", segment) else segment


def _group(label: str, members: Sequence[Candidate], home: str) -> Group:
    best = ranked(members, home)
    top = [score(candidate, home) for candidate in best[:5]]
    return Group(label=label, urls=[candidate.url for candidate in best], score=round(sum(top) / len(top), 3))


def _split(candidates: Sequence[Candidate], depth: int, home: str) -> dict[str, list[Candidate]]:
    members: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        members[template_of(candidate.url, depth, home)].append(candidate)
    return dict(members)
