"""Passages say about as much in every script, and lose nothing."""

from __future__ import annotations

import pytest

from ingestion.content.passages import cut
from language.words import count_words


@pytest.mark.parametrize(
    "sentence",
    [
        "設定画面を開いてから、電源を入れてください。",
        "如果您想撤销最近一次提交，请使用重置命令。",
        "यह एक छोटा वाक्य है और इसमें कुछ शब्द हैं।",
        "The pump moves water through the loop, day and night. ",
        "ฉันไปโรงเรียนทุกวันเพราะว่าฉันชอบเรียนหนังสือมาก ",
    ],
)
def test_a_long_paragraph_of_any_script_is_cut_between_sentences(sentence: str) -> None:
    pieces = cut(sentence * 120, "Title")
    assert len(pieces) > 3
    assert all(60 <= count_words(piece.text) <= 245 for piece in pieces[:-1])
    assert all(piece.text.endswith(sentence.strip()) for piece in pieces)
    assert "".join("".join(piece.text for piece in pieces).split()) == "".join((sentence * 120).split())


def test_one_endless_sentence_is_cut_between_words() -> None:
    pieces = cut("one long sentence, without any end, " * 100, "Title")
    assert len(pieces) == 3 and all(piece.text.endswith(",") for piece in pieces)
