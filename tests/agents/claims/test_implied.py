"""What a source implies is not refused, and the same altered is."""

import pytest

from agents.claims import refusal_by_rules

WATER = "The water is kept at 27 degrees, two degrees warmer than last year."
RENT = "The brewery pays 30,000 pounds a year for the ground floor."
SURVEY = "The survey asked 1,200 people. 45 percent work from home."
POOL = (
    "Swimming caps are voluntary except in lane 1. The pool is open from June to September. It opens daily except"
    " Saturday."
)
DUTCH = "The Dutch painter Jan Vos moved to London with his brother and a dog."
WIKI = "Editors can publish; authors cannot, but they may propose changes. Comments are off by default."


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Last year the water was at 25 degrees.", WATER),
        ("Each month the brewery pays 2,500 pounds.", RENT),
        ("Of those asked, 540 work from home.", SURVEY),
        ("Less than half work from home.", SURVEY),
        ("Python 3.7 is too old for it.", "It requires Python 3.8 or newer."),
        ("An application that arrives in April is too late.", "Applications must arrive by 31 March."),
        ("Caps have to be worn in lane 1 only.", POOL),
        ("In July the pool is open.", POOL),
        ("The pool is open six days a week.", POOL),
        ("Vos, a painter from the Netherlands, settled in London.", DUTCH),
        ("Some of the mushrooms cannot be eaten.", "Not all mushrooms are edible or can be eaten."),
        ("Changes may be proposed by authors.", WIKI),
        ("By default nobody can comment.", WIKI),
        ("Comments have to be switched on.", WIKI),
        ("Large dogs do not travel free.", "Dogs travel free if they are small."),
        ("Prozentpunkte: ein Plus von 33 Prozentpunkten.", "Der Anteil stieg von 12 auf 45 Prozent."),
        ("Si l'eau est dure, on détartre une fois par mois.", "On détartre chaque mois si l'eau est dure."),
        (
            "A partir de los ocho años los niños pueden ir sin un adulto.",
            "Los menores de 8 años deben ir con un adulto.",
        ),
        ("損害は2日以内に届け出ます。", "損害は48時間以内に届け出る必要があります。"),
        ("屋根を直した後で博物館が入りました。", "博物館が入る前に屋根が直されました。"),
        ("南壁は北壁ほど急ではありません。", "北壁は南壁より急です。"),
    ],
)
def test_what_a_source_implies_is_not_refused(claim: str, source: str) -> None:
    assert refusal_by_rules(claim, [source]) is None


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The water is kept at 72 degrees.", WATER),
        ("Each month the brewery pays 5,000 pounds.", RENT),
        ("Of those asked, 450 work from home.", SURVEY),
        ("Less than a third work from home.", SURVEY),
        ("It requires Python 3.7 or newer.", "It requires Python 3.8 or newer."),
        ("Applications must arrive by 31 April.", "Applications must arrive by 31 March."),
        ("The pool is open from June to August.", POOL),
        ("The Danish painter Jan Vos moved to London with his brother and a dog.", DUTCH),
        ("Authors may publish.", "Authors cannot publish."),
        ("Comments are on by default.", WIKI),
        ("博物館が入った後に屋根が直されました。", "博物館が入る前に屋根が直されました。"),
    ],
)
def test_the_same_altered_is_refused(claim: str, source: str) -> None:
    assert refusal_by_rules(claim, [source]) is not None
