"""What a sentence claims, and which claim nothing."""

import pytest

from agents.claims import Quotes, kinds_of
from agents.sources.evidence import Evidence

GATE = Evidence(
    passage_id=1,
    page_url="https://a.example/",
    page_title="The gate",
    text="The tide gate closes two hours before high water. Skippers must call the keeper.",
)
STEMS = Quotes([GATE]).stems


@pytest.mark.parametrize(
    "sentence",
    [
        "So what does that mean for you?",
        "Let's look at how this works.",
        "That brings us to the next question.",
        "Here's the catch.",
        "Now for the good part.",
        "In our view, the effort is worth it.",
        "Imagine the worst happens.",
        "Kurz gesagt: Es lohnt sich.",
        "Two points deserve a closer look.",
        "That is only half of the story.",
        "We will come back to this below.",
        "Sooner or later, everybody asks this question.",
        "Das ist aber nur die halbe Wahrheit.",
        "大切な点が三つあります。",
    ],
)
def test_a_transition_a_question_and_a_marked_opinion_claim_nothing(sentence: str):
    assert kinds_of(sentence, STEMS) == frozenset()


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The gate closes two hours before high water.", "order"),
        ("Skippers must call the keeper.", "modality"),
        ("The keeper never sleeps.", "negation"),
        ("It was built in 1911.", "date"),
        ("The quay is 40 metres long.", "number"),
        ("The new gate is faster than the old one.", "comparison"),
        ("Two skippers called the keeper.", "number"),
        ("The gate closes less than two hours before high water.", "number"),
        ("Here's the catch: it costs 40 euros.", "number"),
        ("The keeper lives in Zanzibar.", "name"),
    ],
)
def test_a_claim_has_its_kinds(sentence: str, kind: str):
    assert kind in kinds_of(sentence, STEMS)


def test_a_claim_finds_its_quote_in_any_script():
    chinese = GATE.model_copy(
        update={"passage_id": 2, "text": "潮汐闸门在每天高潮前两小时关闭，小型船只必须提前联系港务局。"}
    )
    other = GATE.model_copy(update={"passage_id": 3, "text": "图书馆每天九点开门，周一休息。"})
    assert [quote.passage_id for quote in Quotes([other, chinese]).best("闸门在高潮前两小时关闭。")][:1] == [2]
    assert Quotes([GATE]).best("Zebras graze quietly.") == []
