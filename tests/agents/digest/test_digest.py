"""The digest: whole sentences of the site that stand where they are, lists and code in one piece, nothing twice."""

from __future__ import annotations

import pytest

from agents.digest import Chapter, chapters_of, compose
from agents.digest.headings import heading_for
from agents.digest.runs import runs_of
from agents.digest.standing import is_sound, stands_alone
from agents.post.article import Block, sentences_of
from agents.sources.evidence import Evidence
from ingestion.search.searching import Nearness

PAGE = """\
Kettles are made in the valley, and every kettle is tested twice before it leaves the yard.
## DESCRIPTION
This is reasonable for small kettles. A kettle boils two litres of water in four minutes on a gas flame.
It whistles when the water boils, and the whistle can be taken off.
## Cleaning a kettle
To clean a kettle, fill it with water and vinegar and leave it for an hour:
- fill it halfway with water,
- add a cup of vinegar,
- rinse it twice.
The kettle shines again after the second rinse with cold water from the tap.
## Setting the timer
The timer of the kettle is set from a terminal with one short command on any machine:
```
kettle --timer 4m

kettle --start
```
As described above, the timer of the kettle stops when the water has boiled for the time that was set.
## More
See the section on handles for the way in which a handle is mounted on a kettle.
"""


def passages(text: str = PAGE, url: str = "https://kettles.example/kettle") -> list[Evidence]:
    """Cut as the product does: code without its fences."""
    found: list[Evidence] = []
    for part in text.split("## "):
        heading, _, body = part.partition("\n") if found else ("", "", part)
        lines = "\n".join(line for line in body.splitlines() if line.strip() and line != "```")
        found.append(
            Evidence(passage_id=len(found) + 1, page_url=url, page_title="Kettles(1)", heading=heading, text=lines)
        )
    return found


def chapters(text: str = PAGE) -> list[Chapter]:
    found = passages(text)
    return chapters_of(text, found, {item.passage_id: rank for rank, item in enumerate(found)})


def texts(blocks: list[Block]) -> list[str]:
    return [sentence.text for sentence in sentences_of(blocks)]


def test_a_page_falls_into_chapters_each_with_its_own_passages() -> None:
    found = chapters()
    assert [one.heading for one in found] == ["", "DESCRIPTION", "Cleaning a kettle", "Setting the timer", "More"]
    assert [[item.passage_id for item in one.passages] for one in found] == [[1], [2], [3], [4], [5]]


def test_every_sentence_stands_in_the_passage_that_it_cites() -> None:
    by_id = {item.passage_id: " ".join(item.text.split()) for item in passages()}
    made = compose("How a kettle is cleaned", chapters(), 4)
    assert len(made) >= 3
    for one in made:
        for sentence in sentences_of(one.blocks):
            assert " ".join(sentence.text.split()) in by_id[sentence.passages[0]]


def test_code_and_lists_come_whole_with_what_announces_them() -> None:
    made = {one.heading: one.blocks for one in compose("Cleaning a kettle and its timer", chapters(), 5)}
    cleaning = made["Cleaning a kettle"]
    assert [block.kind for block in cleaning] == ["prose", "item", "item", "item", "prose"]
    timer = made["Setting the timer"]
    assert [block.kind for block in timer] == ["prose", "code"]
    assert texts(timer)[-1] == "kettle --timer 4m\n\nkettle --start"


def test_what_hangs_on_another_sentence_or_points_elsewhere_is_not_taken() -> None:
    said = " ".join(text for one in compose("kettle", chapters(), 8) for text in texts(one.blocks))
    assert "This is reasonable" not in said
    assert "As described above" not in said
    assert "See the section" not in said


def test_a_list_that_cannot_be_shown_whole_takes_its_announcement_with_it() -> None:
    text = PAGE.replace("- add a cup of vinegar,", "- add vinegar as described below,")
    cleaning = next(one for one in chapters(text) if one.heading == "Cleaning a kettle")
    assert all(not taken.text.startswith("To clean a kettle") for taken in runs_of(cleaning, set()))


def test_two_pages_that_say_the_same_are_quoted_once() -> None:
    twin = [one.model_copy(update={"page_url": "https://kettles.example/copy"}) for one in chapters()]
    made = compose("Cleaning a kettle", [*chapters(), *twin], 8)
    said = [text for one in made for text in texts(one.blocks)]
    assert len(said) == len(set(said))


def test_a_heading_that_says_nothing_gives_way_to_its_pages_title() -> None:
    found = {one.heading: heading_for(one) for one in chapters()}
    assert found["DESCRIPTION"] == "Kettles"
    assert found["Cleaning a kettle"] == "Cleaning a kettle"


def test_statements_that_another_page_contradicts_are_left_out() -> None:
    cleaning = next(one for one in chapters() if one.heading == "Cleaning a kettle")
    lost = "The kettle shines again after the second rinse with cold water from the tap."
    assert lost not in cleaning.without([lost]).text


def test_what_says_nothing_of_the_topic_is_left_out_though_nothing_comes_nearer() -> None:
    def made(topic: str, alone: float) -> list[str]:
        found = [one.model_copy(update={"near": 1.0, "alone": alone}) for one in chapters()]
        return [one.heading for one in compose(topic, found, 4)]

    assert made("Growing tomatoes on a balcony", 0.83) == []
    assert "Cleaning a kettle" in made("Growing tomatoes on a balcony", 0.87)
    assert made("Cleaning a kettle", 0.83)[0] == "Cleaning a kettle"


@pytest.mark.parametrize(
    "sentence",
    [
        "A kettle boils two litres of water in four minutes.",
        "If the whistle is lost, a new one can be ordered.",
        "Ein Kessel fasst zwei Liter Wasser und wiegt wenig.",
        "水壶在四分钟内烧开两升水。",
    ],
)
def test_a_sentence_with_its_own_subject_stands_alone(sentence: str) -> None:
    assert stands_alone(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "This is reasonable.",
        "In that case the kettle must be emptied.",
        "To achieve this, fill the kettle with water.",
        "When it boils, take the kettle from the flame.",
        "The latter needs more water than most people think.",
        "Therefore no kettle is sold without its whistle.",
        "Dies gilt auch für kleine Kessel aus Kupfer.",
        "Cela vaut aussi pour les petites bouilloires.",
        "该水壶在四分钟内烧开两升水。",
        "Specifies how long the kettle may boil.",
    ],
)
def test_a_sentence_that_points_back_does_not(sentence: str) -> None:
    assert not stands_alone(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The kettle above is made of copper and of tin.",
        "In this chapter the reader learns how kettles are made.",
        "I think that every kettle should have a whistle.",
        "and then the kettle is emptied into the sink again.",
        "The kettle (made in the valley is sold in the town.",
        "kettle --timer 4m && kettle --start --quiet --now",
    ],
)
def test_fragments_code_and_what_points_elsewhere_are_not_sound(sentence: str) -> None:
    assert not is_sound(sentence)


@pytest.mark.parametrize(
    ("heading", "sentence", "stands"),
    [
        ("DESCRIPTION", "This command searches a history for the change that broke something.", True),
        ("DESCRIPTION", "Dieses Programm sucht in einer Geschichte nach dem Wechsel, der etwas brach.", True),
        ("DESCRIPTION", "This command does so with the help of this file and of others near it.", False),
        ("DESCRIPTION", "This is reasonable for most of the projects that one meets in practice.", False),
        ("Looking for a change", "This command searches a history for the change that broke something.", False),
    ],
)
def test_this_command_stands_where_the_pages_title_above_it_names_the_command(
    heading: str, sentence: str, *, stands: bool
) -> None:
    text = f"{sentence} It asks you about each of the states that it picks until one is left."
    passage = Evidence(passage_id=1, page_url="https://e.org/s", page_title="seek(1)", heading=heading, text=text)
    chapter = Chapter(
        page_url="https://e.org/s",
        page_title="seek(1)",
        heading=heading,
        place=0,
        rank=0,
        text=text,
        passages=[passage],
    )
    assert any(sentence in run.text for run in runs_of(chapter, set())) is stands


def test_what_is_far_from_the_topic_in_meaning_is_left_out_even_where_fewer_sections_remain() -> None:
    near = {"Cleaning a kettle": 1.0, "Setting the timer": 0.9}
    found = [one.model_copy(update={"near": near.get(one.heading, 0.1)}) for one in chapters()]
    made = compose("How a kettle is cleaned", found, 4)
    assert [one.chapter.heading for one in made] == ["Cleaning a kettle", "Setting the timer"]


@pytest.mark.parametrize(
    "sentence",
    [
        "See When bugs are closed by new uploads.",
        "The distribution is described in Picking a distribution.",
        "You should work with the team to provide a fix (see Handling of security bugs).",
        "You can make a file without building all of it like this[74].",
        "Compatibility: | Available on two systems with a module of their own.",
    ],
)
def test_a_pointer_a_footnote_and_a_cell_of_a_table_are_no_sentence_of_a_digest(sentence: str) -> None:
    assert not is_sound(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Called during error handling of an upgrade that failed after unpacking.",
        "If you do go down this route it is a good idea to write a separate program.",
    ],
)
def test_an_opening_without_its_subject_does_not_stand_alone(sentence: str) -> None:
    assert not stands_alone(sentence)


def test_a_list_within_a_list_is_not_shown_as_one() -> None:
    text = (
        "Before\n## Building a kettle\nA kettle is built in several steps, each of which makes files:\n"
        "- Get a copy of the drawing, which usually comes in one archive.\n- kettle-1.2.tar.gz\n"
        "The kettle is then tested twice before it leaves the yard.\n"
    )
    made = compose("Building a kettle", chapters(text), 3)
    assert all(block.kind != "item" for one in made for block in one.blocks)


@pytest.mark.parametrize(
    "sentence",
    [
        "2026年6月10日より、貸切風呂の料金を45分2,200円に改定いたします。",
        "宿泊日の7日前から宿泊料金の20％、前日は50％、当日は100％を申し受けます。",
        "定員は2名で、小学生以下のお子様はご利用いただけません。",
        "该套餐每月收费128元，含300分钟通话和40GB流量。",
        "In 2026 the fee rose by 4.5% to 1,250 euros, from 1,196 in 2025.",
    ],
)
def test_figures_belong_to_a_sentence(sentence: str) -> None:
    assert is_sound(sentence)


@pytest.mark.parametrize(
    "text", ["18,700円 22,000円 24,200円 27,500円。", "A 1 2 3 4 5 6 7 8.", "手順は以下の通りです。"]
)
def test_a_row_of_figures_and_a_pointer_are_none(text: str) -> None:
    assert not is_sound(text)


PRICES = """\
All prices are for one night and hold from April to October.
Berth | Boats to 8 m | Boats to 12 m
Inner harbour | 18 euros | 26 euros
Outer quay | 12 euros | 19 euros
Electricity is included in the inner harbour only.
"""


def test_a_table_is_shown_whole_with_a_source_for_each_row() -> None:
    [run] = [taken for taken in runs_of(chapters(PRICES)[0], set()) if taken.at == 0][-1:]
    assert [block.kind for block in run.blocks] == ["prose", "table", "prose"]
    assert texts([run.blocks[1]])[1:] == ["Inner harbour | 18 euros | 26 euros", "Outer quay | 12 euros | 19 euros"]
    assert [one.passages for one in sentences_of([run.blocks[1]])] == [[], [1], [1]], "a head states nothing"


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("Outer quay | 12 euros | 19 euros", "Outer quay | 12 euros"),
        ("26 euros", "see below"),
        ("Outer quay | 12 euros | 19 euros\n", ""),
    ],
)
def test_a_table_that_lost_cells_points_elsewhere_or_has_one_row_is_not_shown(what: str, instead: str) -> None:
    runs = runs_of(chapters(PRICES.replace(what, instead))[0], set())
    assert all(block.kind == "prose" for run in runs for block in run.blocks)


def test_a_question_stands_with_its_answer_and_never_without() -> None:
    asked, answer = "May a dog come on board?", "Yes, on a lead, in every cabin but the two at the bow."
    text = f"{asked}\n{answer}\nIs there a kitchen to cook in?\n"
    assert [taken.text for taken in runs_of(chapters(text)[0], set())] == [f"{asked} {answer}"]


def test_a_heading_that_names_a_part_of_the_topic_stands_though_another_part_is_nearer() -> None:
    near = {"Cleaning a kettle": 1.0, "Timer": 0.3}
    text = PAGE.replace("Setting the timer", "Timer")
    found = [one.model_copy(update={"near": near.get(one.heading, 0.1), "alone": 0.8}) for one in chapters(text)]
    made = compose("Cleaning a kettle and its timer", found, 4)
    assert [one.chapter.heading for one in made] == ["Cleaning a kettle", "Timer"]
    assert compose("How steam is made", found, 4) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Voici la liste des autres opérations que le programme ne propose pas.",
        "让我们来学习软件包管理的内部工作原理。",
        "$ kettle --timer 4m && kettle --start prints that the kettle has started.",
    ],
)
def test_what_a_page_says_of_itself_and_a_transcript_are_no_sentence_of_a_digest(sentence: str) -> None:
    assert not is_sound(sentence)


def test_what_is_quoted_is_what_comes_near_the_topic_not_only_its_chapter() -> None:
    lines = [
        "The kettle is made of steel that was rolled in the valley by hand.",
        "Lime comes off with a spoon of vinegar that is left in it for an hour.",
    ]
    own = [
        passages("\n".join(lines))[0].model_copy(update={"passage_id": n, "text": line}) for n, line in enumerate(lines)
    ]
    near = {0: Nearness(0.1, 0.8), 1: Nearness(0.9, 0.9)}
    [chapter] = chapters_of("## Care\n" + "\n".join(lines), own, {0: 0, 1: 1}, near)
    [made] = compose("Removing scale", [chapter], 3)
    assert texts(made.blocks) == [lines[1]]
