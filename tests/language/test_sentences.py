"""Where sentences end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.sentences import is_complete, joined, one_line, sentence_spans, sentences, shorten, split_sentences

THAI = "ฉันไปโรงเรียนทุกวันเพราะว่าฉันชอบเรียนหนังสือมาก", "วันนี้ครูสอนคณิตศาสตร์และวิทยาศาสตร์ให้กับนักเรียน"


@pytest.mark.parametrize(
    "expected",
    [
        ["It runs.", "It stops."],
        ["Use e.g. Redis 8.2.", "It is fast!"],
        ["Version 3.11.4 of quillon.py is out.", "Get it."],
        ["He said “Stop.”", "Then he left."],
        ["Dr. Smith met J. Doe.", "They talked."],
        ["They said no.", "We left.", "See No. 5 and Fig. 3."],
        ["The U.S. Army left the U.S.", "They came back."],
        ["See https://example.org/a.b?c=d.e.", "It is www.example.org."],
        ["Node.js is fast.", ".NET, too."],
        ["“Why?” he asked.", "Nobody knew."],
        ["Am 3. Mai kam er.", "Er ging z. B. nach Hause."],
        ["M. Dupont est là.", "C'est bien, etc.", "Il rit."],
        ["Ver la pág. 5 del Sr. López.", "¿Por qué?", "Porque sí."],
        ["To jest np. Redis.", "Działa!"],
        ["1. Install it.", "2. Run it."],
        ["It took 3.5 s.", "Then 7."],
        ["यह तेज़ है।", "यह छोटा है।"],
        ["هل تعمل؟", "نعم، تعمل."],
        ["یہ تیز ہے۔", "یہ چھوٹا ہے۔"],
        ["Что это?", "Это т.е. Редис."],
        [*THAI],
        ["No end here"],
    ],
)
def test_sentences_end_where_a_reader_ends_them(expected: list[str]):
    assert split_sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["它很快。", "它很小！", "真的？"],
        ["彼は「やめて。」と言った。", "そして去った。"],
        ["設定は foo.conf にあります。", "再起動してください。"],
        ["ကျွန်တော် သွားသည်။", "သူ လာသည်။"],
        ["ខ្ញុំទៅសាលា។", "គាត់មក។"],
    ],
)
def test_scripts_that_need_no_space_end_their_sentences(expected: list[str]):
    assert split_sentences("".join(expected)) == expected


def test_a_short_thai_phrase_is_no_sentence():
    assert split_sentences("สวัสดี ครับ") == ["สวัสดี ครับ"]


def test_a_title_does_not_run_into_the_sentence_below_it():
    text = "How jobs are stored\nQuillon keeps every job. Nothing is lost.\n\n- one item\n2. another item"
    assert sentences(text) == [
        "How jobs are stored", "Quillon keeps every job.", "Nothing is lost.", "one item", "another item",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["It ends here.", "Does it?”", "終わりです。", "यह है।", "انتهى؟", *THAI])
def test_a_sentence_with_an_end_is_complete(text: str):
    assert is_complete(text)


@pytest.mark.parametrize("text", ["It does not end", "終わり", "เมนู"])
def test_a_sentence_without_an_end_is_not(text: str):
    assert not is_complete(text)


def test_a_text_is_cut_after_a_whole_sentence_in_any_script():
    assert shorten("It runs. It stops and goes on for long.", 20) == "It runs."
    assert shorten("設定です。これはとても長い文章で切られます。", 8) == "設定です。"
    assert shorten("これはとても長い文章で切られます", 5) == "これはとて"


@given(st.text(max_size=300))
def test_no_text_is_lost_or_added_by_splitting(text: str):
    line = one_line(text)
    spans = sentence_spans(line)
    assert "".join("".join(span.text for span in spans).split()) == "".join(line.split())
    assert all(span.text.strip() and line[span.start : span.end] == span.text for span in spans)


@given(st.text(max_size=300), st.integers(min_value=1, max_value=120))
def test_shortened_text_is_a_beginning_of_the_text(text: str, chars: int):
    line = one_line(text)
    short = shorten(line, chars)
    assert line.startswith(short)
    assert len(short) <= max(chars, len(line) if len(line) <= chars else chars)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["It runs.", "It stops."], "It runs. It stops."),
        (["料金は2,200円です。", "予約は要りません。"], "料金は2,200円です。予約は要りません。"),
        (["他说：“好。”", "然后走了。"], "他说：“好。”然后走了。"),
        (["**終わりです。**", "Git is free.", "次です。"], "**終わりです。**Git is free. 次です。"),
        (["그는 갔다.", "나도 갔다."], "그는 갔다. 나도 갔다."),
        (["यह खुला है।", "वह बंद है।"], "यह खुला है। वह बंद है।"),
        (["料金表", "平日は安い。"], "料金表 平日は安い。"),
        ([], ""),
    ],
)
def test_sentences_are_joined_as_their_script_wants_it(parts: list[str], text: str):
    assert joined(parts) == text
