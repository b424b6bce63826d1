"""How often the page that answers a question is found: python -m benchmarks.retrieval [--json] [--words]

Six sites in five languages (`data`), the search of the product itself over a database of its own. The last
line is `top1 top5 mrr top5_fulltext_only`: the share of questions whose page comes first, comes among the first five,
the mean of 1/place, and the second again without vectors. `--words` leaves the vectors away, which take some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from .corpus import Question, questions, sites

DEPTH = 60
NOT_FOUND = 1_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    parser.add_argument("--words", action="store_true", help="without vectors")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), vectors=not given.words)
    if given.json:
        print(json.dumps(result))
        return
    for name, figures in result.items():
        print(f"{name:32}", " ".join(f"{key}={value}" for key, value in figures.items()))
    every, words = result["all"], result["all, words alone"]
    print(f"top1={every['top1']} top5={every['top5']} mrr={every['mrr']} top5_fulltext_only={words['top5']}")


def measure(folder: Path, *, vectors: bool) -> dict[str, dict[str, float]]:
    """Return the figures of each part of the questions: all, by language, tuned on, held back."""
    _set_up(folder)
    site_ids, seconds = _fill(), {}
    asked = questions()
    words = _places(asked, site_ids)
    places = words
    if vectors:
        began = time.process_time()
        made = _make_vectors()
        seconds = {"passages": made, "cpu_s_a_vector": round((time.process_time() - began) / max(made, 1), 4)}
        places = _places(asked, site_ids)
    parts: dict[str, list[int]] = defaultdict(list)
    for question, place in zip(asked, places, strict=True):
        for part in ("all", question.language, "held back" if question.held_back else "tuned on"):
            parts[part].append(place)
    result = {name: figures(found) for name, found in parts.items()} | {"all, words alone": figures(words)}
    return result | ({"vectors": seconds} if seconds else {})


def figures(places: Sequence[int]) -> dict[str, float]:
    """Return top-1, top-5 and mean reciprocal rank of places, which count from 1."""
    count = len(places)
    return {
        "questions": count,
        "top1": round(sum(place == 1 for place in places) / count, 3),
        "top5": round(sum(place <= 5 for place in places) / count, 3),
        "mrr": round(sum(1 / place for place in places) / count, 3),
    }


def place_of(right: Iterable[str], found: Sequence[str]) -> int:
    """Return the place, from 1, of the first right page among those found, each page counted once."""
    distinct = list(dict.fromkeys(found))
    return min((distinct.index(page) + 1 for page in right if page in distinct), default=NOT_FOUND)


def _set_up(folder: Path) -> None:
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'retrieval.sqlite3'}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
    import django  # The settings are read when Django is, so the database must be named before.
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _fill() -> dict[str, str]:
    from ingestion.content.passages import cut
    from ingestion.models import Page, Passage, Site

    made = {}
    for name, pages in sites().items():
        site = Site.objects.create(url=f"https://{name}.example/")
        made[name] = str(site.pk)
        for each in pages:
            page = Page.objects.create(site=site, url=each.url, title=each.title[:300], text=each.text, outcome="ok")
            Passage.objects.bulk_create(
                Passage(page=page, ordinal=number, heading=piece.heading[:300], text=piece.text)
                for number, piece in enumerate(cut(each.text, each.title))
            )
    return made


def _make_vectors(at_once: int = 32) -> int:
    from ingestion.models import Passage
    from ingestion.search import meaning

    if not meaning.available():
        return 0
    rows = list(Passage.objects.values_list("pk", "page__title", "heading", "text"))
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        for (key, *_), vector in zip(some, meaning.vectors_of([row[1:] for row in some]), strict=True):
            Passage.objects.filter(pk=key).update(vector=vector)
    return len(rows)


def _places(asked: Sequence[Question], site_ids: dict[str, str]) -> list[int]:
    from ingestion.search.searching import search

    return [
        place_of(
            question.pages,
            [hit.page_url.rsplit("/", 1)[1] for hit in search(site_ids[question.site], question.text, DEPTH)],
        )
        for question in asked
    ]
