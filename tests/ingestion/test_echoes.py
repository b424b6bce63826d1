"""An answer that is our own question handed back is no answer, whatever words the page shares with it."""

from __future__ import annotations

import pytest

from agents.grounding import Fault, check
from agents.sources.evidence import Evidence
from agents.writing import prompts as posts
from agents.writing.outline import PlannedSection, Proposal, settle
from ingestion.describing.grounding import Source, grounded_text, grounded_topics, is_grounded
from ingestion.describing.prompts import Question, describe_site
from ingestion.understanding.question import about_page
from language.sentences import split_sentences

PAGE = (
    "Our wiki is a knowledge base for growers. The web shows many farm sites, and each base of apples stands for a "
    "variety. Data on soil is copied between fields. We use compost only, and nobody asks for JSON. Answer a question "
    "by mail. One sentence of the notes lists topics; marks show what it says, and few words never do."
)
ABOUT_PAGE, ABOUT_SITE = about_page("Apples", PAGE), describe_site("Apples", [PAGE])
OF_ONE = Evidence(passage_id=1, page_url="https://a.test/", page_title="Apples", heading="Growing", text=PAGE)


def _sentences_of(question: Question) -> list[str]:
    return [one for one in split_sentences(question.instructions.replace("\n", " ")) if len(one.split()) > 3]


def _with_each_word_of(asked: str) -> str:
    """Return a page that has all words of a question, and none beside the next."""
    return f"{PAGE} {' apples '.join(asked.split())}"


@pytest.mark.parametrize(
    ("question", "sentence"), [(asked, one) for asked in (ABOUT_PAGE, ABOUT_SITE) for one in _sentences_of(asked)]
)
def test_no_sentence_of_a_question_about_a_site_is_its_answer(question: Question, sentence: str) -> None:
    everything = _with_each_word_of(question.instructions)
    assert not is_grounded(sentence, everything, asked=question.instructions)
    assert grounded_text(sentence, everything, asked=question.instructions) == ""


@pytest.mark.parametrize(
    "said",
    [
        "You describe web sites for a knowledge base.",
        "You are describing web sites for knowledge bases.",
        "A site that describes web sites for a knowledge base",
        "Apples: you describe web sites for a knowledge base of apples and soil.",
    ],
)
def test_a_question_in_slightly_other_words_is_no_answer_either(said: str) -> None:
    assert is_grounded(said, PAGE)  # word by word it stands on the page: that is the trap
    assert grounded_text(said, PAGE, asked=ABOUT_SITE.instructions) == ""


@pytest.mark.parametrize(
    "said",
    ["The wiki is a knowledge base for growers.", "Growers use compost only.", "Soil data is copied between fields."],
)
def test_an_answer_that_shares_words_with_the_question_and_stands_on_the_page_is_kept(said: str) -> None:
    assert grounded_text(said, PAGE, asked=ABOUT_PAGE.instructions) == said


def test_a_page_that_says_what_the_question_says_may_be_quoted() -> None:
    own = f"{PAGE} You describe web sites for a knowledge base."
    said = "You describe web sites for a knowledge base."
    assert grounded_text(said, own, asked=about_page("Tool", own).instructions) == said


def test_topics_of_the_question_are_not_those_of_the_page() -> None:
    said = ["web sites", "knowledge base", "growers"]
    assert grounded_topics(said, Source(PAGE, ABOUT_PAGE.instructions)) == ["knowledge base", "growers"]


def test_the_instructions_are_what_was_sent_without_the_page() -> None:
    sent = " ".join(str(message["content"]) for message in ABOUT_PAGE.messages())
    assert PAGE in sent
    assert PAGE not in ABOUT_PAGE.instructions
    assert set(ABOUT_PAGE.instructions.split()) <= set(sent.split())


PROMPTS = [
    posts.section("Apples", "Growing", "", [], "", [OF_ONE]),
    posts.again(posts.section("Apples", "Growing", "", [], "", [OF_ONE]), ["The text was empty."]),
    posts.lead("Apples", ["Growing"], PAGE),
    posts.edit("Apples", "Growing", PAGE),
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_no_sentence_of_a_prompt_is_a_sentence_of_the_post(prompt: posts.Prompt) -> None:
    page = OF_ONE.model_copy(update={"text": _with_each_word_of(prompt.instructions)})
    found = check(prompt.instructions, [page], instructions=prompt.instructions)
    assert [judged.text for judged in found.judged if judged.fault is None] == []
    assert Fault.LEAK in {judged.fault for judged in found.judged}


def test_no_heading_and_no_title_is_made_of_the_prompt() -> None:
    prompt = posts.outline("Apples", 3, [OF_ONE], posts.LARGE)
    evidence = [OF_ONE.model_copy(update={"text": _with_each_word_of(prompt.instructions)})]
    own = [PlannedSection(heading="Outline blog posts"), PlannedSection(heading="Compost and soil", covers=prompt.task)]
    settled = settle(
        Proposal(title="Apples", sections=own), topic="Apples", evidence=evidence, sections=3, asked=prompt.instructions
    )
    assert "Outline blog posts" not in [section.heading for section in settled.sections]
    assert all(section.covers != prompt.task for section in settled.sections)
