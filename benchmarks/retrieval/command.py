"""How often the page that answers a question is found: python -m benchmarks.retrieval [--json] [--words] [--missed]

Six sites in five languages (`data`), the search of the product itself over a database of its own. The last
line is `top1 top5 mrr top5_fulltext_only`: the share of questions whose page comes first, comes among the first five,
the mean of 1/place, and the second again without vectors. `--words` leaves the vectors away, which take some minutes;
`--folder` keeps them for the next time, until passages are cut, indexed or encoded otherwise. `--missed` prints the
questions whose page does not come among the first five, with its place.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from unittest.mock import patch

from .corpus import Question, questions, sites

DEPTH = 60
NOT_FOUND = 1_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    parser.add_argument("--words", action="store_true", help="without vectors")
    parser.add_argument("--missed", action="store_true", help="print the questions that are not answered")
    parser.add_argument("--folder", type=Path, help="where the database is kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _set_up(given.folder or Path(folder))
        result = measure(vectors=not given.words, missed=print if given.missed and not given.json else None)
    if given.json:
        print(json.dumps(result))
        return
    for name, figures in result.items():
        print(f"{name:32}", " ".join(f"{key}={value}" for key, value in figures.items()))
    every, words = result["all"], result["all, words alone"]
    print(f"top1={every['top1']} top5={every['top5']} mrr={every['mrr']} top5_fulltext_only={words['top5']}")


def measure(*, vectors: bool, missed: Callable[[str], None] | None = None) -> dict[str, dict[str, float]]:
    """Return the figures of each part of the questions (all, by language, tuned on, held back) and what they cost."""
    from ingestion.search import meaning

    site_ids, asked = _fill(), questions()
    costs = _make_vectors() if vectors else {}
    with patch.object(meaning, "_encoder", lambda: None):
        words = _places(asked, site_ids)
    began = time.process_time()
    places = _places(asked, site_ids) if vectors else words
    costs["cpu_ms_a_question"] = round((time.process_time() - began) / len(asked) * 1000, 1) if vectors else 0
    parts: dict[str, list[int]] = defaultdict(list)
    for question, place in zip(asked, places, strict=True):
        if missed and place > 5:
            missed(f"{place if place < NOT_FOUND else '-':>3} {question.site} {min(question.pages)}: {question.text}")
        for part in ("all", question.language, "held back" if question.held_back else "tuned on"):
            parts[part].append(place)
    result = {name: figures(found) for name, found in parts.items()} | {"all, words alone": figures(words)}
    return result | ({"costs": costs} if vectors else {})


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
    """Return the ids of the sites, which are made with their pages where they are not there yet."""
    from django.db import transaction

    from ingestion.content.passages import cut
    from ingestion.models import Page, Passage, Site

    made = {}
    for name, pages in sites().items():
        with transaction.atomic():
            site, new = Site.objects.get_or_create(url=f"https://{name}.example/")
            made[name] = str(site.pk)
            for each in pages if new else ():
                title = each.title[:300]
                page = Page.objects.create(site=site, url=each.url, title=title, text=each.text, outcome="ok")
                Passage.objects.bulk_create(
                    Passage(page=page, ordinal=number, heading=piece.heading[:300], text=piece.text)
                    for number, piece in enumerate(cut(each.text, each.title))
                )
    return made


def _make_vectors(at_once: int = 32) -> dict[str, float]:
    """Make the vectors that are missing, and return how many, and what one takes."""
    from ingestion.models import Passage
    from ingestion.search import meaning

    if not meaning.available():
        return {"passages": 0}
    began = time.process_time()
    rows = list(Passage.objects.filter(vector=None).values_list("pk", "page__title", "heading", "text"))
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        for (key, *_), vector in zip(some, meaning.vectors_of([row[1:] for row in some]), strict=True):
            Passage.objects.filter(pk=key).update(vector=vector)
    return {"passages": len(rows), "cpu_s_a_passage": round((time.process_time() - began) / max(len(rows), 1), 4)}


def _places(asked: Sequence[Question], site_ids: dict[str, str]) -> list[int]:
    from ingestion.search.searching import search

    return [
        place_of(
            question.pages,
            [hit.page_url.rsplit("/", 1)[1] for hit in search(site_ids[question.site], question.text, DEPTH)],
        )
        for question in asked
    ]
