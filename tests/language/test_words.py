"""What a word is, how many there are, and what a text is found by."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.languages import language_of
from language.normalisation import folded, folded_with_places, stored
from language.stems import stem
from language.terms import query_terms, terms
from language.words import count_words, first_words, word_spans, words

NAMES = "C++ C# .NET node.js v1.2.3 12,500 12.500 3.11 don't L’eau well-known foo_bar setup.py ann@example.org"


@pytest.mark.parametrize("name", [*NAMES.split()])
def test_a_name_stays_whole(name: str):
    assert words(f"Before {name}, after ({name}) and {name}.") == ["Before", name, "after", name, "and", name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("हिन्दी में किताबें", ["हिन्दी", "में", "किताबें"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("한국어는 띄어쓰기", ["한국어는", "띄어쓰기"]),
        ("コンピューターを使う", ["コンピューター", "を", "使", "う"]),
        ("提交abc更改", ["提", "交", "abc", "更", "改"]),
        ("เรียน", ["เรี", "ย", "น"]),
        ("*bold* _said_ #1", ["bold", "said", "1"]),
    ],
)
def test_words_are_cut_in_every_script(text: str, expected: list[str]):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("コンピューターの電源を入れてから設定画面を開いてください。" * 20, 220, 330),
        ("如果您想撤销最近一次提交，请使用重置命令。" * 20, 190, 270),
        ("ฉันไปโรงเรียนทุกวันเพราะว่าฉันชอบเรียนหนังสือมาก" * 10, 80, 150),
        ("It isn't well-known, but C++ costs 12,500 here." * 1, 8, 8),
        ("यह एक छोटा वाक्य है।", 5, 5),
        ("永", 1, 1),
        ("—… !", 0, 0),
    ],
)
def test_counts_of_words_compare_over_scripts(text: str, least: int, most: int):
    assert least <= count_words(text) <= most


def test_what_nobody_sees_hides_no_word():
    assert folded("co\u00adoperate") == folded("coop\u200berate") == folded("Cooperate") == "cooperate"
    assert folded("ﬁle") == folded("FILE") == folded("ｆｉｌｅ") == "file"
    assert terms("the ﬁle was en\u00adcrypted") == terms("the file was encrypted")
    assert stored("Cafe\u0301 hy\u00adphen") == "Café hyphen"
    assert folded("مُحَمَّد") == folded("محمد")


@given(st.text(max_size=120))
def test_folded_text_leads_back_to_its_place(text: str):
    found, places = folded_with_places(text)
    assert len(found) == len(places) and places == sorted(places)
    assert all(0 <= place < len(text) for place in places)


def test_a_quote_is_found_and_shown_where_it_stands():
    page = "Der of\u00adfi\u00adzielle Preis: ５ ﬁxe Ｅuro."
    found, places = folded_with_places(page)
    at = found.index("fixe euro")
    assert page[places[at] :] == "ﬁxe Ｅuro."


@given(st.text(max_size=200))
def test_every_word_is_where_it_is_said_to_be(text: str):
    spans = list(word_spans(text))
    assert [text[span.start : span.end] for span in spans] == [span.text for span in spans] == words(text)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert (count_words(text) > 0) == bool(spans)


@given(st.text(max_size=200), st.integers(0, 20))
def test_first_words_are_a_beginning(text: str, most: int):
    beginning = first_words(text, most)
    assert text.startswith(beginning) and (beginning == text or count_words(beginning) <= most + 1)


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("C++", "Written in C++ and C#.", "en"),
        ("12500", "It costs 12,500 dollars", "en"),
        ("12\u202f500", "Es kostet 12.500 Euro", "de"),
        ("version 1.2.3", "since v1.2.3", "en"),
        ("eau", "de l’eau chaude", "fr"),
        ("cafe", "Im Café", "de"),
        ("Häuser", "ein altes Haus", "de"),
        ("installer", "l'installation est faite; installez-le", "fr"),
        ("コンピュータ", "コンピューターの電源", "ja"),
        ("設定", "初期設定を変える", "ja"),
        ("띄어쓰기", "띄어쓰기를 하다", "ko"),
        ("โรงเรียน", "ฉันไปโรงเรียนทุกวัน", "th"),
        ("node", "runs on node.js", "en"),
        ("don’t", "they don't", "en"),
        ("किताब", "किताबें पढ़ो", "hi"),
    ],
)
def test_a_text_is_found_by_what_people_ask_for(query: str, text: str, language: str):
    assert set(query_terms(query, language)) & set(terms(text, language))


def test_neighbouring_names_are_told_apart():
    assert not set(terms("C++")) & set(terms("C#"))
    assert "c" not in terms("C++ is not C#")
    assert "net" not in terms("internet")


def test_words_without_meaning_are_dropped_unless_they_are_all_there_is():
    assert query_terms("What is the pressure of a valve?") == ["pressur", "valv"]
    assert query_terms("to be or not to be") == ["to", "be", "or", "not"]
    assert "怎么" not in query_terms("怎么撤销提交", "zh") and "撤销" in query_terms("怎么撤销提交", "zh")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I undo the last commit of a branch?", "en"),
        ("Wie lösche ich einen entfernten Zweig?", "de"),
        ("Comment annuler une modification dans un fichier ?", "fr"),
        ("¿Cómo puedo borrar una rama del repositorio?", "es"),
        ("Come si cancella un ramo che non serve più?", "it"),
        ("Como posso apagar um ramo que não uso mais?", "pt"),
        ("コミットを取り消す方法を教えてください", "ja"),
        ("如何撤销最近一次提交", "zh"),
        ("커밋을 취소하는 방법", "ko"),
        ("Как отменить последний коммит, если он не нужен?", "ru"),
        ("چگونه می‌توانم این را حذف کنم؟", "fa"),
        ("Liste der Pakete und der Werte\nfoo I:37\nbar I:199\nbaz I:4\nqux I:8", "de"),
        ("", "en"),
    ],
)
def test_the_language_of_a_sentence_is_told(text: str, language: str):
    assert language_of(text) == language


@pytest.mark.parametrize(
    "family",
    [
        "configure configured configuring configures configuration configurations",
        "test tests tested testing",
        "stop stops stopped stopping",
        "retry retries retried",
        "use used using uses",
        "install installs installed installation installing installer",
        "run running runs ran",
        "page page's pages",
    ],
)
def test_the_forms_of_a_word_have_one_stem(family: str):
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize("pair", ["queue quality", "journal journey", "port part", "python pylon", "class clash"])
def test_different_words_have_different_stems(pair: str):
    first, second = pair.split()
    assert stem(first) != stem(second)


def test_a_site_of_300_pages_is_counted_in_seconds():
    page = "Der schöne Fuchs läuft über v1.2.3. " * 333
    began = time.process_time()
    for _ in range(10):
        count_words(page)
    assert (time.process_time() - began) * 30 < 10
