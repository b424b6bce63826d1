"""A post's text after it was written: its sentences, their evidence, what people changed, what a page shows of it."""

from __future__ import annotations

import pytest

from agents.editing.article import Source, article_of
from agents.editing.differences import differences
from agents.editing.evidence import NO_SOURCE, Claim, Snapshot, claims_of, ruled
from agents.editing.marked_text import pieces_of, sentences_in, tidy, with_markers, written
from agents.editing.sections import body_from, keep_edits, parts_of

SAYS = "The pump is checked once a year. A check takes two hours at most and costs 40 euros."
EVIDENCE = [
    Snapshot(n=1, passage_id=7, page_url="https://pumps.example/care?a=1#top", page_title="Care", text=SAYS),
]
SOURCES = {1: Source(1, "https://pumps.example/care?a=1#top", "Care"), 2: Source(2, "https://pumps.example/b", "B")}


def states(text: str, known: list[Claim] | None = None) -> list[tuple[str, str]]:
    return [(claim.state, claim.why) for claim in claims_of(text, EVIDENCE, known or ())]


def test_sentences_are_found_with_the_sources_that_they_name() -> None:
    found = sentences_in("# Care\n\nIt is one.[1][2] And two.\n\n- Third [3].\n> Fourth\n> line.[1]")
    assert [(one.text, one.numbers) for one in found] == [
        ("It is one.", (1, 2)),
        ("And two.", ()),
        ("Third.", (3,)),
        ("Fourth", ()),
        ("line.", (1,)),
    ]


@pytest.mark.parametrize(
    "text", ["Call `argv[1]` first.", "See [1](https://a.example/) now.", r"It is \[1\] here.", "```\na[1] = b[2]\n```"]
)
def test_what_only_looks_like_a_marker_is_none(text: str) -> None:
    assert all(not sentence.numbers for sentence in sentences_in(text))
    assert written(pieces_of(text), with_markers) == text


def test_a_text_cut_into_pieces_is_the_same_when_put_together() -> None:
    text = "One.[1] Two.[2]\n\n```sh\ngate --level 4\n```\n\n[1]\n\n1. First.[1]\n2. Second.\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 2 |"
    assert written(pieces_of(text), with_markers) == text


def test_of_sentences_in_a_row_that_name_the_same_sources_the_last_has_the_marker() -> None:
    assert tidy("One.[1] Two.[1] Three.[2] Four.\n\nFive.[2]") == "One. Two.[1] Three.[2] Four.\n\nFive.[2]\n"


def test_sentences_of_a_script_without_spaces_follow_each_other_without_one() -> None:
    text = "点検は年に一度です。[1]費用は40ユーロです。[2]予約は要りません。"
    assert [(one.text, one.numbers) for one in sentences_in(text)] == [
        ("点検は年に一度です。", (1,)),
        ("費用は40ユーロです。", (2,)),
        ("予約は要りません。", ()),
    ]
    assert written(pieces_of(text), with_markers) == text
    assert tidy("点検は年に一度です。[1]一日で済みます。[1]") == "点検は年に一度です。一日で済みます。[1]\n"


@pytest.mark.parametrize(
    ("sentence", "state"),
    [
        ("The pump is checked once a year.[1]", "supported"),
        ("A check takes two hours at least.[1]", "not"),
        ("A check costs 400 euros.[1]", "not"),
        ("The pump is checked once a year.", "not"),
        ("Who would have thought so?", "none"),
        ("Owners ought to plan an annual look at the pump by a trained person.[1]", "unchecked"),
    ],
)
def test_a_changed_sentence_is_held_against_its_sources(sentence: str, state: str) -> None:
    assert [each for each, _ in states(sentence)] == [state]


def test_a_refusal_says_which_words_are_wrong_and_a_missing_source_is_said() -> None:
    assert "400 euros" in states("A check costs 400 euros.[1]")[0][1]
    assert states("The pump is checked twice a year.")[0] == ("not", NO_SOURCE)


def test_a_verdict_stays_while_the_sentence_and_its_sources_do() -> None:
    known = [Claim(text="A yearly look is due.", numbers=[1], state="partly", why="By half.")]
    assert states("A yearly look is due.[1]", known) == [("partly", "By half.")]
    assert states("A yearly look is due.", known) == [("not", NO_SOURCE)]
    assert states("A yearly look is not due.[1]", known) != [("partly", "By half.")]


def test_what_the_runs_judges_said_counts_more_than_the_rules() -> None:
    claims = claims_of("Owners plan a yearly look.[1] Now for the costs.[1]", EVIDENCE)
    said = {"Owners plan a yearly look.": "supported (model)", "Now for the costs.": "no claim (rules)"}
    assert [claim.state for claim in ruled(said, claims)] == ["supported", "none"]


def test_what_a_person_changed_stays_when_a_run_writes_the_post_anew() -> None:
    before = "Lead.\n\n## Care\n\nOld care.\n\n## Costs\n\nOld costs."
    now = "Lead.\n\n## Care\n\nMy care.\n\n## Costs\n\nOld costs.\n\n## Mine\n\nAdded."
    body, kept = keep_edits(before, now, "New lead.\n\n## Care\n\nNew care.\n\n## Costs\n\nNew costs.")
    assert body == "New lead.\n\n## Care\n\nMy care.\n\n## Costs\n\nNew costs.\n\n## Mine\n\nAdded."
    assert kept == ["Care", "Mine"]


def test_a_section_that_a_person_took_out_does_not_come_back() -> None:
    body, kept = keep_edits("A.\n\n## B\n\nb.", "A.", "A new.\n\n## B\n\nb new.")
    assert (body, kept) == ("A new.", ["B"])


def test_headings_in_code_begin_no_section() -> None:
    text = "Lead.\n\n## Real\n\n```\n## not one\n```"
    assert [part.heading for part in parts_of(text)] == ["", "Real"]
    assert body_from(parts_of(text)) == text


def test_differences_are_shown_word_by_word() -> None:
    (line,) = differences("Same.\n\nIt takes two hours.", "Same.\n\nIt takes three hours.")
    assert [(piece.kind, piece.text) for piece in line] == [
        ("same", "It takes "),
        ("out", "two"),
        ("in", "three"),
        ("same", " hours."),
    ]
    assert differences("a\n\nb", "a\nb") == []


def shown(text: str) -> tuple[str, list[tuple[str, str]]]:
    article = article_of(f"# T\n\n{text}\n\n## Sources\n\n1. x", claims_of(text, EVIDENCE), SOURCES)
    return article.html, [(card.state, card.quotes[0].place if card.quotes else "") for card in article.cards]


def test_each_claim_is_marked_and_its_number_leads_to_its_evidence() -> None:
    html, cards = shown("The pump is checked once a year.[1]")
    assert '<span class="claim claim-supported" data-card="evidence-1">The pump is checked once a year.</span>' in html
    assert '<sup><a href="#evidence-1"' in html
    [(state, place)] = cards
    assert state == "supported"
    assert place.startswith("https://pumps.example/care?a=1#:~:text=The%20pump%20is%20checked")


def test_sentences_of_one_source_share_a_card_which_shows_the_worst_of_them() -> None:
    html, cards = shown("The pump is checked once a year.[1] A check costs 400 euros.[1]")
    assert [state for state, _ in cards] == ["not"]
    assert html.count("<sup>") == 1
    assert "claim-supported" in html
    assert "claim-not" in html


@pytest.mark.parametrize(
    "text",
    [
        "**The pump is checked. Once a year it is.**[1]",
        "Read *this and* that.[1] <script>alert(1)</script>[1]",
        "\ue0129:x\ue015 private \ue013 marks \ue0141:1\ue015.[1]",
        "[The pump is checked. Yearly.](javascript:alert(1))[1]",
    ],
)
def test_no_mark_cuts_through_other_markup_and_nothing_foreign_gets_in(text: str) -> None:
    html, _ = shown(text)
    assert html.count("<span") == html.count("</span>")
    assert "<script" not in html
    assert "javascript:" not in html.replace("](javascript:", "")
    assert not any("\ue010" <= letter <= "\ue01f" for letter in html)
