"""Tables in what a model writes: each row is a claim, and what stands is a table in the post."""

from agents.grounding import Fault, Judged, check
from agents.grounding.markdown import parse
from agents.post.article import Block, Sentence, cells_of, plain_text, row_of
from agents.post.assemble import section_markdown
from agents.sources.evidence import Evidence

SOURCE = Evidence(
    passage_id=7,
    page_url="https://e.org/plans",
    page_title="Plans",
    text="Basic costs 5 euros a month and has 2 seats. Team costs 20 euros a month and has 10 seats.",
)
TABLE = """The plans differ in price and seats:

| Plan | Price | Seats |
| --- | ---: | --- |
| Basic | 5 euros [1] | 2 |
| Team | 20 euros [1] | 10 |
| Free | 0 euros | `a|b` |
"""


def _decide(sentence: str, cited: object) -> Judged:
    return Judged(sentence, fault=Fault.UNSUPPORTED) if "Free" in sentence else Judged(sentence, (7,), ruling="model")


def test_a_table_is_read_as_its_rows() -> None:
    (kind, text), (table, rows) = parse(TABLE)
    assert (kind, text) == ("prose", "The plans differ in price and seats:")
    assert table == "table"
    assert rows.splitlines()[:3] == ["Plan | Price | Seats", "Basic | 5 euros | 2", "Team | 20 euros | 10"]


def test_each_row_is_a_claim_of_its_own_and_one_that_does_not_stand_goes() -> None:
    asked: list[str] = []

    def decide(sentence: str, cited: object) -> Judged:
        asked.append(sentence)
        return _decide(sentence, cited)

    verdict = check(TABLE, [SOURCE], decide=decide, least_words=3)
    assert asked[1:3] == ["Plan: Basic; Price: 5 euros; Seats: 2.", "Plan: Team; Price: 20 euros; Seats: 10."]
    assert [judged.text.split(";")[0] for judged in verdict.dropped] == ["Plan: Free"]
    assert section_markdown(verdict.blocks, {7: 1}) == (
        "The plans differ in price and seats:[1]\n\n"
        "| Plan | Price | Seats |\n| --- | --- | --- |\n| Basic | 5 euros | 2[1] |\n| Team | 20 euros | 10[1] |"
    )


def test_a_table_of_which_no_row_stands_goes_with_the_sentence_that_announces_it() -> None:
    verdict = check(TABLE.replace("Basic", "Free A").replace("Team", "Free B"), [SOURCE], decide=_decide)
    assert verdict.blocks == []


def test_without_a_judge_a_row_stands_by_its_words() -> None:
    verdict = check("| Plan | Costs |\n| - | - |\n| Basic | 5 euros a month |\n| Basic | 6 euros a month |", [SOURCE])
    assert [sentence.text for block in verdict.blocks for sentence in block.sentences] == [
        "Plan | Costs",
        "Basic | 5 euros a month",
    ]


def test_a_bar_in_a_cell_parts_no_cells() -> None:
    assert cells_of(row_of(["a|b", "c"])) == ["a|b", "c"]
    block = Block(kind="table", sentences=[Sentence(text=row_of(["x", "y"])), Sentence(text=row_of(["a|b", "*c*"]))])
    assert plain_text([block]) == "| x | y |\n| --- | --- |\n| a\\|b | *c* |"
    assert section_markdown([block], {}).splitlines()[2] == "| a\\|b | \\*c\\* |"


def test_no_number_stands_alone_under_code_that_a_sentence_with_the_same_one_announces() -> None:
    said = Block(sentences=[Sentence(text="Type this:", passages=[7])])
    code = Block(kind="code", sentences=[Sentence(text="ls", passages=[7])])
    assert section_markdown([said, code], {7: 1}) == "Type this:[1]\n\n```\nls\n```"
    assert section_markdown([code], {7: 1}) == "```\nls\n```\n\n[1]"
