"""What a brief forbids is in no post."""

from __future__ import annotations

import pytest

from agents.brief.forbidden import lead_without, says, without_forbidden
from agents.post.article import Block, Section, Sentence, plain_text


@pytest.mark.parametrize(
    ("text", "phrases", "found"),
    [
        ("It is Cheap.", ["cheap"], "cheap"),
        ("It runs cheaply.", ["cheap"], ""),
        ("The best-in-class pump.", ["best in class"], "best in class"),
        ("Best of all, in class", ["best in class"], ""),
        ("VAILBERG's pump", ["Vailberg"], "Vailberg"),
        ("ポンプは安いです。", ["安い"], "安い"),
        ("Great!!!", ["!!!"], "!!!"),
        ("Nothing of it.", [], ""),
        ("Nothing of it.", ["", "  "], ""),
    ],
)
def test_a_phrase_is_heard_by_its_whole_words(text: str, phrases: list[str], found: str) -> None:
    assert says(text, phrases) == found


def _block(*texts: str) -> Block:
    return Block(sentences=[Sentence(text=text, passages=[1]) for text in texts])


def test_a_forbidden_sentence_goes_with_what_points_at_it_and_the_reader_is_told() -> None:
    blocks = [_block("The pump is cheap.", "This is why it sells.", "The fan makes 35 dB."), _block("A cheap filter.")]
    section = Section(n=1, heading="Noise", blocks=blocks, written_by="m", sentences_dropped=1)
    [left] = without_forbidden([section], ["cheap"])
    assert plain_text(left.blocks) == "The fan makes 35 dB."
    assert [(change.before, change.why) for change in left.changes] == [
        ("The pump is cheap.", "The brief forbids “cheap”."),
        ("This is why it sells.", "It points at a sentence that was removed."),
        ("A cheap filter.", "The brief forbids “cheap”."),
    ]
    assert left.sentences_dropped == 4
    assert lead_without(blocks, ["cheap"]) == left.blocks
    assert without_forbidden([section], ["gold"]) == without_forbidden([section], []) == [section]
