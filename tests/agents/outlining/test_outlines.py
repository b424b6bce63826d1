"""An outline in people's hands: what may be given, what stays of a plan, and the form without a script. Pure."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from pydantic import ValidationError

from agents.brief.outlines import Outlined, OutlinedClaim, OutlinedSection, asked_with, merged, places
from agents.editing.planned import plan_of
from agents.models import Post
from agents.outlining.form import OutlineForm
from agents.outlining.plans import outlined, replanned
from agents.sources.evidence import Evidence
from agents.steps.conflicts import without_conflicts
from agents.steps.handoff import Assignment, Plan
from agents.writing.outline import PlannedClaim

EVIDENCE = [Evidence(passage_id=1, page_url="https://a.example", page_title="A", text="The filter is rinsed.")]
PLAN = Plan(
    title="A heat pump",
    thesis="Ten minutes are enough.",
    shared=False,
    sections=[
        Assignment(
            heading="Rinse the filter",
            covers="How and how often.",
            planned=[PlannedClaim(text="It is rinsed every eight weeks.", passages=[1, 7])],
            words=200,
            evidence=EVIDENCE,
        ),
        Assignment(heading="Ice is no fault", covers="When to call.", words=200, evidence=EVIDENCE),
        Assignment(heading="Sleep well", covers="", words=200, evidence=EVIDENCE),
    ],
)
STANDS = outlined(PLAN)
EMPTY = {"text": " "}


def answer(**fields: Any) -> Any:
    return asked_with(STANDS, {1: "A"}).model_validate(fields)


def test_an_outline_as_it_stands_changes_nothing() -> None:
    assert replanned(PLAN, answer()) == PLAN
    assert replanned(PLAN, Outlined.model_validate(STANDS.model_dump())) == PLAN
    headings_alone = [{"heading": section.heading, "covers": section.covers} for section in PLAN.sections]
    assert replanned(PLAN, answer(sections=headings_alone)) == PLAN


def test_the_schema_says_what_stands_and_what_the_sources_are_called() -> None:
    schema = asked_with(STANDS, {1: "A"}).model_json_schema()
    assert schema["properties"]["sections"]["default"][0]["claims"] == [
        {"text": "It is rinsed every eight weeks.", "sources": [1, 7]}
    ]
    assert (schema["x-submit"], schema["x-sources"]) == ("Approve and write", {"1": "A"})
    assert asked_with(STANDS, {1: "A"}) is asked_with(outlined(PLAN), {1: "A"})


def test_sections_are_moved_renamed_taken_out_and_added_and_the_others_keep_their_evidence() -> None:
    changed = replanned(
        PLAN,
        answer(
            title="",
            sections=[
                {"heading": "sleep  well"},
                {"heading": "Clean it", "covers": "How and how often."},
                {"heading": "What it costs", "claims": [{"text": "A check costs 90 euros.", "sources": [5]}, EMPTY]},
                {"heading": "Ice is no fault", "covers": "When to call.", "words": 90},
            ],
        ),
    )
    assert changed.title == "A heat pump"
    assert [section.heading for section in changed.sections] == [
        "sleep well", "Clean it", "What it costs", "Ice is no fault",
    ]  # fmt: skip
    assert changed.sections[1].planned == PLAN.sections[0].planned, "its purpose tells that it is the same section"
    assert changed.sections[2].planned == [PlannedClaim(text="A check costs 90 euros.", passages=[5])]
    assert [section.words for section in changed.sections] == [200, 200, 0, 90]
    assert not any(section.evidence for section in changed.sections), "each was changed, so each looks for its own"
    moved = replanned(PLAN, answer(sections=[each.model_dump() for each in reversed(STANDS.sections)]))
    assert moved.sections == PLAN.sections[::-1]


def test_a_plan_is_handed_on_once() -> None:
    before = [OutlinedSection(heading="A", covers="x"), OutlinedSection(heading="B", covers="y")]
    after = [OutlinedSection(heading="New", covers="x"), OutlinedSection(heading="Newer", covers="x")]
    assert places(before, [*after, OutlinedSection(heading="a", covers="z")]) == [-1, -1, 0]
    assert places(before, after) == [0, -1]


def test_what_is_left_out_of_a_section_stays_as_it_was() -> None:
    before = OutlinedSection(heading="A", claims=[OutlinedClaim(text="It is so.")], words=80)
    assert merged(before, OutlinedSection(heading="B")).claims == before.claims
    assert merged(before, OutlinedSection(heading="B", claims=[], words=0)).model_dump() == {
        "heading": "B", "covers": "", "claims": [], "words": 0,
    }  # fmt: skip


def test_the_outline_of_a_written_post_has_headings_that_nobody_would_plan() -> None:
    post = Post(markdown="# A heat pump\n\n## Rinse it\n\nOften.\n\n## …\n\nAnd so on.\n")
    assert [section.heading for section in plan_of(post)] == ["Rinse it", "…"]


def test_contradictions_that_were_settled_before_a_change_stay_settled() -> None:
    pages = [
        Evidence(passage_id=n, page_url=f"https://a.example/{n}", page_title=f"Rules {year}", text=text)
        for n, (year, text) in enumerate(
            [
                (2019, "The gate is closed two hours before high water."),
                (2026, "The gate is closed four hours before high water."),
                (2019, "Backups of the lock are kept for 30 days."),
                (2026, "Backups of the lock are kept for 90 days."),
            ]
        )
    ]
    gate, backups = (Assignment(heading=name, covers="", evidence=pages[n : n + 2]) for n, name in ((0, "G"), (2, "B")))
    first = without_conflicts(Plan(title="Lock", shared=False, sections=[gate]))
    again = without_conflicts(first.model_copy(update={"sections": [*first.sections, gate, backups]}))
    assert [conflict.kept for conflict in again.conflicts] == [pages[1].text, pages[3].text]


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        (["One", "Two"], "at least 3"),
        (["One", "Two", "one"], "Two sections are called “one”"),
        (["One", "Two", "…"], "needs a heading"),
        (["One", "Two", "x" * 201], "at most 200"),
    ],
)
def test_what_cannot_be_written_to_is_refused_in_words(sections: list[str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        answer(sections=[{"heading": heading} for heading in sections])


# The form


def sent(form: OutlineForm, do: str = "approve", **typed: str) -> OutlineForm:
    """The form as a browser sends it, with some of it typed anew."""
    data = QueryDict(mutable=True)
    data.update({"title": form.title, "thesis": form.thesis, "do": do})
    for section in form.sections:
        data.appendlist("section", str(section.key))
        data[f"{section.key}-heading"], data[f"{section.key}-covers"] = section.heading, section.covers
        data[f"{section.key}-words"] = section.words
        data.setlist(f"{section.key}-claim", [claim.text for claim in section.claims])
        data.setlist(f"{section.key}-sources", [claim.named for claim in section.claims])
    for name, text in typed.items():
        data[name.replace("_", "-").removeprefix("s")] = text
    return OutlineForm(STANDS, data, titles={1: "Care of the filter"}, gone=[7])


def headings(form: OutlineForm) -> list[str]:
    return [section.heading for section in form.sections]


def test_a_form_that_is_sent_as_it_was_shown_is_the_outline_as_it_stands() -> None:
    form = sent(OutlineForm(STANDS))
    assert form.is_valid(), form.errors
    assert form.outline == Outlined.model_validate(STANDS.model_dump())
    assert answer(**form.answer).sections == STANDS.sections


def test_sections_are_moved_added_and_taken_out_by_buttons_and_nothing_typed_is_lost() -> None:
    form = sent(OutlineForm(STANDS), "up-2", s2_heading="Sleep very well")
    assert form.rearranging
    assert headings(form) == ["Rinse the filter", "Sleep very well", "Ice is no fault"]
    form = sent(form, "up-0")
    assert headings(form)[0] == "Rinse the filter", "the first stays where it is"
    form = sent(form, "down-0", title="A better title")
    assert headings(form) == ["Sleep very well", "Rinse the filter", "Ice is no fault"]
    form = sent(sent(form, "add"), "remove-1")
    assert headings(form) == ["Sleep very well", "Rinse the filter", ""]
    form = sent(form, "approve", s3_heading="What it costs")
    assert form.is_valid(), form.errors
    assert (form.answer["title"], form.answer["sections"][2]["heading"]) == ("A better title", "What it costs")
    assert form.answer["sections"][1]["claims"][0]["sources"] == [1, 7]
    assert not sent(form, "up-99").errors
    for _ in range(9):
        form = sent(form, "add")
    assert len(form.sections) == 12
    assert not form.errors
    form = sent(form, "add")
    assert (len(form.sections), form.errors) == (12, ["A post has at most 12 sections."])


def test_what_is_wrong_is_said_at_its_section_and_what_was_typed_stays() -> None:
    form = sent(OutlineForm(STANDS), s0_heading="Ice is no fault", s1_words="many", s2_heading="")
    assert not form.is_valid()
    assert form.sections[1].wrong == ["Give the length as a whole number of words."]
    assert form.sections[2].wrong == ["A section needs a heading."]
    assert form.sections[1].words == "many"
    form = sent(form, s1_words="200", s2_heading="Sleep well")
    assert not form.is_valid()
    assert form.non_field_errors() == ["Two sections are called “Ice is no fault”. Give each a heading of its own."]
    form = sent(sent(OutlineForm(STANDS), "remove-0"))
    assert not form.is_valid()
    assert "from 3 to 12 sections; this outline has 2" in form.non_field_errors()[0]
    assert "Ice is no fault" in form.typed
    assert "\x00" not in sent(OutlineForm(STANDS), title="A\x00B").title


def test_what_bears_a_claim_is_told_and_what_is_gone_too() -> None:
    first = sent(OutlineForm(STANDS)).sections[0]
    assert first.claims[0].told == (
        "From “Care of the filter”. The source that it names is no longer among your pages: another one is looked for."
    )
    assert first.claims[0].is_gone
    assert first.claims[-1].text == "", "there is always a line for another one"
