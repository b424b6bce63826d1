"""What narrows the list of runs stands in its address, and reads back as what it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.http import QueryDict

from staff.narrowing.filters import NAMES, Filters, read_filters
from staff.narrowing.moments import length_of, moment_of, spoken
from staff.narrowing.waits import said

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def _read(query: str) -> Filters:
    return read_filters(QueryDict(query), NOW)


def test_an_address_without_filters_narrows_nothing() -> None:
    assert not _read("")
    assert not _read("status=&q=&page=7")
    assert _read("").query() == ""


def test_filters_are_written_as_they_were_read_in_one_order() -> None:
    query = "q=bees&status=failed&status=queued&waits=person&cost=0.5&age=2d"
    filters = _read(query)
    assert filters.query() == "status=queued&status=failed&waits=person&age=2d&cost=0.5&q=bees"
    assert _read(filters.query()) == filters


def test_one_filter_is_changed_and_the_others_stay() -> None:
    filters = _read("status=failed&workflow=write-post&q=a%26b")
    assert filters.query(workflow="ingest") == "status=failed&workflow=ingest&q=a%26b"
    assert filters.query(status="", workflow="") == "q=a%26b"
    assert filters.query(status=("open",)) == "status=open&workflow=write-post&q=a%26b"


@pytest.mark.parametrize(
    ("query", "name", "said_of_it"),
    [
        ("status=broken", "status", "There is no “broken”"),
        ("status=failed&status=broken", "status", "There is no “broken”"),
        ("waits=god", "waits", "There is no “god”"),
        ("since=yesterday", "since", "7d"),
        ("until=2026-13-40", "until", "2026-11-28"),
        ("age=old", "age", "2d"),
        ("cost=much", "cost", "0.50"),
        ("cost=NaN", "cost", "0.50"),
        ("cost=-1", "cost", "0.50"),
        ("cost=1e400", "cost", "0.50"),
    ],
)
def test_what_is_not_understood_is_told_and_never_taken_for_everything(query: str, name: str, said_of_it: str) -> None:
    assert said_of_it in _read(query).wrong[name]


def test_values_are_cut_to_what_any_query_takes() -> None:
    assert len(_read("q=" + "x" * 5000).q) == 200


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1h", NOW - timedelta(hours=1)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-11-28", datetime(2026, 11, 28, tzinfo=UTC)),
        ("2026-11-28T10:30", datetime(2026, 11, 28, 10, 30, tzinfo=UTC)),
        ("2026-11-28T10:30:00+02:00", datetime(2026, 11, 28, 8, 30, tzinfo=UTC)),
        ("2026-11-28T10:30:00 02:00", datetime(2026, 11, 28, 8, 30, tzinfo=UTC)),
        ("2026-11-28T10:30:00Z", datetime(2026, 11, 28, 10, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:00", None),
        ("1y", None),
        ("", None),
    ],
)
def test_moments_are_lengths_back_from_now_or_iso_times(text: str, at: datetime | None) -> None:
    assert moment_of(text, NOW) == at


def test_a_date_begins_in_the_zone_of_whoever_asks() -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    assert moment_of("2026-11-28", berlin) == datetime(2026, 11, 27, 23, tzinfo=UTC)


def test_a_length_that_no_calendar_holds_is_the_longest_there_is() -> None:
    assert length_of("999999w") == timedelta(days=36_500)
    assert moment_of("999999w", NOW) == NOW - timedelta(days=36_500)


def test_fixed_filters_mean_the_same_later_and_take_in_nothing_new() -> None:
    later = read_filters(
        QueryDict(_read("since=1h&status=failed&ended=2h").fixed(NOW).query()), NOW + timedelta(hours=5)
    )
    assert later.since_at == NOW - timedelta(hours=1)
    assert later.ended_at == NOW - timedelta(hours=2)
    assert later.until_at == NOW
    assert later.status == ("failed",)


def test_a_fixed_age_is_the_time_that_it_meant() -> None:
    fixed = _read("age=2d&until=1h").fixed(NOW)
    assert (fixed.age, fixed.until_at) == ("", NOW - timedelta(days=2))
    assert _read("age=1h&until=2d").fixed(NOW).until_at == NOW - timedelta(days=2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "less than 0.1 s"), (42, "42 s"), (1899, "31 min"), (47 * 3600, "47 h 0 min"), (187_200, "2 d 4 h")],
)
def test_lengths_are_told_in_days_from_two_on(seconds: int, words: str) -> None:
    assert spoken(timedelta(seconds=seconds)) == words


def test_each_wait_is_told_by_who_can_end_it() -> None:
    assert said("queued", "") == said("waiting", "") == "for a worker"
    assert said("waiting", "input") == "for an answer"
    assert said("waiting", "tide") == "for tide"
    assert said("running", "input") == said("completed", "") == ""


def test_every_field_that_narrows_is_read_from_the_address() -> None:
    values = dict.fromkeys(NAMES, "x") | {
        "status": "failed",
        "waits": "timer",
        "since": "1h",
        "until": "1h",
        "ended": "1h",
        "age": "1h",
        "cost": "1",
    }
    filters = _read("&".join(f"{name}={value}" for name, value in values.items()))
    assert dict(filters.items()) == values
    assert not filters.wrong
