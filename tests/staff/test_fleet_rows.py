"""The rows of the fleet's page: every state is a mark and a word, and what is wrong is said with what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from genisys import Provider
from genisys.host import Deployment, GateState, Use, WorkerInfo
from staff.charts import bars, share
from staff.fleet.look import Queue
from staff.fleet.rows import deployment_row, provider_row, size, up, worker_row

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
HOUR_MS = 3_600_000


def worker(**facts: object) -> WorkerInfo:
    known: dict[str, object] = {"runs": (), "draining": False, "beat_ms": NOW_MS - 800, **facts}
    return WorkerInfo("host-a:411:c2", "host-a", 411, "v1", 4, NOW_MS - HOUR_MS, **known)  # type: ignore[arg-type]


def test_a_worker_shows_the_titles_of_what_it_holds_and_how_full_it_is() -> None:
    row = worker_row(worker(runs=("r1", "r2", "r3")), "busy", {"r1": "Solar storage"}, NOW)
    assert [run.text for run in row.runs] == ["Solar storage", "r2", "r3"]
    assert (row.busy, row.places, row.full, row.beat) == (3, 4, 75.0, "0.8 s ago")
    assert row.more is None and row.note == ""


def test_of_many_runs_the_first_five_are_shown_and_the_others_are_one_link_away() -> None:
    row = worker_row(worker(runs=tuple(f"r{number}" for number in range(9))), "busy", {}, NOW)
    assert len(row.runs) == 5
    assert row.more is not None and row.more.text == "and 4 more"
    assert "worker=host-a%3A411%3Ac2" in row.more.url


@pytest.mark.parametrize(
    ("facts", "state", "note"),
    [
        ({"beat_ms": NOW_MS - 6_000}, "stale", "No heartbeat for 6 s. Its runs go to other workers after 10 s."),
        (
            {"beat_ms": NOW_MS - 20_000, "runs": ("r",)},
            "dead",
            "Not heard of for 20 s. 1 run went to other workers.",
        ),
        ({"blocked_ms": 7_300, "blocked_step": "parse"}, "busy", "The step “parse” has let nothing else run for 7 s."),
        ({"draining": True, "stopping": True}, "drained", "It is stopping: its process was told to end."),
        ({"draining": True}, "drained", "It takes runs again from its next heartbeat on."),
        ({"draining": True, "asked_to_drain": True}, "drained", "It takes no run until it is told to."),
    ],
)
def test_what_is_the_matter_with_a_worker_is_said(facts: dict[str, object], state: str, note: str) -> None:
    assert worker_row(worker(**facts), state, {}, NOW).note == note


@pytest.mark.parametrize(
    ("facts", "state", "offered"),
    [
        ({}, "idle", "drain"),
        ({"draining": True, "asked_to_drain": True}, "drained", "take"),
        ({"asked_to_drain": True}, "draining", "take"),
        ({"draining": True}, "drained", "drain"),
        ({"draining": True, "stopping": True, "asked_to_drain": True}, "draining", ""),
        ({"beat_ms": NOW_MS - 20_000}, "dead", ""),
    ],
)
def test_only_what_a_worker_can_still_do_is_offered(facts: dict[str, object], state: str, offered: str) -> None:
    row = worker_row(worker(**facts), state, {}, NOW)
    assert ("take" if row.drains else "drain" if row.may_drain else "") == offered


def test_a_deployment_with_work_and_no_worker_says_so_and_how_long_the_oldest_waits() -> None:
    queue = Queue(waiting=3, oldest=NOW - timedelta(minutes=42), running=1, parked_for={"person": 2})
    row = deployment_row(Deployment("v1", "draining", 6, 0, draining_ms=NOW_MS - HOUR_MS), queue, NOW)
    assert row.note.startswith("It has open runs and no worker")
    assert (row.oldest, row.queue.open, row.state.word) == ("42 min 0 s", 6, "draining")
    assert (row.may_promote, row.may_drain) == (True, False)


def test_runs_that_only_wait_for_people_or_time_need_no_worker() -> None:
    assert deployment_row(Deployment("v1", "ready", 2, 0), Queue(parked_for={"timer": 2}), NOW).note == ""


def test_parked_runs_are_told_apart_by_who_can_end_their_wait_and_each_kind_leads_to_its_runs() -> None:
    row = deployment_row(Deployment("v1", "ready", 4, 1), Queue(parked_for={"provider": 1, "person": 1200}), NOW)
    assert [link.text for link in row.parked] == ["1,200 for a person", "1 for a provider"]
    assert row.parked[0].url.endswith("deployment=v1&status=waiting&waits=person")


def test_the_promoted_deployment_is_neither_promoted_nor_drained_and_an_unknown_one_not_either() -> None:
    for state in ("promoted", "unknown"):
        row = deployment_row(Deployment("v1", state, 0, 1), Queue(), NOW)
        assert (row.may_promote, row.may_drain) == (False, False)


@pytest.mark.parametrize(
    ("gate", "word", "until_ms"),
    [
        (GateState(held_until_ms=NOW_MS + HOUR_MS, is_open=True, row=9), "paused by hand", NOW_MS + HOUR_MS),
        (GateState(is_open=True, down_until_ms=NOW_MS + 8_000, row=7), "down, 7 failures in a row", NOW_MS + 8_000),
        (GateState(paused_until_ms=NOW_MS + 60_000), "asked us to wait", NOW_MS + 60_000),
        (GateState(paused_until_ms=NOW_MS - 1, row=1), "1 failure in a row", 0),
        (GateState(hours=(Use(NOW_MS, answered=3),)), "answers", 0),
        (GateState(), "not asked lately", 0),
        (None, "not known", 0),
    ],
)
def test_a_provider_stands_as_its_gate_says(gate: GateState | None, word: str, until_ms: int) -> None:
    row = provider_row(Provider("openai", api_key="sk-secret"), gate, NOW)
    assert row.state.word == word
    assert (row.until is not None) == bool(until_ms)
    assert "sk-secret" not in repr(row)


def test_a_quota_is_shown_against_what_was_used_of_it_this_minute() -> None:
    gate = GateState(hours=(Use(NOW_MS, answered=240, limited=2, tokens=50_000, minute_requests=150),))
    (meter,) = provider_row(Provider("openai", requests_per_minute=600), gate, NOW).meters
    assert (meter.text, meter.full) == ("150 of 600 requests this minute", 25.0)


def test_the_hours_of_a_provider_are_bars_of_tokens_or_where_none_are_known_of_requests() -> None:
    gate = GateState(hours=(Use(NOW_MS - HOUR_MS, answered=4, tokens=1000), Use(NOW_MS, answered=1, tokens=250)))
    row = provider_row(Provider("openai"), gate, NOW)
    assert [bar.height for bar in row.bars] == [24.0, 6.0]
    assert row.bars[0].label == "11:00 UTC: 1,000 tokens"
    assert row.hour == "1 answered, 0 failed, 0 limited, 250 tokens"
    unknown = provider_row(Provider("openai"), GateState(hours=(Use(NOW_MS, answered=4),)), NOW)
    assert unknown.chart == "Requests by hour, the last 1 hour: 4 in all"


def test_bars_keep_their_proportions_show_the_smallest_and_tell_unknown_from_nothing() -> None:
    tall, small, nothing, unknown = bars([100, 0.1, 0, None], height=50)
    assert (tall.height, small.height, nothing.height, unknown.height) == (50, 2, 0, 0)
    assert tall.y == 0 and small.y == 48
    assert (nothing.known, unknown.known) == (True, False)
    assert bars([]) == [] and [bar.height for bar in bars([0, 0])] == [0, 0]


def test_shares_sizes_and_ages_are_written_as_people_read_them() -> None:
    assert (share(1, 3), share(5, 4), share(1, 0)) == (33.33, 100.0, 0.0)
    assert [size(count) for count in (0, 999, 1_400_000, 2_500_000_000_000)] == ["0 B", "999 B", "1.4 MB", "2.5 TB"]
    assert (up(3700), up(90_000), up(3 * 86_400)) == ("1 h 1 min", "25 h 0 min", "3 days")
