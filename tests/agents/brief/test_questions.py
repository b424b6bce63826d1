"""What a brief tells its writer, and what is asked back. Pure."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from agents.brief.angles import Stated, angles
from agents.brief.brief import Brief
from agents.brief.questions import (
    Clarified,
    addresses_in,
    clarified,
    has_open_questions,
    other_language,
    says_nothing,
)


@pytest.mark.parametrize("topic", ["the and of", "What is it?", "der die das", "“…”", "y los", "THE AND OF", "C", "  "])
def test_a_topic_of_small_words_says_nothing(topic: str) -> None:
    assert says_nothing(topic)


@pytest.mark.parametrize(
    "topic", ["Jobs", "How to git", "Die Wärmepumpe", "K8s", "ヒートポンプ", "The Who on tour", "热泵", "1984", "IT"]
)
def test_a_topic_with_a_word_that_can_be_looked_up_says_something(topic: str) -> None:
    assert not says_nothing(topic)


@pytest.mark.parametrize(
    ("topic", "spoken", "differ"),
    [
        ("Wie man die Wärmepumpe im Winter pflegt", ["en"], ("German", "English")),
        ("How to look after a heat pump", ["de"], ("English", "German")),
        ("Comment entretenir une pompe à chaleur au printemps", ["en", "de"], ("French", "English")),
        ("Cómo cuidar la bomba de calor en el invierno", ["en"], ("Spanish", "English")),
        ("ヒートポンプの手入れ", ["en"], ("Japanese", "English")),
        ("Как ухаживать за тепловым насосом", ["en"], ("Russian", "English")),
        ("How to look after a heat pump", ["de", "en"], None),
        ("Heat pumps", ["de"], None),
        ("La Marzocco espresso machines compared", ["en"], None),
        ("El Niño and La Niña explained", ["en"], None),
        ("Die Hard movies on a budget", ["en"], None),
        ("Docker et al in production", ["en"], None),
        ("Kubernetes Ingress Controller", ["de"], None),
        ("Anything at all", [], None),
    ],
)
def test_a_topic_in_another_language_than_all_pages_is_told_by_more_than_a_name(
    topic: str, spoken: list[str], differ: tuple[str, str] | None
) -> None:
    assert other_language(topic, spoken) == differ


def test_everything_that_a_writer_can_heed_is_told_and_nothing_else() -> None:
    brief = Brief(
        audience="owners",
        goal="they rinse\nthe filter",
        words=900,
        format="how-to",
        call_to_action="book a check",
        keyword="heat pump care",
        tone_sample="We say it once.\n\nThen we stop.",
        not_say=["cheap", "cheap", "Vailberg"],
        sources=["https://a.example/x"],
    )
    told = brief.told("Impersonal, long sentences.")
    for said in (
        "Reader: owners",
        "they rinse the filter",
        "a how-to:",
        "about 900 words",
        "asks the reader to: book a check",
        "heat pump care",
        "We say it once. Then we stop.",
        "Never say or name: cheap; Vailberg",
    ):
        assert said in told
    assert "Impersonal" not in told  # a sample stands for the tone
    assert "a.example" not in told
    assert Brief().told() == ""
    assert Brief().told("Short sentences.") == "Tone: Short sentences."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sources": ["ftp://a.example"]}, "“ftp://a.example” is no web address"),
        ({"sources": ["https://"]}, "is no web address"),
        ({"tone_address": "javascript:alert(1)"}, "is no web address"),
        ({"words": 100}, "at least 200 words"),
        ({"files": [{"name": f"{n}.pdf", "content": "A" * 1_400_000} for n in range(2)]}, "2 MB in all"),
    ],
)
def test_a_wrong_brief_is_refused_in_words(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Brief.model_validate(wrong)


def test_answers_fill_what_is_open_and_leave_the_rest() -> None:
    brief = Brief(audience="owners", ask=True)
    assert has_open_questions(brief)
    filled = clarified(brief, Clarified(goal="they act", format="list", angle="money"))
    assert (filled.audience, filled.goal, filled.format) == ("owners", "they act; money", "list")
    assert clarified(brief, Clarified()) == brief
    assert not has_open_questions(filled)
    assert not has_open_questions(Brief())


def test_addresses_are_read_from_lines_and_others_are_named() -> None:
    assert addresses_in(" a.example/x \n\nhttps://b.example\na.example/x\nnot one\n") == (
        ["https://a.example/x", "https://b.example"],
        ["not one"],
    )


def test_angles_need_facts_and_are_not_what_was_written() -> None:
    facts = [Stated(about, f"{about} is so, {n}.", n % 2, "Page") for about in ("Filters", "Noise") for n in range(4)]
    facts += [Stated("Ice", "Ice melts.", 1, "Page"), *[Stated("", f"A fact {n}.", 9, "Winter") for n in range(3)]]
    found = angles(facts, ["All about noise at night"])
    assert [(angle.topic, angle.facts, angle.pages) for angle in found] == [("Filters", 4, 2), ("Winter", 3, 1)]


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("8. Internationalization and Translations", "Internationalization and Translations"),
        ("3.2.1. Keeping jobs", "Keeping jobs"),
        ("7 reasons to keep jobs", "7 reasons to keep jobs"),
        ("2.0 release notes", "2.0 release notes"),
    ],
)
def test_an_angle_has_no_chapters_number(title: str, topic: str) -> None:
    facts = [Stated(about="", statement=f"Fact {number}.", page_id=1, page_title=title) for number in range(4)]
    assert [angle.topic for angle in angles(facts, [])] == [topic]
