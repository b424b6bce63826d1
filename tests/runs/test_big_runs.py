"""A run with thousands of steps on its own page: grouped, failed first, opened on demand, and light on the wire."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup

from genisys.host import fold
from runs.models import Run
from runs.pages.big_runs import MOST_STEPS, carried
from runs.presentation.counted.components import ROWS, step_page
from runs.presentation.stages import MOST_LINES, THE_REST, step_views
from runs.record import archive
from tests.depth import by_depth

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STEPS = by_depth(2_000, 10_000)
START = [
    {"type": "run.queued", "attempt": 0, "workflow": "big", "title": "Big"},
    {"type": "run.started", "attempt": 1, "worker": "w"},
]


def numbered(events: list[dict[str, Any]], after: int = 0) -> list[dict[str, Any]]:
    return [{"seq": seq, "at": 1_000 + seq, "attempt": 1, **event} for seq, event in enumerate(events, after + 1)]


def steps(count: int, components: int) -> list[dict[str, Any]]:
    """So many steps in turns of the components; each hundredth fails, and the last is under way."""
    events = []
    for number in range(count):
        key = f"step{number:06}"
        title = f"Page {number}"
        name = f"component_{number % components}"
        events.append({"type": "step.started", "step": key, "name": name, "title": title, "parent": ""})
        if number == count - 1:
            break
        if number % 100 == 50:
            error = {"kind": "Broken", "message": f"Page {number} is broken."}
            events.append({"type": "step.failed", "step": key, "error": error})
        else:
            events.append({"type": "step.completed", "step": key})
    return events


def test_steps_are_grouped_by_component_with_counts() -> None:
    lines = step_views(fold(numbered([*START, *steps(1_000, 4)])), (), finished=False, now=NOW)
    assert [(line.name, line.count) for line in lines] == [(f"component_{n}", 250) for n in range(4)]
    assert lines[2].note == "240 done, 10 failed"
    assert lines[3].note == "249 done, 1 under way"


def test_of_very_many_components_those_that_failed_or_are_open_keep_a_line_and_the_rest_are_counted() -> None:
    lines = step_views(fold(numbered([*START, *steps(1_000, 1_000)])), (), finished=False, now=NOW)
    assert len(lines) == MOST_LINES + 1
    rest, shown = lines[0], lines[1:]
    assert (rest.key, rest.title, rest.count) == (THE_REST, "960 more components", 960)
    assert rest.note == "960 done"
    assert sum(line.state == "failed" for line in shown) == 10
    assert shown[-1].state == "running"


def test_more_failed_components_than_lines_are_counted_in_the_rest() -> None:
    failed = [
        event
        for n in range(100)
        for event in (
            {"type": "step.started", "step": f"s{n}", "name": f"n{n}", "title": "", "parent": ""},
            {"type": "step.failed", "step": f"s{n}", "error": {"kind": "E", "message": "no"}},
        )
    ]
    lines = step_views(fold(numbered([*START, *failed])), (), finished=True, now=NOW)
    assert lines[0].note == f"{100 - MOST_LINES} failed"


def test_a_component_opens_with_its_failed_steps_first_then_what_is_under_way_a_page_at_a_time() -> None:
    state = fold(numbered([*START, *steps(1_000, 4)]))
    page = step_page(state, "component_2", 0, NOW)
    assert (page.count, len(page.lines), page.after) == (250, ROWS, ROWS)
    assert [line.state for line in page.lines[:11]] == ["failed"] * 10 + ["done"]
    assert page.lines[0].note == "Page 50 is broken."
    assert step_page(state, "component_3", 0, NOW).lines[0].state == "running"
    seen = [line.key for start in (0, 100, 200) for line in step_page(state, "component_2", start, NOW).lines]
    assert len(set(seen)) == 250
    assert step_page(state, "component_2", 200, NOW).after == 0
    everything = step_page(state, "", 0, NOW)
    assert everything.count == 1_000
    assert everything.lines[0].title == "component_2: Page 50"


def test_the_script_goes_on_from_a_state_without_finished_steps_and_draws_the_same() -> None:
    before = numbered([*START, {"type": "text.open", "block": "a", "title": "A"}, *steps(1_000, 4)])
    later = numbered(
        [
            {"type": "step.completed", "step": "step000999", "model": "m", "input_tokens": 3},
            {"type": "step.completed", "step": "step000001"},
            {"type": "status", "text": "Nearly there"},
            {"type": "run.completed", "output": {"a": 1}},
        ],
        len(before),
    )
    whole = fold(copy.deepcopy(before))
    light = copy.deepcopy(carried(whole))
    assert list(light["steps"]) == ["step000999"]
    whole, light = fold(copy.deepcopy(later), whole), fold(later, light)
    drawn = ("seq", "run_status", "title", "status_text", "blocks", "block_order", "error", "ended_at", "input_tokens")
    assert {name: light[name] for name in drawn} == {name: whole[name] for name in drawn}


def test_a_run_of_few_steps_is_carried_whole() -> None:
    state = fold(numbered([*START, *steps(MOST_STEPS, 4)]))
    assert carried(state) is state


@pytest.fixture
def big(people) -> Run:
    events = numbered(
        [*START, *steps(STEPS, 10)[:-1], {"type": "run.failed", "error": {"kind": "E", "message": "Broke."}}]
    )
    run = Run.objects.create(
        owner=people.owner,
        workflow="big",
        title="Big",
        status="failed",
        input={},
        error={"kind": "E", "message": "Broke."},
        deployment="dev",
        created_at=NOW,
    )
    archive.pack(run, log_id="L1", last_seq=len(events), events=events, journal=[]).save(force_insert=True)
    return run


def test_the_page_is_small_and_its_steps_are_fetched_when_they_are_opened(client, people, big) -> None:
    client.force_login(people.owner)
    answer = client.get(f"/runs/{big.pk}/")
    assert len(answer.content) < 40_000
    page = BeautifulSoup(answer.content, "html.parser")
    assert len(page.find_all()) < 500
    within = page.select("details[data-steps]")
    assert len(within) == 10
    part = client.get(within[0]["data-steps"])
    rows = BeautifulSoup(part.content, "html.parser").select("li.step")
    assert len(rows) == min(ROWS, STEPS // 10)
    whole = BeautifulSoup(client.get(within[0].a["href"]).content, "html.parser")
    assert whole.h1.text == "component_0"
    assert len(whole.select("li.step")) == len(rows)


@pytest.mark.parametrize("start", ["x", "-1", "99999999999", "٣"])
def test_a_place_that_is_none_is_no_error(client, people, big, start) -> None:
    client.force_login(people.owner)
    assert client.get(f"/runs/{big.pk}/steps/fragment?name=component_1&start={start}").status_code == 200
