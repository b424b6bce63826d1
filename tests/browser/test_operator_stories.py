"""What operators come to the dashboard for, from what they are told to what is mended; by the keyboard alone."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import wait_until
from tests.depth import FULL

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
OPERATOR = "operator-of-stories@example.com"
MOST_TABS = 400


@pytest.fixture(scope="module")
def operator(stack) -> str:
    stack.add_user(OPERATOR, "correct horse battery", staff=True)
    stack.__dict__.setdefault("known_people", set()).add(OPERATOR)
    return OPERATOR


@pytest.fixture
def crew(stack, plays_on) -> Iterator[Any]:
    """A deployment of the story's own, with one worker."""
    crew = plays_on(stack)
    crew.add_worker()
    yield crew
    crew.stop()


@pytest.fixture
def promoted(stack, crew) -> Iterator[Any]:
    """New runs go to the crew; afterwards to the product's own worker, as ever."""
    wait_until(lambda: crew.deployment in stack.manage("deployments", "--json"), "the worker did not register", 60)
    stack.manage("deployments", "promote", crew.deployment)
    yield crew
    stack.manage("deployments", "promote", "dev")


def _failed(crew: Any, text: str, count: int = 1) -> list[Any]:
    """Runs that failed with these words."""
    played = [crew.start(title=f"Story {number}") for number in range(count)]
    for play in played:
        play.step("research", text="Looking around")
        play.do("fail", text=text)
    return played


def _press(page: Page, what: Any, key: str = "Enter") -> None:
    """By the keyboard alone. At full depth whatever is pressed is reached by Tab, as a person would reach it."""
    if not FULL:
        what.focus()
    for _ in range(MOST_TABS):
        if what.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(what).to_be_focused()
    page.keyboard.press(key)


def _type(page: Page, where: Any, text: str) -> None:
    """Write into a field, in place of what stands there."""
    where.focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def _rows(page: Page) -> Any:
    return page.locator("table.rows tbody tr")


def _listed(page: Page, stack: Any, query: str, count: int) -> None:
    """Look at the list until it shows so many runs: what stands in it follows the runs' logs."""
    for _ in range(60):
        page.goto(f"{stack.url}/staff/runs/?{query}")
        if _rows(page).count() == count:
            return
        page.wait_for_timeout(250)
    expect(_rows(page)).to_have_count(count)


def test_runs_that_fail_by_one_cause_are_found_as_one_and_retried_together(visitor, stack, crew, operator):
    words = "The printer of invoices has no paper"
    _failed(crew, words, 3)
    page = visitor(operator).open("/staff/")
    _listed(page, stack, f"status=failed&deployment={crew.deployment}", 3)
    page.goto(f"{stack.url}/staff/")
    _press(page, page.get_by_role("link", name=re.compile(rf"3 runs failed today: .*{words}")))
    expect(_rows(page)).to_have_count(3)
    _press(page, page.locator(".list-line").get_by_role("link", name="Retry…"))
    _type(page, page.get_by_label("Why"), "There is paper again")
    _press(page, page.get_by_role("button", name="Retry 3 runs"))
    expect(page.locator("[data-ended]")).to_contain_text("All 3 handled", timeout=30_000)
    _listed(
        page, stack, f"status=failed&deployment={crew.deployment}", 3
    )  # the scripts fail again, in a second attempt
    expect(_rows(page).first).to_contain_text("2")


def test_a_mass_of_runs_is_stopped_by_a_filter_after_a_preview_of_how_many(visitor, stack, crew, operator):
    for number in range(4):
        crew.start(title=f"Crowd {number}").say("Under way")
    page = visitor(operator).open("/staff/")
    _listed(page, stack, f"status=open&deployment={crew.deployment}", 4)
    _press(page, page.locator(".list-line").get_by_role("link", name="Stop…"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop 4 runs?")
    _type(page, page.get_by_label("Why"), "They were started by mistake")
    _press(page, page.get_by_role("button", name="Stop 4 runs"))
    expect(page.locator("[data-ended]")).to_be_visible(timeout=30_000)
    _listed(page, stack, f"status=cancelled&deployment={crew.deployment}", 4)
    _press(page, _rows(page).first.locator("td.title a"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Crowd")
    page.goto(re.sub(r"\?.*", "", page.url) + "?view=origin")
    expect(page.locator("main")).to_contain_text("They were started by mistake")


def test_a_customer_says_it_is_stuck_and_the_page_says_why_and_mends_it(visitor, stack, crew, operator):
    play = crew.start(title="It is stuck")
    owner = visitor().open(play.path)
    _press(owner, owner.get_by_role("button", name="Pause"))
    page = visitor(operator).open(f"/staff/runs/?q={play.run_id}")
    _listed(page, stack, f"q={play.run_id}", 1)
    _press(page, _rows(page).first.locator("td.title a"))
    expect(page.locator("[role=status]").first).to_contain_text(re.compile("paus|rest", re.IGNORECASE))
    _type(page, page.get_by_label("Why"), "The owner asked for it")
    _press(page, page.get_by_role("button", name="Resume", exact=True))
    play.say("On its way again")
    expect(page.locator("[role=status]").first).to_contain_text("On its way again", timeout=30_000)


def test_a_wrong_step_is_mended_by_a_fork_with_another_input(visitor, stack, promoted, operator):
    play = promoted.start(title="Wrong prompt")
    play.step("outline", text="Write about cats")
    play.end()
    page = visitor(operator).open(f"/staff/runs/{play.run_id}/")
    _press(page, page.locator(".row-step a.name").first)
    _press(page, page.locator(".chosen").get_by_role("link", name="Fork here"))
    box = page.get_by_label("Input, as JSON")
    _type(page, box, box.input_value().replace("cats", "changelogs"))
    _type(page, page.get_by_label("Title"), "Right prompt")
    _press(page, page.get_by_role("button", name="Fork", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Right prompt")
    _press(page, page.locator(".row-step a.name").first)
    _press(page, page.locator(".chosen").get_by_text("Input", exact=True))
    expect(page.locator(".chosen pre").first).to_contain_text("changelogs")
    page.goto(re.sub(r"\?.*", "", page.url) + "?view=origin")
    expect(page.get_by_role("link", name=re.compile("Wrong prompt"))).to_be_visible()


def test_work_without_a_worker_is_told_with_what_to_start_and_goes_on_when_it_is(visitor, stack, plays_on, operator):
    lonely = plays_on(stack)
    lonely.add_worker()
    play = lonely.start(title="Left alone")
    play.say("Under way")
    page = visitor(operator).open("/staff/")
    _listed(page, stack, f"status=running&deployment={lonely.deployment}", 1)
    lonely.stop()
    alarm = page.get_by_role("link", name=re.compile(f"deployment {lonely.deployment}, which has no workers"))
    for _ in range(80):
        page.goto(f"{stack.url}/staff/")
        if alarm.count():
            break
        page.wait_for_timeout(500)
    _press(page, alarm)
    expect(_rows(page)).to_have_count(1)
    lonely.workers.clear()
    lonely.add_worker()
    play.say("Somebody works again")
    page.goto(f"{stack.url}/staff/runs/{play.run_id}/")
    expect(page.locator("[role=status]").first).to_contain_text("Somebody works again", timeout=60_000)
    with contextlib.suppress(AssertionError):
        lonely.stop()


def test_a_run_that_waits_for_a_person_is_found_by_that_and_answered_by_whoever_operates(
    visitor, stack, crew, operator
):
    play = crew.start("asking", title="Waits for two days")
    play.end()
    page = visitor(operator).open("/staff/")
    _listed(page, stack, f"waits=person&deployment={crew.deployment}", 1)
    page.goto(f"{stack.url}/staff/")
    _press(page, page.get_by_role("link", name=re.compile("waits? for a person")).first)
    _press(page, page.get_by_role("link", name="Waits for two days").first)
    _press(page, page.get_by_role("link", name="Answer"))
    _press(page, page.get_by_role("group", name="Publish").get_by_label("Yes"), "Space")
    with page.expect_navigation():
        _press(page, page.locator("main form").get_by_role("button").last)
    _listed(page, stack, f"status=completed&deployment={crew.deployment}", 1)


def test_what_costs_is_found_by_its_cost_and_stands_on_the_page_of_money(visitor, stack, crew, operator):
    dear, cheap = crew.start(title="Dear"), crew.start(title="Cheap")
    for _ in range(9):
        dear.do("buy", text="")
    cheap.do("buy", text="")
    for play in (dear, cheap):
        play.end()
    page = visitor(operator).open("/staff/")
    _listed(page, stack, f"status=completed&deployment={crew.deployment}", 2)
    _listed(page, stack, f"cost=0.05&deployment={crew.deployment}", 1)
    expect(_rows(page).first).to_contain_text("Dear")
    _press(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Cost"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Cost and time")
    expect(page.locator("#workflows + *")).to_contain_text("scripted")


def test_a_provider_is_paused_and_let_go_on_from_the_fleet(visitor, stack, operator):
    page = visitor(operator).open("/staff/fleet/")
    row = page.locator("section", has=page.locator("#providers")).locator("tbody tr").first
    _press(page, row.get_by_role("link", name=re.compile("^Pause")))
    _press(page, page.locator("main form").get_by_role("button").last)
    expect(row).to_contain_text("paused")
    _press(page, row.get_by_role("link", name=re.compile("^Resume")))
    _press(page, page.locator("main form").get_by_role("button").last)
    expect(row).not_to_contain_text("paused")


def test_a_deploy_is_promoted_after_a_preview_and_the_one_before_drains(visitor, stack, crew, plays_on, operator):
    crew.start(title="Long run").say("Under way")
    newer = plays_on(stack)
    newer.add_worker()
    page = visitor(operator).open("/staff/fleet/")
    deployments = page.locator("section", has=page.locator("#deployments"))
    try:
        for name in (crew.deployment, newer.deployment):
            for _ in range(60):
                page.goto(f"{stack.url}/staff/fleet/")
                promote = deployments.get_by_role("link", name=f"Promote {name}")
                if promote.count():
                    break
                page.wait_for_timeout(500)
            _press(page, promote)
            _press(page, page.locator("main form").get_by_role("button").last)
            expect(deployments.locator("tr", has_text=name)).to_contain_text("takes new runs")
        expect(deployments.locator("tr", has_text=crew.deployment)).to_contain_text("draining")
        expect(deployments.locator("tr", has_text=crew.deployment)).to_contain_text("1")
    finally:
        stack.manage("deployments", "promote", "dev")
        newer.stop()


ALERT = """
import asyncio
from django.conf import settings
from staff.alerts.tick import tick
settings.GENISYS_ALERT_FAILURES = 1
asyncio.run(tick())
"""
"""What control does each minute, now, and with the first failure."""


def test_a_poison_page_is_followed_from_its_alert_to_a_run_without_it(visitor, stack, promoted, operator):
    wrong = "The page /prices/old.html nests 40,000 tables."
    play = promoted.start(title="Reading of a shop")
    play.step("read_home", text="Reading")
    play.do("fail", name="parse_page", text=wrong)
    play.end()
    page = visitor(operator).open("/staff/")
    _listed(page, stack, f"status=failed&deployment={promoted.deployment}", 1)
    opened = page.get_by_role("link", name=re.compile("alerts? (is|are) open"))
    told = page.locator(".alerts > li", has_text="parse_page")
    for _ in range(3):
        # Control's own look, which wants more failures for an alert, ends this one where it comes right after.
        stack.manage("shell", "--verbosity", "0", "-c", ALERT)
        page.goto(f"{stack.url}/staff/")
        if opened.count():
            _press(page, opened)
            page.wait_for_url("**/staff/alerts/**")
            if told.count():
                break
    expect(told).to_contain_text("1 run failed in the component “parse_page”")
    _press(page, told.get_by_role("link", name="See the runs"))
    _press(page, page.locator("td.title").get_by_role("link", name="Reading of a shop"))
    expect(page.locator(".trace-now")).to_contain_text(wrong)
    row = page.locator(".row-step a.name", has_text="Fail")
    _press(page, row)
    expect(page.locator(".chosen .say-error")).to_contain_text(wrong)
    _press(page, page.locator(".chosen").get_by_role("link", name="Fork here"))
    box = page.get_by_label("Input, as JSON")
    _type(page, box, box.input_value().replace(wrong, ""))
    _type(page, page.get_by_label("Title"), "Reading of a shop, without the old page")
    _press(page, page.get_by_role("button", name="Fork", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Reading of a shop, without the old page")
    expect(page.locator("[role=status]").first).to_contain_text("Done", timeout=30_000)


def test_a_secret_that_a_workflow_gives_away_is_seen_on_no_page_and_in_no_file(visitor, stack, operator):
    secret = "kX3v9QpLm2Zr8TnW"
    owner = visitor()
    page = owner.open("/new/talkative-lookup/")
    _type(page, page.get_by_label("Region"), "North")
    _type(page, page.get_by_label("Api key"), secret)
    _press(page, page.get_by_role("button", name="Start"))
    expect(page.get_by_role("alert")).to_contain_text("Nobody answers to: North with ••••", timeout=30_000)
    run_id = page.url.rstrip("/").rpartition("/")[2]
    staff = visitor(operator)
    seen = staff.open(f"/staff/runs/{run_id}/")
    expect(seen.locator(".trace-now")).to_contain_text("North with ••••")
    _press(seen, seen.locator(".row-step a.name").first)
    for part in ("Input", "Output"):
        _press(seen, seen.locator(".chosen").get_by_text(part, exact=True))
        expect(seen.locator(".chosen pre").last).to_contain_text("North with ••••")
    step = re.search("step=([^&]+)", seen.url)[1]
    of_run = f"/staff/runs/{run_id}/"
    places = [
        f"/runs/{run_id}/",
        "/runs/",
        "/staff/",
        "/staff/runs/",
        "/staff/runs/causes",
        f"/admin/runs/run/{run_id}/change/",
    ]
    places += [of_run + rest for rest in ("?view=log", "?view=values", "?view=origin", f"?step={step}", "log.jsonl")]
    places += [of_run + f"values/{part}" for part in ("input", "output", "error")]
    places += [of_run + f"steps/{step}/{part}" for part in ("input", "output")]
    places += [of_run + f"fork?step={step}", f"/staff/compare?a={run_id}&b={run_id}"]
    places += [f"/staff/runs/export.{kind}?q={run_id}" for kind in ("csv", "json")]
    places += [f"/api/runs/{run_id}", f"/api/runs/{run_id}/events"]
    for place in places:
        answer = staff.context.request.get(stack.url + place, headers={"Accept": "application/json, text/html, */*"})
        assert secret not in answer.text(), place
        assert answer.status in (200, 404), (place, answer.status)  # of an end without a result there is no output
    for log in stack.folder.glob("*.log"):
        assert secret not in log.read_text(errors="replace"), log.name
