"""Altered claims that once passed the rules, and true ones that they refused, in natural prose."""

import pytest

from agents.claims import refusal_by_rules

ALTERED = [
    ("The way leads from the quay to the yard.", "The way leads yard --> quay --> ship."),
    ("The tool has more than 4,000 users.", "It keeps 4 weekly backups. Many people use the tool."),
    ("The kiln is heated to 280 degrees Fahrenheit.", "The kiln is heated to 280 degrees Celsius."),
    ("The road is shut to cars before 21:00.", "The road is shut to cars after 21:00."),
    ("The second job waits for at least 3 hours.", "Jobs never overlap; the second job waits for up to 3 hours."),
    ("Loaves are always moved in the oven.", "Loaves are never moved in the oven."),
    ("The comet is fainter than Venus.", "The comet is brighter than Venus."),
    ("On weekdays Ines Falke answers the phone.", "On weekdays Ines Falk answers the phone."),
    ("The cap is given in megabytes per second.", "The cap is given in megabits per second."),
    ("Places go by order of booking, not of payment.", "Places go by order of payment, not of booking."),
    ("Ash goes into the plastic bin, never into metal.", "Ash goes into the metal bin, never into plastic."),
    (
        "Install it with `pip install box-tools`.",
        "Install it with `pip install box`. On Debian the package is `box-tools`.",
    ),
]
TRUE = [
    (
        "The way leads from the yard to the quay.",
        "You can go yard --> quay --> ship, but hardly from the quay to the yard.",
    ),
    ("Guests can live with a delay of the ferry.", "Guests who do not mind a delay of the ferry book the last one."),
    (
        "Write your own report before you ask anybody else about theirs.",
        "Do not ask others what they saw before you have written your report.",
    ),
    ("The gate is open until 21:00.", "The gate is closed after 21:00."),
    ("Call `git bisect start` and then `git bisect good`.", "Use `git bisect start`, then `git bisect good v1`."),
    ("Run `tar --verbose -x` on the file.", "Run `tar -x` on the file; `--verbose` names each member."),
    ("A German engineer drew the bridge.", "An engineer from Germany drew the bridge."),
    ("It weighs 12.5 kilograms.", "It weighs 12,5 kg."),
    ("The town has 12,500 inhabitants.", "Die Stadt hat 12.500 Einwohner."),
    ("Water boils at 100 °C.", "Water boils at 100 degrees Celsius."),
    ("Never open it, or the gas may escape.", "The jar must not be opened, because the gas could escape."),
]


@pytest.mark.parametrize(("claim", "source"), ALTERED)
def test_an_altered_claim_is_refused(claim: str, source: str) -> None:
    assert refusal_by_rules(claim, [source]) is not None


@pytest.mark.parametrize(("claim", "source"), [*TRUE, *((source, source) for _, source in ALTERED)])
def test_a_true_claim_is_not_refused(claim: str, source: str) -> None:
    assert refusal_by_rules(claim, [source]) is None
