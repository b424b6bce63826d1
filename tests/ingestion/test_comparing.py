"""What changed between readings, when the next one is, and how long this one takes: plain data in, plain data out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from genisys.host import new_state
from ingestion.history.comparing import LISTED, Held, HeldPage, compare
from ingestion.hooks.remaining import seconds_left, words_for_time_left
from ingestion.knowledge.site_map import map_of_run
from ingestion.schedule.times import next_time


def held(facts: dict[str, list[str]] | None = None, **pages: str) -> Held:
    return Held(
        pages={name: HeldPage(title=name.title(), digest=digest) for name, digest in pages.items()}, facts=facts or {}
    )


def test_pages_are_new_changed_and_gone() -> None:
    found = compare(held(same="1", other="2", lost="3"), held(same="1", other="9", won="4"))
    assert [page.url for page in found.pages_new] == ["won"]
    assert [page.url for page in found.pages_changed] == ["other"]
    assert [(page.url, page.title) for page in found.pages_gone] == [("lost", "Lost")]
    assert found.total == 3


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A berth costs 1,250 euros a year.", "A berth costs 1,300 euros a year."),
        ("Ein Liegeplatz kostet 1250 Euro im Jahr.", "Ein Liegeplatz kostet 1300 Euro im Jahr."),
        ("泊位每年租金為一千二百歐元", "泊位每年租金為一千三百歐元"),
        ("バースの料金は年間1250ユーロです。", "バースの料金は年間1300ユーロです。"),
    ],
)
def test_a_fact_that_says_almost_the_same_has_changed(before: str, after: str) -> None:
    found = compare(held({"a": [before, "x"]}), held({"a": ["x", after]}))
    assert [(fact.before, fact.after) for fact in found.facts_changed] == [(before, after)]
    assert (found.facts_new, found.facts_gone) == ([], [])


def test_facts_that_say_something_else_are_gone_and_new() -> None:
    found = compare(held({"a": ["The harbour was built in 1890."]}), held({"a": ["Dogs are welcome on the quay."]}))
    assert [fact.before for fact in found.facts_gone] == ["The harbour was built in 1890."]
    assert [fact.after for fact in found.facts_new] == ["Dogs are welcome on the quay."]
    assert found.facts_changed == []


def test_a_fact_that_moved_to_another_page_or_lost_its_full_stop_is_no_change() -> None:
    assert compare(held({"a": ["The quay is long."]}), held({"b": ["the quay  is long"]})).total == 0


def test_of_many_changes_all_are_counted_and_some_listed() -> None:
    found = compare(held(), held(**{f"p{number}": "1" for number in range(LISTED + 5)}))
    assert found.counts["pages_new"] == LISTED + 5
    assert len(found.pages_new) == LISTED
    assert [(part.words, part.count) for part in found.parts] == [("pages are new", LISTED + 5)]


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("off", "2026-01-31T10:30", None),
        ("day", "2026-02-28T10:30", "2026-03-01T10:30"),
        ("week", "2026-12-29T10:30", "2027-01-05T10:30"),
        ("month", "2026-01-31T10:30", "2026-02-28T10:30"),
        ("month", "2027-12-15T10:30", "2028-01-15T10:30"),
        ("month", "2028-01-30T10:30", "2028-02-29T10:30"),
    ],
)
def test_the_next_reading_is_a_day_a_week_or_a_month_later(schedule: str, after: str, expected: str | None) -> None:
    found = next_time(schedule, datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == (None if expected is None else datetime.fromisoformat(expected).replace(tzinfo=UTC))


def reading(ended_ms: list[int], to_come: int) -> dict[str, Any]:
    state = new_state()
    pages = {f"read-{n}": {"stage": "read"} for n in range(len(ended_ms))}
    pages |= {f"next-{n}": {"stage": "chosen"} for n in range(to_come)}
    state["items"]["page"] = pages
    state["steps"] = {str(n): {"name": "read_page", "ended_at": at} for n, at in enumerate(ended_ms)}
    return state


@pytest.mark.parametrize(
    ("every_ms", "to_come", "words"),
    [
        (1000, 180, "about 3 minutes left"),
        (1000, 20, "less than a minute left"),
        (1000, 60, "about a minute left"),
        (10_000, 1000, "about 3 hours left"),
        (1000, 0, ""),
    ],
)
def test_the_time_left_follows_from_the_pace(every_ms: int, to_come: int, words: str) -> None:
    assert words_for_time_left(reading([n * every_ms for n in range(1, 12)], to_come)) == words


def test_a_slow_start_does_not_count_for_ever_and_a_few_pages_make_no_pace() -> None:
    slow_start = [0, 600_000, *(600_000 + n * 1000 for n in range(1, 40))]
    assert seconds_left(reading(slow_start, 10)) == pytest.approx(10)
    assert seconds_left(reading([1, 2, 3], 10)) is None


def test_the_map_of_a_run_counts_its_pages_in_the_groups_of_its_plan() -> None:
    state = new_state()
    groups = {"/docs/*": 40, "/docs/api/*": 8, "everything else": 2}
    state["items"]["group"] = {
        label: {"label": label, "found": found, "chosen": 3, "why": ""} for label, found in groups.items()
    }
    state["item_order"]["group"] = list(groups)
    stages = {"/docs/a": "read", "/docs/b": "chosen", "/docs/api/x": "read", "/odd/place": "skipped"}
    state["items"]["page"] = {f"https://a.example{path}": {"stage": stage} for path, stage in stages.items()}
    rows = {
        row.label: (row.found, row.chosen, row.read, row.left_out) for row in map_of_run(state, "https://a.example/")
    }
    assert rows == {"/docs/*": (40, 2, 1, 38), "/docs/api/*": (8, 1, 1, 7), "everything else": (2, 1, 0, 1)}
