"""Headings are their writer's: natural ones stay, those that bring what no source has do not."""

from __future__ import annotations

import pytest

from agents.sources.evidence import Evidence
from agents.writing.outline import PlannedSection, Proposal, ProposedClaim, headings_from, settle

PUMP = [
    Evidence(
        passage_id=1,
        page_url="https://warm.example/filter",
        page_title="Care of the heat pump",
        heading="Filter",
        text="The filter of the heat pump is rinsed every 8 weeks in lukewarm water. A clogged filter costs 15 % power."
        " The unit is switched off at the breaker first. Detergent must not be used.",
    ),
    Evidence(
        passage_id=2,
        page_url="https://warm.example/winter",
        page_title="Winter",
        heading="Ice on the outdoor unit",
        text="In frost the outdoor unit defrosts itself several times a day. Ice on the fins is no fault."
        " Snow is cleared from the grille by hand. If the fan stands still, call a technician from Nordheim Service.",
    ),
    Evidence(
        passage_id=3,
        page_url="https://warm.example/noise",
        page_title="Noise and neighbours",
        heading="Night mode",
        text="Night mode lowers the fan speed between 22:00 and 06:00. The unit then makes 35 dB at three metres."
        " Rubber feet keep vibration from the wall. The installer sets the schedule in the app.",
    ),
]
NATURAL = [
    ("Why a clean filter pays for itself", "What a clogged filter costs in power."),
    ("Before you begin: switch it off", "The breaker comes first."),
    ("Rinse, dry, put back", "How the filter is rinsed."),
    ("What never goes into the water", "Detergent must not be used."),
    ("The eight-week habit", "How often the filter is rinsed."),
    ("3 mistakes that shorten its life", "Detergent, snow on the grille, a clogged filter."),
    ("5 Minutes Every Two Months", "The filter every 8 weeks."),
    ("Ice on the fins: when to relax, when to call", "Ice is no fault; a fan that stands still is."),
    ("When the Frost Comes", "How the outdoor unit defrosts itself."),
    ("Don't panic, it's only defrosting", "Defrosting several times a day."),
    ("Clearing snow without breaking anything", "Snow is cleared by hand."),
    ("Who to call, and what to tell them", "When the technician from Nordheim Service is needed."),
    ("Sleep well: night mode explained", "How night mode lowers the fan speed."),
    ("How loud is too loud?", "35 dB at three metres."),
    ("Keeping the peace with the people next door", "What rubber feet do about vibration."),
    ("A quiet machine is a happy neighbour", "Night mode and rubber feet."),
    ("Good vibrations? Not on your wall", "Rubber feet keep vibration from the wall."),
    ("Setting the schedule in the app", "The installer sets the night schedule."),
    ("The best time to rinse", "How often the filter is rinsed."),
    ("What to do on a Monday morning in January", "Ice on the outdoor unit in frost."),
    ("FAQ", "Short answers on filter, ice and noise."),
    ("Conclusion", "What the reader can do now about filter and snow."),
    ("Is it worth doing yourself?", "What you do yourself, and what a technician does."),
    ("Myth: frost kills a heat pump", "Ice on the fins is no fault."),
    ("From breaker to breakfast: a morning routine", "Switching off, rinsing, putting back."),
    ("Small care, long life", "The filter is rinsed every 8 weeks."),
    ("What the manual says — and why it matters", "Detergent must not be used; the unit is off first."),
    ("You always wanted a silent night", "Night mode lowers the fan speed."),
    ("The only tool you need", "Snow is cleared from the grille by hand."),
    ("First things first", "The unit is switched off at the breaker."),
    ("Spring, summer, autumn, winter", "What to do in each season about filter and snow."),
    ("DIY or technician?", "When the fan stands still, call a technician."),
    ("Listen to your machine", "A fan that stands still, vibration at the wall."),
    ("What a clogged filter really costs", "15 % power."),
    ("The other 23 hours of the day", "Night mode between 22:00 and 06:00."),
    ("Three metres is all it takes", "35 dB at three metres."),
    ("How to Talk to Your Installer Without Feeling Lost", "The installer sets the schedule in the app."),
    ("Getting ready for the cold", "Frost, ice and snow at the outdoor unit."),
    ("What happens at minus ten degrees and why nothing is wrong with it", "The outdoor unit defrosts itself."),
    ("Next steps", "Rinse the filter, set night mode."),
]
FOREIGN = [
    "Why it is the best heat pump",
    "Loved by owners since 1998",
    "Saving 40 % on your bill",
    "How it compares with a Vailberg condenser",
    "Connecting it to HomeKit",
    "Cooking pasta at home",
    "The award-winning compressor",
    "Quieter and faster than any boiler",
    "The world's leading technology",
    "Heat pumps at 60 degrees",
]


def _stays(heading: str, covers: str) -> bool:
    others = [
        PlannedSection(heading="Filter and power", covers="The filter."),
        PlannedSection(heading="Snow and the grille", covers="Snow."),
        PlannedSection(heading="Rubber feet", covers="Vibration."),
    ]
    proposal = Proposal(title="Care of a heat pump", sections=[PlannedSection(heading=heading, covers=covers), *others])
    return heading in [
        section.heading for section in settle(proposal, topic="heat pump", evidence=PUMP, sections=8).sections
    ]


def test_natural_headings_stay_in_95_of_100_cases() -> None:
    lost = [heading for heading, covers in NATURAL if not _stays(heading, covers)]
    assert len(lost) <= 0.05 * len(NATURAL), lost


@pytest.mark.parametrize("heading", FOREIGN)
def test_a_heading_that_brings_what_no_source_has_goes(heading: str) -> None:
    assert not _stays(heading, "About it.")


def test_three_headings_of_a_writer_are_not_filled_up_with_those_of_pages() -> None:
    chosen = ["Rinse the filter", "Clear the snow", "Sleep well"]
    proposal = Proposal(sections=[PlannedSection(heading=heading, covers="Filter and snow.") for heading in chosen])
    outline = settle(proposal, topic="heat pump", evidence=PUMP, sections=6)
    assert [section.heading for section in outline.sections] == chosen


def test_a_heading_with_what_must_not_be_said_goes() -> None:
    proposal = Proposal(
        sections=[PlannedSection(heading="Call a technician early"), PlannedSection(heading="Night mode")]
    )
    outline = settle(proposal, topic="heat pump", evidence=PUMP, sections=3, not_say=["Technician"])
    assert "technician" not in " ".join(section.heading for section in outline.sections).lower()


def test_an_authors_name_and_a_page_named_twice_are_no_headings() -> None:
    author = PUMP[0].model_copy(update={"heading": "Mara Lindqvist", "page_title": "The filter"})
    manual = PUMP[1].model_copy(update={"heading": "pump-care(1)", "page_title": "pump-care(1): care of a pump"})
    found = [section.heading for section in headings_from([author, manual])]
    assert "Mara Lindqvist" not in found
    assert not any(heading.count("pump-care(1)") > 1 for heading in found)


def test_a_claim_keeps_the_passages_that_it_names_and_no_number_that_no_source_has() -> None:
    from agents.writing.outline import claims_of

    section = PlannedSection(
        heading="Filter",
        claims=[
            ProposedClaim(text="It is rinsed every 8 weeks.", sources=[1, 9, 1]),
            ProposedClaim(text="Ice is no fault."),
        ],
    )
    assert [claim.passages for claim in claims_of(section, PUMP)] == [[1], []]
