"""Prints what search finds in a database named by DATABASE_URL.

Run by `test_search_on_both`: python -m tests.ingestion.searched
"""

from __future__ import annotations

import json
from typing import Any

PAGES = [
    ("Drucker", "Den Drucker richtest du in den Einstellungen ein. It's C++ \\ 'quoted' and v1.2.3 for 12,500 €."),
    ("プリンター", "設定画面を開いて、プリンターを追加します。印刷はそれからです。"),
    ("提交", "如果您想撤销最近一次提交，请使用重置命令。"),
    ("L’eau", "L’eau chaude coule, d'abord lentement. Ferme le robinet."),
    ("Pumps", "The pump moves water through the loop. A pump needs no oil, and the loop no water but its own."),
    ("Loops", "A loop of pipes. Water in the loop is hot. The pump is beside it; see pump.conf and node.js."),
]
QUESTIONS = [
    "Drucker einrichten",
    "C++",
    "\\ 'quoted'",
    "v1.2.3",
    "12500",
    "プリンタの追加",
    "撤销提交",
    "eau",
    "hot water",
    "pump.conf",
]


def main() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from ingestion.models import Page, Passage, Site
    from ingestion.search import meaning
    from ingestion.search.searching import search

    site = Site.objects.create(url="https://example.com/")
    for title, text in PAGES * 3:
        number = Page.objects.count()
        page = Page.objects.create(site=site, url=f"{site.url}{number}", title=title, text=text, outcome="ok")
        Passage.objects.bulk_create(
            Passage(page=page, ordinal=at, heading=title, text=part, vector=None)
            for at, part in enumerate(text.split(". "))
        )

    def found() -> dict[str, Any]:
        hits = {question: search(site.pk, question, 20) for question in QUESTIONS}
        return {question: [(hit.page_url, hit.text, hit.score) for hit in each] for question, each in hits.items()}

    by_words = found()
    rows = list(Passage.objects.order_by("pk").values_list("pk", "page__title", "heading", "text"))
    for (key, *_), vectors in zip(rows, meaning.vectors_of([row[1:] for row in rows]), strict=False):
        Passage.objects.filter(pk=key).update(vector=vectors)
    print(json.dumps({"by words": by_words, "by meaning": found()}))


if __name__ == "__main__":
    main()
